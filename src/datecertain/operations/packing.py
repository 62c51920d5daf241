"""The pack of papers for the chief executives' meeting, put together from the facts (req 70)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_date
from datecertain.operations.clock import Clock
from datecertain.operations.data_quality import quality_report
from datecertain.operations.judging import current_verdicts
from datecertain.operations.meeting_actions import list_actions
from datecertain.operations.networks import current_network
from datecertain.operations.pack_exposure import with_exposure
from datecertain.operations.pack_outlook import board_rows, money_page, resume_page, volume_page
from datecertain.operations.pack_quality import guarantee_page, lost_page, quality_page
from datecertain.operations.pack_queries import Questions
from datecertain.operations.refund_views import forecast
from datecertain.operations.report_cards import Group, report_cards
from datecertain.operations.reporting import MonthReport, month_report
from datecertain.operations.resume_board import BoardAsked, default_days, resume_board
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.operations.volume_sources import imported_volumes
from datecertain.planning.meeting import (
    Asking,
    BoardRow,
    Column,
    Figure,
    Pack,
    Page,
    Sheet,
    Subject,
    Unit,
)
from datecertain.quality import CONFIDENCE, TARGET_PPM
from datecertain.quality.cards import Asked, Cards
from datecertain.settlement import Period
from datecertain.store import Workspace
from datecertain.verdict.outcomes import WHOLE
from datecertain.wording import LANGUAGES

Told = Callable[[int, int], None]
_STEPS = 7
#: Half an interval's width from which on report cards pool years.
_ACCURACY = 0.02


def make_pack(
    workspace: Workspace, months: Sequence[str], clock: Clock,
    asked: Sequence[Asking] = (), services: Page | None = None,
    board: Sequence[BoardRow] | None = None, told: Told = lambda done, total: None,
) -> Pack:  # fmt: skip
    """The pack of some months of acceptances, on what was known when they were judged.

    `services`: a page of new services tried (None: left out); `board`: rows of a resume board
    (None: assured standards beside report cards). The same facts and clock give the same pack.
    Raises `NotFound` when a month was not judged.
    """
    network = current_network(workspace)
    reports = [month_report(workspace, month, clock) for month in months]
    told(1, _STEPS)
    last = reports[-1]
    span = Period.month(months[0]).first_day, last.figures.last_day
    posts = [post.post for post in last.figures.posts]
    closing = max(one.basis.closing_at for one in reports)
    ask = Questions(workspace, network, tuple(months))
    lanes, origins = (_cards(workspace, by, span) for by in (Group.LANE, Group.ORIGIN))
    told(2, _STEPS)
    guarantee = guarantee_page(ask, network, posts, span[1], origins)
    quality = quality_page(
        ask, span[1], lanes, [quality_report(workspace, month, closing) for month in months]
    )
    told(3, _STEPS)
    lost = lost_page(
        ask, network, [leg for one in reports for leg in one.figures.legs],
        pa.concat_tables([current_verdicts(workspace, [month]) for month in months]),
    )  # fmt: skip
    told(4, _STEPS)
    volume = volume_page(ask, imported_volumes(workspace), origins)
    told(5, _STEPS)
    resume = _resume(workspace, ask, posts, months, board)
    told(6, _STEPS)
    money = money_page(
        ask, {month: one.money for month, one in zip(months, reports, strict=True)},
        [cost for month in months for cost in forecast(workspace, month, closing)], closing,
    )  # fmt: skip
    actions = list_actions(workspace, months[-1], clock.now())
    pages = (guarantee, quality, lost, volume, resume, money,
             *((services,) if services else ()), _decisions(ask, asked, actions))  # fmt: skip
    told(_STEPS, _STEPS)
    return _pack(ask, pages, reports, asked, actions, clock)


def _cards(workspace: Workspace, by: Group, span: tuple[int, int]) -> Cards:
    return report_cards(workspace, by, Asked(*span, TARGET_PPM, CONFIDENCE, _ACCURACY))


def _resume(
    workspace: Workspace, ask: Questions, posts: Sequence[str], months: Sequence[str],
    board: Sequence[BoardRow] | None,
) -> Page:  # fmt: skip
    """The resume page on all that was judged up to the pack's last month."""
    held = {part.month for part in workspace.facts(VERDICTS_TABLE).partitions()}
    before = sorted(month for month in held if month <= months[-1])
    target = TARGET_PPM / WHOLE
    if board is None:
        days = default_days(workspace, before[0], before[-1])
        board = board_rows(resume_board(workspace, BoardAsked(*days, target, CONFIDENCE)).lanes)
    return with_exposure(resume_page(ask, posts, board, target, CONFIDENCE, before), board)


def _decisions(
    ask: Questions, asked: Sequence[Asking], actions: Sequence[Mapping[str, Any]]
) -> Page:
    """The register as a table: its figures at the meeting and now."""
    query = ask.ask(
        "list_actions", f"datecertain pack action list --period {ask.months[-1]} --json",
        {"month": ask.months[-1]},
        more={"actions": [[one["action"], one["state"], one["at_meeting"]["digest"],
                           one["now"]["digest"]] for one in actions]},
    )  # fmt: skip
    states = Counter(one["state"] for one in actions)
    columns = (
        ("number", Unit.COUNT), ("owner", Unit.TEXT), ("due", Unit.DATE), ("state", Unit.STATE),
        ("at_meeting", Unit.SHARE), ("now", Unit.SHARE),
    )  # fmt: skip
    rows = tuple(
        (one["action"], one["owner"], parse_date(one["due"]), one["state"],
         one["at_meeting"]["share"], one["now"]["share"])
        for one in actions
    )  # fmt: skip
    return Page(
        Subject.DECISIONS,
        (
            Figure("asked", query, len(asked), Unit.COUNT),
            Figure("actions_done", query, states["done"], Unit.COUNT),
            Figure("actions_open", query, states["open"], Unit.COUNT),
            Figure("actions_overdue", query, states["overdue"], Unit.COUNT),
        ),
        (Sheet("actions", query, tuple(Column(*one) for one in columns), rows),),
        {"asked": len(asked), "actions": len(actions)},
    )  # fmt: skip


def _pack(
    ask: Questions, pages: tuple[Page, ...], reports: Sequence[MonthReport],
    asked: Sequence[Asking], actions: Sequence[Mapping[str, Any]], clock: Clock,
) -> Pack:  # fmt: skip
    last = reports[-1]
    listed = [str(cell) for page in pages for sheet in page.sheets if sheet.key == "items"
              for cell in sheet.column("item")]  # fmt: skip
    return Pack(
        last.basis.network_title, ask.months, reports[0].figures.first_day,
        last.figures.last_day, max(one.basis.closing_at for one in reports), clock.now(),
        any(one.basis.synthetic for one in reports), last.basis.illustrative,
        last.basis.network_version, last.basis.rules_version,
        tuple((post.post, post.en, post.ko) for post in last.figures.posts), pages, tuple(asked),
        tuple(actions), tuple(ask.asked), tuple(dict.fromkeys(listed)),
    )  # fmt: skip


def read_decisions(path: Path) -> list[Asking]:
    """The decisions that a meeting is asked for, from a TOML file: `[[decision]]` with `title` and
    `text` by language, and `page` if it rests on one.

    Raises `NotFound`, and `UsageError` that says what is missing.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("decision", [])
    except FileNotFoundError:
        raise NotFound(f"{path} is not there: give a TOML file of decisions") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    found = []
    for number, row in enumerate(rows, 1):
        texts = {name: row.get(name, {}) for name in ("title", "text")}
        for name, said in texts.items():
            missing = [one for one in LANGUAGES if not str(said.get(one, "")).strip()]
            if missing:
                raise UsageError(f"{path}: decision {number} has no {name} in {', '.join(missing)}")
        page = str(row.get("page", ""))
        if page and page not in tuple(Subject):
            raise UsageError(
                f"{path}: decision {number} names page {page!r}: write one of {', '.join(Subject)}"
            )
        found.append(Asking(texts["title"], texts["text"], page))
    return found
