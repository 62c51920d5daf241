"""The pack of papers for the chief executives' meeting, put together from the facts (req 70)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datecertain.access import keeper
from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_date
from datecertain.operations.actions_seen import actions_seen
from datecertain.operations.clock import Clock
from datecertain.operations.data_quality import quality_report
from datecertain.operations.networks import current_network
from datecertain.operations.pack_exposure import with_exposure
from datecertain.operations.pack_money import money_page, published_money_page
from datecertain.operations.pack_outlook import resume_page, volume_page
from datecertain.operations.pack_quality import guarantee_page, lost_page, quality_page
from datecertain.operations.pack_queries import Questions
from datecertain.operations.pack_services import services_page
from datecertain.operations.pack_sources import OFFICE, PackSources, pack_sources
from datecertain.operations.report_cards import Group
from datecertain.operations.reporting import MonthReport, month_report
from datecertain.operations.tables import VERDICTS_TABLE
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
from datecertain.planning.services import Service
from datecertain.quality import CONFIDENCE, TARGET_PPM
from datecertain.quality.cards import Asked
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
    asked: Sequence[Asking] = (), services: Sequence[Service] = (),
    board: Sequence[BoardRow] | None = None, told: Told = lambda done, total: None,
    published: bool = False,
) -> Pack:  # fmt: skip
    """The pack of some months of acceptances, on what was known when they were judged.

    `services`: new services to be tried (none: no page of them); `board`: rows of a resume board
    (None: assured standards beside report cards); `published`: of what the group may publish to
    all posts alone: no items, no figure of a few, no money of a post. The same facts and clock give
    the same pack. Raises `NotFound` when a month was not judged.
    """
    sources = pack_sources(workspace, months, published)
    network = current_network(workspace)
    reports = [month_report(workspace, month, clock) for month in months]
    told(1, _STEPS)
    last = reports[-1]
    span = Period.month(months[0]).first_day, last.figures.last_day
    posts = [post.post for post in last.figures.posts]
    closing = max(one.basis.closing_at for one in reports)
    ask = Questions(workspace, network, tuple(months), published)
    wanted = Asked(*span, TARGET_PPM, CONFIDENCE, _ACCURACY)
    lanes, origins = (sources.cards(by, wanted) for by in (Group.LANE, Group.ORIGIN))
    total = sources.total(origins)
    told(2, _STEPS)
    guarantee = guarantee_page(ask, network, posts, span[1], origins, total)
    quality = quality_page(
        ask, span[1], lanes, origins, total,
        [quality_report(workspace, month, closing) for month in months],
    )  # fmt: skip
    told(3, _STEPS)
    lost = lost_page(ask, network, sources.legs(network, reports), sources.verdicts())
    told(4, _STEPS)
    volume = volume_page(ask, sources.volumes(), total.items)
    told(5, _STEPS)
    resume = _resume(sources, ask, posts, board)
    told(6, _STEPS)
    paid = {month: one.money for month, one in zip(months, reports, strict=True)}
    money = (published_money_page if published else money_page)(
        ask, paid, sources.costs(closing), closing
    )
    viewer = OFFICE if published else keeper()
    actions = actions_seen(workspace, viewer, months[-1], clock.now(), closing)
    pages = [guarantee, quality, lost, volume, resume, money]
    if services:
        pages.append(services_page(ask, sources.trials(services), sources.judged()))
    pages.append(_decisions(ask, asked, actions))
    told(_STEPS, _STEPS)
    return _pack(ask, tuple(pages), reports, asked, actions, clock)


def _resume(
    sources: PackSources, ask: Questions, posts: Sequence[str], board: Sequence[BoardRow] | None
) -> Page:
    """The resume page on all that was judged up to the pack's last month."""
    held = sources.workspace.facts(VERDICTS_TABLE).months
    before = sorted(month for month in held if month <= ask.months[-1])
    target = TARGET_PPM / WHOLE
    if board is None:
        board = sources.board(before, target, CONFIDENCE)
    page = resume_page(ask, posts, board, target, CONFIDENCE, before)
    return page if ask.published else with_exposure(page, board)


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
        tuple(actions), tuple(ask.asked), tuple(dict.fromkeys(listed)), ask.published,
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
