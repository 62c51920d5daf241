"""Pages of the meeting pack from verdicts: guarantee, quality, where time is lost (req 49-53)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.network import Network
from datecertain.network.lanes import Lanes, LaneState
from datecertain.network.terms import Scope
from datecertain.operations.data_quality import QualityReport
from datecertain.operations.pack_queries import EVENT_TABLES, JUDGED_TABLES, Questions
from datecertain.planning.meeting import Cell, Column, Figure, Page, Sheet, Subject, Unit
from datecertain.quality import CONFIDENCE, TARGET_PPM, Kind, LegFigures, clopper_pearson
from datecertain.quality.awards import AwardStanding, award_standings
from datecertain.quality.biggest import LostItem, biggest_items
from datecertain.quality.cards import Card, Cards
from datecertain.quality.figures import Standing, standing_of
from datecertain.verdict.outcomes import WHOLE, Leg, Outcome

#: The floor and the goal: 95 % (postandparcel.info, about 2012) and 96 %
#: (blog.bestmadeinkorea.com, 2016).
FLOOR_PPM = 950_000
#: Rows that a chief executive reads: of lanes by late items, of causes by days.
_LANES, _CAUSES = 12, 5


@dataclass(frozen=True, slots=True)
class Total:
    """All items of the pack."""

    items: int
    judged: int
    good: int
    unresolved: int

    @property
    def share(self) -> float | None:
        """On time of judged."""
        return self.good / self.judged if self.judged else None


def total_of(cards: Cards) -> Total:
    """The groups of some cards together."""
    rows = cards.cards
    return Total(
        sum(one.items for one in rows), sum(one.judged for one in rows),
        sum(one.good for one in rows), sum(one.unresolved for one in rows),
    )  # fmt: skip


def guarantee_page(
    ask: Questions, network: Network, posts: Sequence[str], last_day: int, by_origin: Cards,
    total: Total,
) -> Page:  # fmt: skip
    """Which lanes promise and how they refund, and on time against floor and goal. A post without
    a card in a published pack is one whose share is withheld."""
    card = ask.ask(
        "report_cards", f"datecertain report card --by origin {ask.span} --json",
        {"by": "origin", "months": list(ask.months), "confidence": CONFIDENCE}, JUDGED_TABLES,
    )  # fmt: skip
    terms = ask.ask(
        "lane_standings", "datecertain network show", {"day": last_day, "posts": list(posts)},
    )  # fmt: skip
    open_, automatic = _lanes_by_origin(network, posts, last_day)
    ends = clopper_pearson(total.good, total.judged)
    whole = total.judged + total.unresolved
    low = total.good / whole if whole else None
    high = (total.good + total.unresolved) / whole if whole else None
    found = {one.name: one for one in by_origin.cards}
    lanes, promised = len(posts) * (len(posts) - 1), sum(open_.values())
    targets = Sheet(
        "targets", card,
        _columns(("target", Unit.SHARE), ("on_time", Unit.SHARE), ("low", Unit.SHARE),
                 ("high", Unit.SHARE), ("worst", Unit.SHARE), ("best", Unit.SHARE),
                 ("standing", Unit.STANDING)),
        tuple(
            (ppm / WHOLE, total.share, ends.low, ends.high, low, high,
             str(standing_of(total.good, total.judged, ppm / WHOLE)))
            for ppm in (FLOOR_PPM, TARGET_PPM)
        ),
    )  # fmt: skip
    rows = tuple(
        (post, open_[post], automatic[post],
         *(_WITHHELD if ask.published and post not in found else _share_cells(found.get(post))))
        for post in posts
    )  # fmt: skip
    sheet = Sheet(
        "by_origin", card,
        _columns(("post", Unit.POST), ("lanes_open", Unit.COUNT), ("lanes_automatic", Unit.COUNT),
                 *_SHARES),
        rows,
    )  # fmt: skip
    return Page(
        Subject.GUARANTEE,
        (
            Figure("on_time", card, total.share, Unit.SHARE, ends.low, ends.high),
            Figure("lanes_open", terms, promised, Unit.COUNT),
            Figure("lanes_automatic", terms, sum(automatic.values()), Unit.COUNT),
            Figure("judged", card, total.judged, Unit.COUNT),
        ),
        (targets, sheet),
        {"lanes": lanes, "open": promised, "automatic": sum(automatic.values()),
         "unresolved": total.unresolved, "low": low, "high": high,
         "standing": str(standing_of(total.good, total.judged, TARGET_PPM / WHOLE)),
         "target": TARGET_PPM / WHOLE, "terms_query": terms},
    )  # fmt: skip


#: The cells of a share that the group does not publish.
_WITHHELD = (None, None, None, None, None, "withheld")
_SHARES = (
    ("on_time", Unit.SHARE), ("low", Unit.SHARE), ("high", Unit.SHARE), ("judged", Unit.COUNT),
    ("unresolved", Unit.COUNT), ("standing", Unit.STANDING),
)  # fmt: skip


def _columns(*pairs: tuple[str, Unit]) -> tuple[Column, ...]:
    return tuple(Column(name, unit) for name, unit in pairs)


def _share_cells(
    card: Card | None,
) -> tuple[float | None, float | None, float | None, int, int, str]:
    """On time, its interval, judged, unresolved, standing."""
    if card is None or not card.judged:
        return (None, None, None, 0, card.unresolved if card else 0, str(Standing.NO_ITEMS))
    return (card.share, card.exact.low, card.exact.high, card.judged, card.unresolved,
            str(card.standing))  # fmt: skip


def _lanes_by_origin(
    network: Network, posts: Sequence[str], day: int
) -> tuple[Counter[str], Counter[str]]:
    """Lanes of each origin that promise on a day, and those of them that refund unasked."""
    lanes = Lanes(network.data)
    promising, automatic = Counter[str](), Counter[str]()
    for origin in posts:
        for destination in posts:
            if origin == destination:
                continue
            if lanes.standing(origin, destination, day).state is not LaneState.OPEN:
                continue
            promising[origin] += 1
            mode = network.terms.value(Scope.SENDER, "refund_mode", origin, destination, day)
            automatic[origin] += str(mode) == "automatic"
    return promising, automatic


def quality_page(
    ask: Questions, last_day: int, by_lane: Cards, by_origin: Cards, total: Total,
    month_quality: Sequence[QualityReport],
) -> Page:  # fmt: skip
    """Lanes in tiers that tests tell apart, the most late items, awards, completeness; in a
    published pack that of posts whose share is published."""
    card = ask.ask(
        "report_cards", f"datecertain report card --by lane {ask.span} --json",
        {"by": "lane", "months": list(ask.months), "confidence": CONFIDENCE}, JUDGED_TABLES,
    )  # fmt: skip
    told = ask.ask(
        "quality_report", f"datecertain quality --period {ask.months[-1]} --json",
        {"months": list(ask.months), "as_of": [one.quality.as_of for one in month_quality]},
        EVENT_TABLES,
    )  # fmt: skip
    judged = [one for one in by_lane.cards if one.judged]
    standings = Counter(one.standing for one in judged)
    awards = award_standings(
        last_day, (total.good, total.judged),
        (total.judged, total.judged + total.unresolved), CONFIDENCE,
    )  # fmt: skip
    complete = _completeness(month_quality)
    if ask.published:
        named = {one.name for one in by_origin.cards}
        complete = {post: counts for post, counts in complete.items() if post in named}
    return Page(
        Subject.QUALITY,
        (
            Figure("lanes_below", card, standings[Standing.BELOW], Unit.COUNT),
            Figure("lanes_above", card, standings[Standing.ABOVE], Unit.COUNT),
            Figure("lanes_unclear", card, standings[Standing.NOT_TOLD_APART], Unit.COUNT),
            Figure("complete", told, _good(complete), Unit.SHARE),
        ),
        (_tiers(card, judged), _most_late(card, judged), _award_sheet(card, awards),
         _complete_sheet(told, complete)),
        {"lanes": len(judged), "tiers": len({one.tier for one in judged if one.tier}),
         "target": TARGET_PPM / WHOLE, "ranked": int(by_lane.ranked)},
    )  # fmt: skip


def _tiers(query: str, cards: Sequence[Card]) -> Sheet:
    rows = []
    for tier in sorted({one.tier for one in cards if one.tier}):
        mine = [one for one in cards if one.tier == tier]
        shares = [one.good / one.judged for one in mine]
        rows.append((tier, len(mine), sum(one.judged for one in mine), min(shares), max(shares)))
    return Sheet(
        "tiers", query,
        _columns(("tier", Unit.COUNT), ("lanes", Unit.COUNT), ("judged", Unit.COUNT),
                 ("lowest", Unit.SHARE), ("highest", Unit.SHARE)),
        tuple(rows),
    )  # fmt: skip


def _most_late(query: str, cards: Sequence[Card]) -> Sheet:
    """The lanes with the most late items: an order of work, not of merit."""
    order = sorted(cards, key=lambda one: (one.good - one.judged, one.name))[:_LANES]
    return Sheet(
        "lanes", query,
        _columns(("lane", Unit.LANE), ("late", Unit.COUNT), *_SHARES, ("tier", Unit.COUNT)),
        tuple(
            (one.name, one.judged - one.good, *_share_cells(one), one.tier)
            for one in order
            if one.good < one.judged
        ),
    )  # fmt: skip


def _award_sheet(query: str, awards: Sequence[AwardStanding]) -> Sheet:
    return Sheet(
        "awards", query,
        _columns(("award", Unit.AWARD), ("measure", Unit.MEASURE), ("target", Unit.SHARE),
                 ("share", Unit.SHARE), ("standing", Unit.STANDING)),
        tuple(
            (one.award, one.measure, one.threshold_ppm / WHOLE,
             one.good / one.n if one.n else None, str(one.standing))
            for one in awards
        ),
    )  # fmt: skip


def _completeness(reports: Sequence[QualityReport]) -> dict[str, tuple[int, int]]:
    """Post → (expected events that are not missing, expected)."""
    found: dict[str, tuple[int, int]] = {}
    for report in reports:
        for score in report.scores:
            if score.kind is Kind.MISSING:
                good, of = found.get(score.post, (0, 0))
                found[score.post] = (good + score.of - score.bad, of + score.of)
    return found


def _good(complete: dict[str, tuple[int, int]]) -> float | None:
    of = sum(of for _, of in complete.values())
    return sum(good for good, _ in complete.values()) / of if of else None


def _complete_sheet(query: str, complete: dict[str, tuple[int, int]]) -> Sheet:
    return Sheet(
        "complete", query,
        _columns(("post", Unit.POST), ("complete", Unit.SHARE), ("missing", Unit.COUNT),
                 ("expected", Unit.COUNT)),
        tuple(
            (post, good / of if of else None, of - good, of)
            for post, (good, of) in sorted(complete.items())
        ),
    )  # fmt: skip


def lost_page(
    ask: Questions, network: Network, legs: Sequence[LegFigures], verdicts: pa.Table
) -> Page:
    """Attributable days by post and leg, the largest causes, and the biggest items of each (items
    are not published)."""
    query = ask.ask(
        "month_report", f"datecertain report --period {ask.months[-1]} --json",
        {"months": list(ask.months), "figures": "legs"}, JUDGED_TABLES,
    )  # fmt: skip
    days, items = Counter[tuple[str, Leg]](), Counter[tuple[str, Leg]]()
    for row in legs:
        days[row.post, row.leg] += row.liable_ppm
        items[row.post, row.leg] += row.items
    total = sum(days.values())
    causes = [one for one in sorted(days, key=lambda one: (-days[one], one)) if days[one]][:_CAUSES]
    posts = sorted({post for post, _ in days}, key=lambda post: (-_of(days, post), post))
    by_post: tuple[tuple[Cell, ...], ...] = tuple(
        (post, _of(days, post), *(days[post, leg] for leg in Leg)) for post in posts
        if _of(days, post)
    )  # fmt: skip
    first = causes[0] if causes else None
    return Page(
        Subject.LOST,
        (
            Figure("days", query, total, Unit.DAYS_PPM),
            Figure("late_items", query, _liable_items(verdicts), Unit.COUNT),
            *((Figure("largest", query, days[first] / total, Unit.SHARE),) if first else ()),
        ),
        (
            Sheet("by_post", query,
                  _columns(("post", Unit.POST), ("days", Unit.DAYS_PPM),
                           *((leg.name.lower(), Unit.DAYS_PPM) for leg in Leg)), by_post),
            Sheet("causes", query,
                  _columns(("post", Unit.POST), ("leg", Unit.LEG), ("days", Unit.DAYS_PPM),
                           ("of_all", Unit.SHARE), ("late_items", Unit.COUNT)),
                  tuple((post, leg.name.lower(), days[post, leg], days[post, leg] / total,
                         items[post, leg]) for post, leg in causes)),
            *(() if ask.published else
              (_items(query, biggest_items(verdicts, network.carriage, causes)),)),
        ),
        {"post": first[0] if first else None, "leg": first[1].name.lower() if first else None},
    )  # fmt: skip


def _items(query: str, listed: Sequence[LostItem]) -> Sheet:
    return Sheet(
        "items", query,
        _columns(("post", Unit.POST), ("leg", Unit.LEG), ("item", Unit.ITEM), ("lane", Unit.LANE),
                 ("accepted", Unit.DATE), ("days", Unit.DAYS_PPM)),
        tuple((one.post, one.leg.name.lower(), one.item_id, f"{one.origin}>{one.destination}",
               one.accepted_on, one.ppm) for one in listed),
    )  # fmt: skip


def _liable_items(verdicts: pa.Table) -> int:
    return int(pc.sum(pc.equal(verdicts["outcome"], str(Outcome.LATE_LIABLE))).as_py() or 0)


def _of(days: Counter[tuple[str, Leg]], post: str) -> int:
    return sum(days[post, leg] for leg in Leg)
