"""What the templates need beyond the figures themselves: rows in order, and their charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from datecertain.moments import date_of
from datecertain.quality import (
    GroupFigures,
    Interval,
    LaneFigures,
    MoneyFigures,
    MonthFigures,
    Standing,
    Tally,
)
from datecertain.verdict.outcomes import WHOLE, Leg, Outcome
from datecertain.web.charts import (
    Part,
    Scale,
    axis,
    cut_bar,
    diverging_bar,
    headline_strip,
    interval_dot,
    outcome_bar,
    scale_for,
    stacked_bar,
)
from datecertain.web.month_charts import DayFrame, day_chart, netting_arcs
from datecertain.web.writing import Writing

Group = GroupFigures | LaneFigures

#: Groups thinner than this don't stretch a chart's scale; their intervals run off its edge.
_SETS_THE_SCALE = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """One lane of the matrix; `tally` is None where origin and destination are the same."""

    kind: str
    tally: Tally | None


@dataclass(frozen=True, slots=True)
class DottedRow:
    """A group with its dot on a common scale."""

    group: Group
    standing: Standing
    dot: Markup


@dataclass(frozen=True, slots=True)
class Dotted:
    """Rows that share one scale, and that scale's axis for the head of their column."""

    rows: tuple[DottedRow, ...]
    axis: Markup


@dataclass(frozen=True, slots=True)
class PostDays:
    """The attributable days of one post by leg, in the order of `Leg`, with their bar."""

    post: str
    by_leg: tuple[int, ...]
    bar: Markup

    @property
    def ppm(self) -> int:
        """All of them, in millionths of a day."""
        return sum(self.by_leg)


class MonthViews:
    """The charts and orderings of one report."""

    def __init__(self, figures: MonthFigures, money: MoneyFigures, writing: Writing) -> None:
        self.figures = figures
        self.money = money
        self.w = writing
        self.target = figures.target_ppm / WHOLE

    def interval(self, tally: Tally) -> Interval:
        """The interval of a group at the month's confidence."""
        return tally.interval(self.figures.confidence)

    def standings(self) -> dict[str, int]:
        """How many lanes stand how to the target."""
        counts = dict.fromkeys((standing.value for standing in Standing), 0)
        for lane in self.figures.lanes:
            counts[self.figures.standing(lane.tally)] += 1
        return counts

    def matrix(self) -> list[tuple[str, list[Cell]]]:
        """Origin by origin, the cells of all destinations."""
        held = {(lane.origin, lane.destination): lane.tally for lane in self.figures.lanes}
        empty = Tally((0,) * len(Outcome))
        codes = [post.post for post in self.figures.posts]
        return [
            (origin, [self._cell(held.get((origin, to), empty), origin == to) for to in codes])
            for origin in codes
        ]

    def _cell(self, tally: Tally, same: bool) -> Cell:
        return Cell("same", None) if same else Cell(self.figures.standing(tally), tally)

    def clear(self, groups: Sequence[Group]) -> Dotted:
        """Groups whose interval leaves the target out: below it first, the most late items first.

        That is an order of work, not of merit: lanes carry the places that can be told apart.
        """
        wanted = (Standing.BELOW, Standing.ABOVE)
        held = [group for group in groups if self.figures.standing(group.tally) in wanted]
        held.sort(
            key=lambda group: (
                wanted.index(self.figures.standing(group.tally)),
                group.tally.on_time - group.tally.judged,
            )
        )
        return self.dotted(held)

    def dotted(self, groups: Sequence[Group]) -> Dotted:
        """Groups with judged items, each with its dot."""
        judged = [group for group in groups if group.tally.judged]
        scale = self._scale([group.tally for group in judged])
        rows = []
        for group in judged:
            standing = self.figures.standing(group.tally)
            dot = interval_dot(
                scale, group.tally.share, self.interval(group.tally), self.target, standing
            )
            rows.append(DottedRow(group, standing, dot))
        return Dotted(tuple(rows), axis(scale, self.target, self._labels(scale)))

    def _scale(self, tallies: list[Tally]) -> Scale:
        thick = [tally for tally in tallies if tally.judged >= _SETS_THE_SCALE]
        return scale_for([self.interval(tally) for tally in thick], self.target)

    def _labels(self, scale: Scale, most: int = 3) -> dict[float, str]:
        """Round ticks, at most so many: both ends and what lies evenly between."""
        for step in (0.05, 0.1, 0.25):
            ticks = scale.ticks(step)
            if len(ticks) <= most or step == 0.25:
                return {tick: self.w.bare(tick, 0) for tick in ticks if tick >= scale.low - 1e-9}
        return {}

    def headline(self) -> Markup:
        """The strip under the month's share."""
        total, w = self.figures.total, self.w
        interval, bounds = self.interval(total), total.bounds
        scale = self._scale([total])
        target = w.percent(self.target, 0)
        described = w.say(
            "strip_desc", share=w.percent(total.share), interval=w.between(interval),
            bounds=w.between(bounds), target=target,
        )  # fmt: skip
        return headline_strip(
            scale, total.share, interval, bounds, self.target, self._labels(scale, 4),
            w.say("target_of", target=target), title=w.say("strip_title"), description=described,
        )  # fmt: skip

    def outcomes(self) -> Markup:
        """One bar of all outcomes."""
        total, w = self.figures.total, self.w
        listed = ", ".join(
            f"{w.label('outcome', outcome)} {w.count(total.of(outcome))}"
            for outcome in self.outcome_order()
        )
        return outcome_bar(
            [Part(outcome, total.of(outcome) / total.scored) for outcome in self.outcome_order()],
            title=w.say("outcome_bar_title"),
            description=listed,
        )

    def outcome_order(self) -> list[Outcome]:
        """Outcomes that occur, kept dates first, then as they concern the reader."""
        order = (
            Outcome.ON_TIME, Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE, Outcome.UNDETERMINED,
            Outcome.PENDING, Outcome.LOST, Outcome.NOT_GUARANTEED,
        )  # fmt: skip
        both = (self.figures.total, self.figures.total_sender)
        return [outcome for outcome in order if any(tally.of(outcome) for tally in both)]

    def post_days(self) -> list[PostDays]:
        """Posts by attributable days, the most first; posts without any are left out."""
        found: dict[str, list[int]] = {}
        for row in self.figures.legs:
            found.setdefault(row.post, [0] * len(Leg))[row.leg] += row.liable_ppm
        largest = max((sum(legs) for legs in found.values()), default=0) or 1
        rows = [
            PostDays(
                post,
                tuple(legs),
                stacked_bar(
                    [Part(leg.name.lower(), legs[leg] / largest) for leg in Leg if legs[leg]]
                ),
            )
            for post, legs in found.items()
            if sum(legs)
        ]
        return sorted(rows, key=lambda row: (-row.ppm, row.post))

    def leg_rows(self) -> list[tuple[Leg, int, int, int, int]]:
        """(leg, late items, attributable ppm, days lost, days won back) over all posts."""
        rows = []
        for leg in Leg:
            held = [row for row in self.figures.legs if row.leg is leg]
            if held:
                rows.append(
                    (
                        leg,
                        sum(row.items for row in held),
                        sum(row.liable_ppm for row in held),
                        sum(row.days_lost for row in held),
                        sum(row.days_won for row in held),
                    )
                )
        return rows

    def lateness(self) -> list[tuple[str, int, Markup]]:
        """(days after the promised date, items, bar); the ends are gathered."""
        gathered: dict[int, int] = {}
        for row in self.figures.lateness:
            days = min(7, max(-3, row.days))
            gathered[days] = gathered.get(days, 0) + row.items
        largest = max((n for days, n in gathered.items() if days > 0), default=0) or 1
        return [
            (
                self._days_text(days),
                gathered[days],
                cut_bar("late" if days > 0 else "kept", n / largest),
            )
            for days, n in sorted(gathered.items())
        ]

    def _days_text(self, days: int) -> str:
        if days <= 0:
            key = "days_early_more" if days == -3 else "days_early" if days else "on_the_day"
        else:
            key = "days_late_more" if days == 7 else "days_late"
        return self.w.say(key, n=abs(days))

    def days(self) -> Markup:
        """The chart of the days of acceptance."""
        figures, w = self.figures, self.w
        judged = [day for day in figures.by_day if day.tally.judged]
        scale = self._scale([day.tally for day in judged])
        below = [
            w.day(int(day.key)) for day in judged if figures.standing(day.tally) is Standing.BELOW
        ]
        described = w.say("day_chart_desc", n=len(below), days=", ".join(below) or "–")
        labels = [
            str(date_of(int(day.key)).day) if i % 7 == 0 else ""
            for i, day in enumerate(figures.by_day)
        ]
        frame = DayFrame(scale, self.target, figures.confidence, self._labels(scale, 6), labels)
        return day_chart(
            figures.by_day, frame, title=w.say("day_chart_title"), description=described
        )

    def netting(self) -> Markup:
        """The picture of balances above and payments below."""
        w, money = self.w, self.money
        paid = "; ".join(
            f"{w.post(row.payer)} → {w.post(row.payee)} {w.money(row.usdr, 'SDR')}"
            for row in money.payments
        )
        return netting_arcs(
            money, title=w.say("netting_title"), description=w.say("netting_desc", payments=paid)
        )

    def position_bar(self, usdr: int) -> Markup:
        """The bar of a net position."""
        return diverging_bar(
            usdr, max((abs(row.net_usdr) for row in self.money.positions), default=0)
        )

    def money_bars(self) -> list[tuple[str, int, int, Markup]]:
        """(step of netting, transfers, micro-SDR, bar): gross, by pairs, all together."""
        money = self.money
        directed = sum(
            (row.one_owes_usdr > 0) + (row.other_owes_usdr > 0) for row in money.statements
        )
        steps = (
            ("gross", directed, money.gross_usdr),
            ("balances", money.open_balances, money.balances_usdr),
            ("net", len(money.payments), money.net_usdr),
        )
        whole = money.gross_usdr or 1
        return [
            (key, transfers, usdr, stacked_bar([Part(f"step-{key}", usdr / whole)]))
            for key, transfers, usdr in steps
        ]

    def largest_loss(self) -> tuple[str, Leg, int] | None:
        """The leg and post with the most attributable days, None when there are none."""
        rows = [row for row in self.figures.legs if row.liable_ppm]
        if not rows:
            return None
        most = max(rows, key=lambda row: row.liable_ppm)
        return most.post, most.leg, most.liable_ppm
