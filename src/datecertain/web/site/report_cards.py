"""Report cards of any period by any cut: shares, years pooled, awards, inquiries (req 49-54)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import BadMoment, NotFound, UsageError
from datecertain.moments import parse_date
from datecertain.operations import desk_looks
from datecertain.operations.desk_looks import as_post
from datecertain.operations.published_cards import Published
from datecertain.operations.quality_looks import looked_months
from datecertain.operations.report_cards import Group, day_range
from datecertain.operations.workspaces import open_workspace
from datecertain.quality.awards import AwardStanding
from datecertain.quality.cards import Asked, Card, Cards, Pooled
from datecertain.quality.figures import Standing
from datecertain.verdict.outcomes import WHOLE
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.keeping import kept_page, look_at
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked
from datecertain.web.site.quality_asking import ALL_CUTS, CONFIDENCE, PUBLISHED_CUTS
from datecertain.web.site.quality_views import (
    FILE_HEADS,
    MARKS,
    Row,
    between,
    file_rows,
    percent,
    table_rows,
    target_text,
)
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.cards", "/report-cards", Right.REPORTS),)
_Reader = Annotated[Viewer, Depends(PageNeeds(Right.REPORTS))]
#: Days before are no day of any item.
_EARLIEST = parse_date("1990-01-01")
#: The longest period, in days.
_MOST_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class CardRow:
    """A row of the table, and what stands beside its share."""

    row: Row
    pooled: str
    moved: str
    rate: str
    awards: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the address asks for; `bad`: fields that cannot be read."""

    first: str
    last: str
    by: Group
    scope: str
    target: float
    accuracy: float
    asked: Asked | None
    bad: tuple[str, ...]


def _wanted(request: Request, who: Viewer, months: list[str]) -> _Wanted:
    given = asked(request, "from", "to", "by", "scope", "target", "accuracy")
    first = given["from"] or (months[0] if months else "")
    last = given["to"] or first
    bad, days = [], (0, 0)
    try:
        days = day_range(first, last)
        if days[0] < _EARLIEST:
            bad.append("from")
        elif not 0 <= days[1] - days[0] < _MOST_DAYS:
            bad.append("to")
    except (BadMoment, UsageError, ValueError):
        bad.append("from")
    numbers = {}
    for name, otherwise, low, high in (("target", 96.0, 50, 99.9), ("accuracy", 2.0, 0.1, 20)):
        try:
            numbers[name] = float(given[name] or otherwise)
        except ValueError:
            numbers[name] = -1.0
        if not low <= numbers[name] <= high:
            bad.append(name)
            numbers[name] = otherwise
    by = Group(given["by"]) if given["by"] in tuple(Group) else Group.LANE
    scope = "group" if who.group or given["scope"] == "group" else "own"
    wanted = None
    if not bad:
        ppm = round(numbers["target"] / 100 * WHOLE)
        wanted = Asked(*days, ppm, CONFIDENCE, numbers["accuracy"] / 100)
    return _Wanted(first, last, by, scope, numbers["target"], numbers["accuracy"], wanted,
                   tuple(bad))  # fmt: skip


@PAGES.get("/report-cards")
@kept_page(by_the_minute=False)
def cards(request: Request, who: _Reader) -> Response:
    """The cards of a period."""
    words = page_words(language_of(request, STAFF))
    found, want, months, trouble = _found(request, who)
    shown = found.cards if isinstance(found, Published) else found
    rows = [] if shown is None else [
        _card_row(row, shown, words, _items_of(row, want, who))
        for row in table_rows(want.by, shown, words)[0]
    ]  # fmt: skip
    return page(
        request, "report_cards.html.j2", who, status=422 if want.bad and months else 200,
        want=want, rows=rows,
        months=months, trouble=trouble, target=target_text(want.target),
        cuts=[(str(one), words.say(f"quality.group.{one}"))
              for one in (ALL_CUTS if want.scope == "own" else PUBLISHED_CUTS)],
        ranked=shown is None or shown.ranked,
        withheld=(found.withheld, found.least) if isinstance(found, Published) else (0, 0),
        files=downloads(request, "/report-cards/table"),
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("cardpage.title"))),
    )  # fmt: skip


@PAGES.get("/report-cards/table.{kind}")
def file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """The same as a file."""
    found, want, _, _ = _found(request, who)
    shown = found.cards if isinstance(found, Published) else found
    if shown is None:
        raise NotFound("nothing of that is to be seen here")
    name = f"report-card-{want.first}-{want.last}-{want.by}"
    return table_file(request, name[:60], kind, FILE_HEADS, file_rows(shown))


def _found(
    request: Request, who: Viewer
) -> tuple[Cards | Published | None, _Wanted, list[str], str]:
    with open_workspace(door_of(request).workspace) as opened:
        months = looked_months(opened)
        want = _wanted(request, who, months)
        if want.asked is None or not months:
            return None, want, months, ""
        found: Cards | Published
        try:
            if want.scope == "own":
                looked, given = desk_looks.period_cards, (as_post(who), want.by, want.asked)
                found = look_at(request, opened, looked, *given)
            else:
                found = look_at(request, opened, desk_looks.period_published, want.by, want.asked)
            return found, want, months, ""
        except NotFound:
            return None, want, months, "cardpage.nothing"
        except UsageError:
            return None, want, months, "cardpage.whole_months"


def _items_of(row: Row, want: _Wanted, who: Viewer) -> str:
    """The address of the items of a group, where they are one's own and of one month."""
    single = want.first == want.last and len(want.first) == 7
    if not (single and want.scope == "own" and row.key and who.may(Right.ITEMS)):
        return ""
    return f"/quality/items?{urlencode({'month': want.first, str(want.by): row.key})}"


def _card_row(row: Row, cards: Cards, words: Words, path: str) -> CardRow:
    card = row.card
    rate = "–"
    if card.per_thousand is not None and card.per_thousand_interval is not None:
        ends = card.per_thousand_interval
        rate = f"{card.per_thousand:.1f} ({ends.low:.1f}–{ends.high:.1f})"
    return CardRow(
        row, _pooled(card.pooled, words), _moved(card, cards, words), rate,
        tuple(_award(one, words) for one in card.awards), path,
    )  # fmt: skip


def _pooled(pooled: Pooled | None, words: Words) -> str:
    if pooled is None or not pooled.n:
        return ""
    note = "differs" if pooled.differs else "thin" if pooled.thin else "enough"
    return words.say(
        "cardpage.pooled", years=pooled.years, n=words.count(pooled.n),
        share=percent(pooled.good / pooled.n, words), ends=between(pooled.interval, words),
        note=words.say(f"cards.pooled.{note}"),
    )  # fmt: skip


def _moved(card: Card, cards: Cards, words: Words) -> str:
    """A trend or change that chance does not explain; empty without."""
    if card.change is not None and card.change.p <= cards.change_p and card.change_on is not None:
        return words.say("cardpage.changed", day=words.date(card.change_on))
    if card.trend is not None and card.trend.p <= cards.change_p:
        return words.say("cardpage.trend")
    return ""


def _award(one: AwardStanding, words: Words) -> str:
    share = one.good / one.n if one.n else None
    return words.say(
        "cardpage.award", award=words.label(f"award.{one.award}", one.award),
        measure=words.say(f"cardpage.measure.{one.measure}"),
        threshold=target_text(one.threshold_ppm / 10_000), share=percent(share, words),
        mark=MARKS[Standing(one.standing)] or "–",
        standing=words.say(f"cardpage.award.{one.standing}"),
    )  # fmt: skip
