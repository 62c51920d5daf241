"""The month's figures: a small table worked by hand, and a slow count of twenty thousand items."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import InvariantBroken, UsageError
from datecertain.moments import date_of, parse_date
from datecertain.network import Network
from datecertain.promise.acceptance import ITEMS
from datecertain.quality import (
    DaysLate,
    FindingCount,
    Interval,
    MissingScans,
    MonthFigures,
    PostName,
    ReasonCount,
    Standing,
    Tally,
    month_figures,
    month_rows,
)
from datecertain.quality.astray import ASTRAY, AstrayCount
from datecertain.quality.report_card import FINDINGS
from datecertain.verdict.outcomes import (
    DAYS_COLUMNS,
    SHARE_COLUMNS,
    VERDICTS,
    WHOLE,
    Leg,
    Outcome,
)
from quality.sample_month import FIRST, LAST, POSTS, sample_month
from worlds import texts

MONDAY = parse_date("2026-10-05")
THREE = (
    PostName("KR", "Korea", "한국"),
    PostName("JP", "Japan", "일본"),
    PostName("US", "US", "US"),
)

# lane, day after Monday 5 October, outcome, reason, excused, net days of the legs
# (promise export transport import delivery), contents, clock-stops valid/void
MONTH = """
KR-JP 0 on_time        -             0  0 0 0 0 0   documents     0/0
KR-JP 0 on_time        -             0  0 1 -1 0 0  documents     0/0
KR-JP 1 late_liable    -             0  0 1 0 2 0   documents     0/1
KR-JP 6 late_excused   customs       2  0 0 0 0 0   non_documents 1/0
KR-JP 6 undetermined   final_scan_missing 0  0 0 0 0 0  documents 0/0
JP-KR 0 late_liable    -             1  1 0 0 0 2   documents     1/0
JP-KR 0 pending        -             0  0 0 0 0 0   documents     0/0
US-KR 2 not_guaranteed no_date_told  0  0 0 0 0 0   documents     0/0
US-KR 2 lost           no_scan       0  0 0 0 0 0   documents     0/0
"""


def verdict(line: str, at: int) -> dict[str, Any]:
    lane, day, outcome, reason, excused, *rest = line.split()
    days = [int(word) for word in rest[: len(Leg)]]
    contents, stops = rest[len(Leg) :]
    valid, void = stops.split("/")
    lost = [max(0, days_of_leg) for days_of_leg in days]
    liable = outcome == "late_liable"
    shares = [WHOLE * part // sum(lost) if liable else 0 for part in lost]
    if liable:
        shares[lost.index(max(lost))] += WHOLE - sum(shares)
    row: dict[str, Any] = {
        "item_key": f"{at:032x}",
        "item_id": f"EE{at:08d}1KR",
        "origin": lane[:2],
        "destination": lane[3:],
        "accepted_date": MONDAY + int(day),
        "outcome": outcome,
        "outcome_reason": "" if reason == "-" else reason,
        "days_late": sum(days) + int(excused),
        "days_excused": int(excused),
        "days_liable": sum(days) if liable else 0,
        "sender_outcome": outcome,
        "sender_days_liable": 0,
        "clock_stops": int(valid),
        "clock_stops_void": int(void),
        "judged_as_of": 0,
        "rules_version": "1",
        "network_version": "v",
        "owner": "KR",
        "audience": "JP-KR",
        "batch_id": "b",
        "schema_version": 1,
        "month": "2026-10",
        "bucket": 0,
        "contents": contents,
    }
    row |= dict(zip(DAYS_COLUMNS, days, strict=True)) | dict(
        zip(SHARE_COLUMNS, shares, strict=True)
    )
    return row


def tables(text: str) -> tuple[pa.Table, pa.Table]:
    rows = [verdict(line, at) for at, line in enumerate(text.strip().splitlines())]
    blank = {field.name: 0 if pa.types.is_integer(field.type) else "" for field in ITEMS}
    items = [blank | {name: row[name] for name in ITEMS.names if name in row} for row in rows]
    return pa.Table.from_pylist(rows, schema=VERDICTS), pa.Table.from_pylist(items, schema=ITEMS)


def figures_of(text: str, **more: Any) -> MonthFigures:
    verdicts, items = tables(text)
    return month_figures(
        verdicts, items, first_day=MONDAY, last_day=MONDAY + 6, posts=THREE, **more
    )


def test_a_week_counted_by_hand() -> None:
    figures = figures_of(MONTH)
    total = figures.total
    assert (total.items, total.judged, total.on_time, total.unresolved) == (9, 5, 2, 2)
    assert total.share == pytest.approx(0.4)
    assert total.share_unexcused == pytest.approx(0.5)
    assert total.bounds == Interval(2 / 7, 4 / 7)
    assert [(lane.origin, lane.destination) for lane in figures.lanes] == [
        ("KR", "JP"),
        ("JP", "KR"),
        ("US", "KR"),
    ]
    korea_japan = figures.lane("KR", "JP")
    assert korea_japan is not None
    assert (korea_japan.tally.judged, korea_japan.tally.on_time) == (4, 2)
    assert korea_japan.days_liable == 3
    assert figures.lane("US", "JP") is None
    assert [group.tally.items for group in figures.by_weekday] == [4, 1, 2, 0, 0, 0, 2]
    assert [group.tally.items for group in figures.by_day] == [4, 1, 2, 0, 0, 0, 2]
    assert {group.key: group.tally.items for group in figures.by_contents} == {
        "documents": 8,
        "non_documents": 1,
    }
    assert figures.clock_stops.valid == 2
    assert figures.clock_stops.items_void == 1
    assert figures.reasons[0] == ReasonCount(Outcome.NOT_GUARANTEED, "no_date_told", 1)
    assert figures.because(Outcome.LATE_EXCUSED) == (
        ReasonCount(Outcome.LATE_EXCUSED, "customs", 1),
    )
    assert figures.lateness == (DaysLate(0, 2), DaysLate(2, 1), DaysLate(3, 1), DaysLate(4, 1))


def test_days_go_to_the_post_that_answers_for_the_leg() -> None:
    figures = figures_of(MONTH)
    by_leg = {(row.post, row.leg): row for row in figures.legs}
    # The Korean item: one day of export (Korea), two of import (Japan).
    assert by_leg["KR", Leg.EXPORT].liable_ppm == pytest.approx(WHOLE, abs=3)
    assert by_leg["JP", Leg.IMPORT].liable_ppm == pytest.approx(2 * WHOLE, abs=3)
    # The Japanese one: a promise too tight by a day, two days at delivery in Korea.
    assert by_leg["JP", Leg.PROMISE].liable_ppm == pytest.approx(WHOLE, abs=3)
    assert by_leg["KR", Leg.DELIVERY].items == 1
    # A day lost and won back shows although the date was kept.
    assert (by_leg["KR", Leg.EXPORT].days_lost, by_leg["KR", Leg.EXPORT].items) == (2, 1)
    assert by_leg["KR", Leg.TRANSPORT].days_won == 1
    assert figures.leg_days() == figures.days_liable * WHOLE == 6 * WHOLE


def test_a_lane_is_marked_only_when_its_whole_interval_is_on_one_side() -> None:
    def lane(on_time: int, late: int) -> Tally:
        counts = dict.fromkeys(Outcome, 0) | {Outcome.ON_TIME: on_time, Outcome.LATE_LIABLE: late}
        return Tally(tuple(counts.values()))

    assert lane(90, 10).standing(960_000) is Standing.BELOW
    assert lane(95, 5).standing(960_000) is Standing.NOT_TOLD_APART
    assert lane(40, 0).standing(960_000) is Standing.NOT_TOLD_APART  # all 40 kept: still too few
    assert lane(400, 1).standing(960_000) is Standing.ABOVE
    assert lane(0, 0).standing(960_000) is Standing.NO_ITEMS


def test_findings_come_worst_first_and_missing_scans_as_given() -> None:
    found = [("b-note", "note")] * 5 + [("a-error", "error"), ("c-warning", "warning")]
    findings = pa.Table.from_pylist(
        [
            {"code": code, "severity": severity, "source": "f", "position": "", "detail": ""}
            for code, severity in found
        ],
        schema=FINDINGS,
    )
    scans = (MissingScans("KR", 100, 3),)
    figures = figures_of(MONTH, findings=findings, missing_scans=scans)
    assert figures.findings == (
        FindingCount("a-error", "error", 1),
        FindingCount("c-warning", "warning", 1),
        FindingCount("b-note", "note", 5),
    )
    assert figures.missing_scans == scans


def test_items_and_verdicts_that_have_no_partner_are_counted() -> None:
    verdicts, items = tables(MONTH)
    period = {"first_day": MONDAY, "last_day": MONDAY + 6, "posts": THREE}
    short = month_figures(verdicts.slice(2), items.slice(0, 8), **period)
    assert (short.items_without_verdict, short.verdicts_without_item) == (2, 1)


def test_misuse_and_contradictions_are_refused() -> None:
    verdicts, items = tables(MONTH)
    period = {"first_day": MONDAY, "last_day": MONDAY + 6, "posts": THREE}
    with pytest.raises(InvariantBroken, match="judged twice"):
        month_figures(pa.concat_tables([verdicts, verdicts]), items, **period)
    with pytest.raises(UsageError, match="outside the period"):
        month_figures(verdicts, items, **(period | {"last_day": MONDAY + 5}))
    with pytest.raises(UsageError, match="US"):
        month_figures(verdicts, items, **(period | {"posts": THREE[:2]}))
    at = verdicts.schema.get_field_index("share_import")
    wrong = verdicts.set_column(at, VERDICTS.field(at), pa.array([0] * 9, pa.int32()))
    with pytest.raises(InvariantBroken, match="not one whole"):
        month_figures(wrong, items, **period)


def test_a_month_without_items_has_figures_too() -> None:
    verdicts, items = VERDICTS.empty_table(), ITEMS.empty_table()
    figures = month_figures(verdicts, items, first_day=MONDAY, last_day=MONDAY, posts=THREE)
    assert figures.total.items == figures.days_liable == 0
    assert figures.lanes == figures.legs == figures.reasons == ()
    assert month_rows(figures).num_rows == 0


# ---- Against a count that takes one item after the other


def slow_groups(rows: list[dict[str, Any]], key: Any) -> dict[Any, Counter[str]]:
    groups: dict[Any, Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[key(row)][row["outcome"]] += 1
    return groups


def as_counter(tally: Tally) -> Counter[str]:
    return Counter({outcome.value: tally.of(outcome) for outcome in Outcome if tally.of(outcome)})


def test_every_group_equals_a_slow_count() -> None:
    month = sample_month()
    rows, figures = month.verdicts.to_pylist(), month.figures
    contents = {row["item_key"]: row["contents"] for row in month.items.to_pylist()}
    lanes = {(lane.origin, lane.destination): as_counter(lane.tally) for lane in figures.lanes}
    assert lanes == slow_groups(rows, lambda row: (row["origin"], row["destination"]))
    for groups, key in (
        (figures.by_origin, lambda row: row["origin"]),
        (figures.by_destination, lambda row: row["destination"]),
        (figures.by_day, lambda row: str(row["accepted_date"])),
        (
            figures.by_weekday,
            lambda row: str(
                (dt.date(1970, 1, 1) + dt.timedelta(days=row["accepted_date"])).weekday()
            ),
        ),
        (figures.by_contents, lambda row: contents[row["item_key"]]),
        (figures.by_inward_office, lambda row: row["inward_office"]),
        (figures.by_destination_area, lambda row: row["destination_area"]),
    ):
        assert {group.key: as_counter(group.tally) for group in groups} == slow_groups(rows, key)
    assert as_counter(figures.total) == Counter(row["outcome"] for row in rows)
    assert as_counter(figures.total_sender) == Counter(row["sender_outcome"] for row in rows)


def test_days_and_reasons_equal_a_slow_count() -> None:
    month = sample_month()
    liable: Counter[tuple[str, Leg]] = Counter()
    lost: Counter[tuple[str, Leg]] = Counter()
    won: Counter[tuple[str, Leg]] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    for row in month.verdicts.to_pylist():
        reasons[row["outcome"], row["outcome_reason"]] += 1
        for leg in Leg:
            bearer = row["destination" if leg >= Leg.IMPORT else "origin"]
            liable[bearer, leg] += row["days_liable"] * row[SHARE_COLUMNS[leg]]
            if row["outcome"] in ("on_time", "late_excused", "late_liable"):
                days = row[DAYS_COLUMNS[leg]]
                lost[bearer, leg] += max(0, days)
                won[bearer, leg] += max(0, -days)
    figures = month.figures
    assert {(row.post, row.leg): row.liable_ppm for row in figures.legs if row.liable_ppm} == {
        key: ppm for key, ppm in liable.items() if ppm
    }
    assert sum(row.days_lost for row in figures.legs) == lost.total()
    assert sum(row.days_won for row in figures.legs) == won.total()
    for row in figures.legs:
        assert (row.days_lost, row.days_won) == (lost[row.post, row.leg], won[row.post, row.leg])
    for counted in figures.reasons:
        assert counted.items == reasons[counted.outcome.value, counted.reason]


CARRIAGE = """origin,destination,transport,transit,handover,valid_from,valid_to,source
*,*,origin,origin,received,,,test
KR,JP,destination,origin,received,2026-10-06,,test
"""


def test_the_transport_leg_is_shown_with_the_post_that_contracted_the_carriage() -> None:
    """Japan contracts the carriage from Korea from Tuesday 6 October on."""
    week = """
KR-JP 0 late_liable - 0  0 0 2 0 0 documents 0/0
KR-JP 1 late_liable - 0  0 0 3 0 0 documents 0/0
JP-KR 1 late_liable - 0  0 1 0 0 0 documents 0/0
"""
    carriage = Network.from_texts(texts({"carriage.csv": CARRIAGE}), "the small world").carriage
    for agreed, borne in (
        ({}, [("KR", Leg.TRANSPORT, 5)]),
        ({"carriage": carriage}, [("KR", Leg.TRANSPORT, 2), ("JP", Leg.TRANSPORT, 3)]),
    ):
        legs = figures_of(week, **agreed).legs
        assert [
            (row.post, row.leg, row.days_lost) for row in legs if row.leg is Leg.TRANSPORT
        ] == borne


def gone_astray(*rows: tuple[int, str, str, bool]) -> pa.Table:
    """(line of the week, kind, post, left out)."""
    columns = [f"{row[0]:032x}" for row in rows], *([row[i] for row in rows] for i in (1, 2, 3))
    return pa.table([pa.array(column) for column in columns], schema=ASTRAY)


def test_what_a_rule_leaves_out_is_in_no_share_but_its_days_stay() -> None:
    astray = gone_astray(
        (2, "missent", "US", True), (2, "returned", "JP", False), (0, "misrouted", "JP", False),
        (7, "returned", "KR", True), (1, "transit", "US", False),
    )  # fmt: skip
    before, after = figures_of(MONTH), figures_of(MONTH, astray=astray)
    assert before.astray == ()
    assert after.astray == (
        AstrayCount("missent", "US", 1, 1), AstrayCount("misrouted", "JP", 1, 0),
        AstrayCount("returned", "JP", 1, 0), AstrayCount("returned", "KR", 1, 1),
        AstrayCount("transit", "US", 1, 0),
    )  # fmt: skip
    total = after.total
    assert (total.items, total.scored, total.left_out) == (9, 7, 2)
    assert (total.judged, total.on_time) == (4, 2)  # one late item less
    lane = after.lane("KR", "JP")
    assert lane is not None
    assert (lane.tally.items, lane.tally.left_out, lane.tally.judged) == (5, 1, 3)
    assert after.by_weekday[1].tally == Tally((0,) * len(Outcome), 1)
    assert [group.tally.left_out for group in after.by_contents] == [2, 0]
    assert after.total_sender.left_out == 2
    assert after.because(Outcome.NOT_GUARANTEED) == ()
    assert DaysLate(3, 1) not in after.lateness
    assert lane.days_liable == 3  # its days are whose they were
    assert after.legs == before.legs
    assert after.clock_stops == before.clock_stops
    (row,) = (row for row in month_rows(after).to_pylist() if row["destination"] == "JP")
    assert (row["items"], row["left_out"], row["judged"], row["late_liable"]) == (5, 1, 3, 0)


def test_a_lane_of_which_all_is_left_out_has_days_and_no_share() -> None:
    week = "KR-JP 1 late_liable - 0  0 1 0 2 0 documents 0/0"
    figures = figures_of(week, astray=gone_astray((0, "missent", "US", True)))
    (lane,) = figures.lanes
    assert (lane.tally.items, lane.tally.judged, lane.days_liable) == (1, 0, 3)
    assert figures.standing(lane.tally) is Standing.NO_ITEMS
    assert lane.places is None


def test_unknown_is_not_none() -> None:
    assert figures_of(MONTH, astray=None).astray is None
    assert figures_of(MONTH, astray=None).total == figures_of(MONTH).total


def test_what_happened_in_the_sample_month_is_found_again() -> None:
    figures = sample_month().figures
    into_us = max(figures.legs, key=lambda row: row.liable_ppm)
    assert (into_us.post, into_us.leg) == ("US", Leg.IMPORT)
    stormy = [
        date_of(int(day.key)).day
        for day in figures.by_day
        if day.tally.judged > 100 and day.tally.share < 0.9
    ]
    assert stormy == [12, 13, 14]
    assert figures.because(Outcome.LATE_EXCUSED)[0].reason == "force_majeure"


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 19))
def test_order_and_chunks_of_the_table_change_nothing(seed: int, cut: int) -> None:
    month = sample_month(2_000)
    order = np.random.default_rng(seed).permutation(month.verdicts.num_rows)
    shuffled = month.verdicts.take(pa.array(order))
    pieces = pa.concat_tables([shuffled.slice(0, cut * 100), shuffled.slice(cut * 100)])
    again = month_figures(
        pieces,
        month.items,
        first_day=FIRST,
        last_day=LAST,
        posts=POSTS,
        findings=month.findings,
        missing_scans=month.missing_scans,
    )
    assert again == month.figures


def test_lane_rows_are_whole_numbers_that_add_up() -> None:
    month = sample_month()
    rows = month_rows(month.figures).to_pylist()
    assert len(rows) == len(month.figures.lanes)
    for row in rows:
        assert row["items"] == sum(row[outcome.value] for outcome in Outcome)
        assert row["judged"] == row["on_time"] + row["late_excused"] + row["late_liable"]
        assert row["interval_low_ppm"] <= row["on_time_ppm"] <= row["interval_high_ppm"]
        assert row["bound_low_ppm"] <= row["on_time_ppm"] <= row["bound_high_ppm"]
        legs = sum(row[f"liable_{leg.name.lower()}_ppm"] for leg in Leg)
        assert legs == row["days_liable"] * WHOLE
        assert 1 <= row["place_best"] <= row["place_worst"] <= len(rows)
    assert sum(row["items"] for row in rows) == month.figures.total.items
