"""From a table of verdicts to the figures of its month, whole columns at a time (req 49, 50).

Every count is a `bincount` over small integer codes: a million verdicts take about a second, and
every group is counted by the same few lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import InvariantBroken, UsageError
from datecertain.findings import Severity
from datecertain.moments import Ints, Mask, format_date
from datecertain.network import CarriageAgreements
from datecertain.quality.astray import ASTRAY, astray_counts, left_out
from datecertain.quality.figures import (
    JUDGED,
    OUTCOMES,
    TARGET_PPM,
    ClockStops,
    DaysLate,
    FindingCount,
    GroupFigures,
    LaneFigures,
    LegFigures,
    MissingScans,
    MonthFigures,
    PostName,
    ReasonCount,
    Tally,
)
from datecertain.quality.intervals import CONFIDENCE, place_ranges
from datecertain.verdict.liable import NO_AGREEMENTS, destination_liable
from datecertain.verdict.outcomes import (
    DAYS_COLUMNS,
    SHARE_COLUMNS,
    WHOLE,
    Leg,
    Outcome,
)

#: Outcomes that have a reason worth counting.
_EXPLAINED = (
    Outcome.NOT_GUARANTEED,
    Outcome.LOST,
    Outcome.UNDETERMINED,
    Outcome.PENDING,
    Outcome.LATE_EXCUSED,
)
_THURSDAY = 3  # 1970-01-01 was a Thursday; Monday is 0

#: No item went astray.
NONE_ASTRAY = ASTRAY.empty_table()

#: Findings as a table, as the records hold them.
FINDINGS = pa.schema(
    [
        pa.field("code", pa.string(), nullable=False),
        pa.field("severity", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("position", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("item", pa.string()),
    ]
)


def month_figures(
    verdicts: pa.Table,
    items: pa.Table,
    *,
    first_day: int,
    last_day: int,
    posts: Sequence[PostName],
    findings: pa.Table | None = None,
    missing_scans: Sequence[MissingScans] = (),
    target_ppm: int = TARGET_PPM,
    confidence: float = CONFIDENCE,
    carriage: CarriageAgreements = NO_AGREEMENTS,
    astray: pa.Table | None = NONE_ASTRAY,
) -> MonthFigures:
    """The figures of the items accepted from `first_day` to `last_day` (local dates, inclusive).

    `verdicts`: schema `VERDICTS`, the current verdict of each item, once; `items`: schema `ITEMS`
    (at least `item_key` and `contents`), the acceptance records of the period; `posts`: those the
    report is about, in its order; `findings`: schema `FINDINGS`; `carriage`: who contracted it,
    which says who answers for the transport leg; `astray`: schema `ASTRAY`, which
    items went astray and which of them are left out of the score, None if that is not known.
    Raises `UsageError` when a verdict lies outside the period or names another post, and
    `InvariantBroken` when an item is judged twice or shares do not make whole days.
    """
    month = _read(verdicts, items, posts, first_day, last_day)
    if astray is not None:
        month = replace(month, left_out=left_out(verdicts["item_key"], astray))
    days = last_day - first_day + 1
    lanes = _lanes(month, posts, confidence)
    by_day = month.count(month.accepted - first_day, days)
    by_weekday = month.count((month.accepted + _THURSDAY) % 7, 7)
    return MonthFigures(
        first_day=first_day,
        last_day=last_day,
        target_ppm=target_ppm,
        confidence=confidence,
        posts=tuple(posts),
        total=month.count(np.zeros_like(month.outcome), 1)[0],
        total_sender=month.towards_sender(),
        items_without_verdict=month.items_without_verdict,
        verdicts_without_item=month.verdicts_without_item,
        lanes=lanes,
        by_origin=_named([post.post for post in posts], month.count(month.origin, len(posts))),
        by_destination=_named(
            [post.post for post in posts], month.count(month.destination, len(posts))
        ),
        by_day=_named([str(first_day + day) for day in range(days)], by_day),
        by_weekday=_named([str(day) for day in range(7)], by_weekday),
        by_contents=month.groups(month.contents),
        by_inward_office=month.groups(verdicts["inward_office"]),
        by_destination_area=month.groups(verdicts["destination_area"]),
        legs=_legs(month, posts, carriage),
        reasons=_reasons(month),
        lateness=_lateness(month),
        clock_stops=_clock_stops(verdicts),
        findings=_findings(findings),
        missing_scans=tuple(missing_scans),
        astray=None if astray is None else astray_counts(astray),
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """The verdicts' columns as integer codes: posts by their order, outcomes by theirs."""

    table: pa.Table
    origin: Ints
    destination: Ints
    outcome: Ints
    sender_outcome: Ints
    accepted: Ints
    liable_ppm: tuple[Ints, ...]
    contents: pa.ChunkedArray
    items_without_verdict: int
    verdicts_without_item: int
    left_out: Mask

    def count(self, group: Ints, size: int) -> list[Tally]:
        """One tally for each code of a group below `size`."""
        width, scored = len(OUTCOMES), ~self.left_out
        flat = _counts((group * width + self.outcome)[scored], size * width)
        out = _counts(group[self.left_out], size)
        return [Tally(flat[at * width : (at + 1) * width], out[at]) for at in range(size)]

    def towards_sender(self) -> Tally:
        """The same items by their outcome towards the sender."""
        scored = self.sender_outcome[~self.left_out]
        return Tally(_counts(scored, len(OUTCOMES)), int(self.left_out.sum()))

    def groups(self, names: pa.ChunkedArray) -> tuple[GroupFigures, ...]:
        """One tally for each name in a text column, by name; rows without one are left out."""
        known = sorted(name for name in pc.unique(names).to_pylist() if name)
        codes = _codes(names, known)
        # Those without a name are counted behind the last, and dropped.
        tallies = self.count(np.where(codes < 0, len(known), codes), len(known) + 1)
        return _named(known, tallies[: len(known)])


def _read(
    verdicts: pa.Table, items: pa.Table, posts: Sequence[PostName], first_day: int, last_day: int
) -> _Columns:
    keys = verdicts["item_key"]
    if pc.count_distinct(keys).as_py() != verdicts.num_rows:
        raise InvariantBroken("an item is judged twice: give the current verdict of each item only")
    accepted = _ints(verdicts["accepted_date"])
    if len(accepted) and not first_day <= accepted.min() <= accepted.max() <= last_day:
        raise UsageError(
            f"verdicts of items accepted {format_date(int(accepted.min()))} to "
            f"{format_date(int(accepted.max()))} are outside the period "
            f"{format_date(first_day)} to {format_date(last_day)}: give those of the period"
        )
    codes = [post.post for post in posts]
    places = {name: _codes(verdicts[name], codes) for name in ("origin", "destination")}
    for name, column in places.items():
        if (column < 0).any():
            unknown = sorted(set(pc.unique(verdicts[name]).to_pylist()) - set(codes))
            raise UsageError(f"verdicts name {', '.join(map(str, unknown))}: not among {codes}")
    found = pc.index_in(keys, value_set=items["item_key"])
    outcome = outcome_codes(verdicts["outcome"])
    without_item = found.null_count
    return _Columns(
        table=verdicts,
        **places,
        outcome=outcome,
        sender_outcome=outcome_codes(verdicts["sender_outcome"]),
        accepted=accepted,
        liable_ppm=liable_ppm(verdicts, outcome),
        contents=items["contents"].take(found),
        items_without_verdict=items.num_rows - (verdicts.num_rows - without_item),
        verdicts_without_item=without_item,
        left_out=np.zeros(verdicts.num_rows, dtype=bool),
    )


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def _codes(column: pa.ChunkedArray, order: Sequence[str]) -> Ints:
    """The position of each value in an order; -1 where it is not there."""
    found = pc.index_in(column, value_set=pa.array(order, pa.string()))
    return _ints(pc.fill_null(found, -1))


def outcome_codes(column: pa.ChunkedArray) -> Ints:
    """Outcomes as numbers, in the order of `Outcome`."""
    codes = _codes(column, [outcome.value for outcome in OUTCOMES])
    if (codes < 0).any():
        raise InvariantBroken(f"unknown outcome among {pc.unique(column).to_pylist()}")
    return codes


def _counts(codes: Ints, size: int) -> tuple[int, ...]:
    return tuple(np.bincount(codes, minlength=size).tolist())


def _named(names: Sequence[str], tallies: Sequence[Tally]) -> tuple[GroupFigures, ...]:
    return tuple(GroupFigures(name, tally) for name, tally in zip(names, tallies, strict=True))


def _lanes(
    month: _Columns, posts: Sequence[PostName], confidence: float
) -> tuple[LaneFigures, ...]:
    n = len(posts)
    lane = month.origin * n + month.destination
    tallies = month.count(lane, n * n)
    by_leg = [_sums(lane, ppm, n * n) for ppm in month.liable_ppm]
    held = [code for code in range(n * n) if tallies[code].items]
    places = place_ranges([(tallies[c].on_time, tallies[c].judged) for c in held], confidence)
    return tuple(
        LaneFigures(
            origin=posts[code // n].post,
            destination=posts[code % n].post,
            tally=tallies[code],
            days_liable=sum(leg[code] for leg in by_leg) // WHOLE,
            liable_ppm=tuple(leg[code] for leg in by_leg),
            places=place,
        )
        for code, place in zip(held, places, strict=True)
    )


def leg_figures(
    verdicts: pa.Table, posts: Sequence[PostName], first_day: int, last_day: int,
    carriage: CarriageAgreements = NO_AGREEMENTS,
) -> tuple[LegFigures, ...]:  # fmt: skip
    """The legs of `month_figures` alone, of some verdicts (schema `VERDICTS`). Raises the same."""
    contents = pa.nulls(verdicts.num_rows, pa.string())
    items = verdicts.select(["item_key"]).append_column("contents", contents)
    return _legs(_read(verdicts, items, posts, first_day, last_day), posts, carriage)


def _legs(
    month: _Columns, posts: Sequence[PostName], carriage: CarriageAgreements
) -> tuple[LegFigures, ...]:
    n, found = len(posts), list[LegFigures]()
    judged = np.isin(month.outcome, [OUTCOMES.index(outcome) for outcome in JUDGED])
    by_destination = destination_liable(
        carriage, month.table["origin"], month.table["destination"], month.accepted
    )
    for leg in Leg:
        bearer = np.where(by_destination[:, leg], month.destination, month.origin)
        ppm = month.liable_ppm[leg]
        net = np.where(judged, _ints(month.table[DAYS_COLUMNS[leg]]), 0)
        columns = zip(
            _counts(bearer[ppm > 0], n),
            _sums(bearer, ppm, n),
            _sums(bearer, np.maximum(net, 0), n),
            _sums(bearer, np.maximum(-net, 0), n),
            strict=True,
        )
        found += [LegFigures(posts[i].post, leg, *row) for i, row in enumerate(columns) if any(row)]
    order = {post.post: i for i, post in enumerate(posts)}
    return tuple(sorted(found, key=lambda row: (order[row.post], row.leg)))


def liable_ppm(verdicts: pa.Table, outcome: Ints) -> tuple[Ints, ...]:
    """Millionths of a day attributable to each leg, row by row; `outcome`: `outcome_codes`."""
    liable = outcome == OUTCOMES.index(Outcome.LATE_LIABLE)
    days = np.where(liable, _ints(verdicts["days_liable"]), 0)
    shares = [np.where(liable, _ints(verdicts[name]), 0) for name in SHARE_COLUMNS]
    wrong = np.count_nonzero(np.sum(shares, axis=0) != np.where(liable, WHOLE, 0))
    if wrong:
        raise InvariantBroken(f"{wrong} verdicts have liability shares that are not one whole")
    return tuple(days * share for share in shares)


def _sums(group: Ints, values: Ints, size: int) -> list[int]:
    """Whole sums by group: `bincount` with weights would go through floats."""
    totals = np.zeros(size, dtype=np.int64)
    np.add.at(totals, group, values)
    return [int(total) for total in totals]


def _reasons(month: _Columns) -> tuple[ReasonCount, ...]:
    reasons = month.table["outcome_reason"]
    known = sorted(pc.unique(reasons).to_pylist())
    codes = _codes(reasons, known)
    scored = ~month.left_out
    counted = _counts((month.outcome * len(known) + codes)[scored], len(OUTCOMES) * len(known))
    rows = [
        ReasonCount(outcome, reason, counted[OUTCOMES.index(outcome) * len(known) + at])
        for outcome in _EXPLAINED
        for at, reason in enumerate(known)
    ]
    return tuple(
        sorted(
            (row for row in rows if row.items),
            key=lambda row: (_EXPLAINED.index(row.outcome), -row.items, row.reason),
        )
    )


def _lateness(month: _Columns) -> tuple[DaysLate, ...]:
    judged = np.isin(month.outcome, [OUTCOMES.index(outcome) for outcome in JUDGED])
    judged &= ~month.left_out
    days, items = np.unique(_ints(month.table["days_late"])[judged], return_counts=True)
    return tuple(DaysLate(int(day), int(n)) for day, n in zip(days, items, strict=True))


def _clock_stops(verdicts: pa.Table) -> ClockStops:
    valid, void = (_ints(verdicts[name]) for name in ("clock_stops", "clock_stops_void"))
    return ClockStops(
        valid=int(valid.sum()),
        void=int(void.sum()),
        items_valid=int((valid > 0).sum()),
        items_void=int((void > 0).sum()),
    )


def _findings(findings: pa.Table | None) -> tuple[FindingCount, ...]:
    """The worst first, then the most frequent."""
    if findings is None:
        return ()
    grouped = findings.group_by(["code", "severity"]).aggregate([([], "count_all")])
    badness = list(Severity)
    rows = [
        FindingCount(row["code"], row["severity"], row["count_all"]) for row in grouped.to_pylist()
    ]
    return tuple(
        sorted(
            rows, key=lambda row: (-badness.index(Severity(row.severity)), -row.number, row.code)
        )
    )
