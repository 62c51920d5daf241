"""Items as columns and back: the world in which verdicts are tested, random items of it, and the
row that the slow judge expects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from datecertain.moments import UNKNOWN, date_of, day_of
from datecertain.network import NO_DUE, Network
from datecertain.network.conditions import NOT_GIVEN
from datecertain.operations.evidence import inquired_by, named_codes, read_milestones
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.tracking.milestones import (
    CODES,
    MEASURE_BITS,
    MOMENT_SHIFT,
    NO_SCAN,
    PLACE_SHIFT,
    REASONED_CODES,
    FoundScans,
)
from datecertain.verdict.case_rules import Asked
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import Judgement, judge
from datecertain.verdict.replay import Milestones
from slow_declared import Case
from slow_replay import ORDER, Item, Told
from slow_shares import LEGS
from slow_verdict import Side, SlowJudge, Verdict
from worlds import with_rows

#: One lane each with another agreement, so that one small world has every variety.
AGREEMENTS = (
    "relation,KR,US,customs,subtract,,,test",
    "relation,JP,US,customs,exclude,,,test",
    "relation,JP,KR,tolerance_days,1,,,test",
    "relation,US,KR,clock_stop_closing,both,,,test",
    "relation,US,KR,attempt_stops,no,,,test",
    "sender,US,JP,pickup_stops,no,,,test",
    "sender,US,JP,tolerance_days,1,,,test",
    "relation,KR,US,case_late_notice,nothing,,,test",
    "relation,KR,US,case_kinds,event closure,,,test",
    "sender,KR,JP,case_kinds_after_acceptance,event strike,,,test",
    "relation,JP,US,case_counts_when,accepted,,,test",
    "sender,JP,US,case_counts_when,notified,,,test",
    "sender,JP,US,case_late_notice,nothing,,,test",
)
#: The same and more, for random items.
VARIED = (
    *AGREEMENTS,
    "relation,*,*,notification_stops,no,,,test",
    "relation,*,*,notification_measures,N,,,test",
    # Rules 2: every policy, either end, notification, burden of proof, sharing, deadlines.
    "sender,KR,US,customs,extend,,,test",
    "sender,KR,US,customs_days,2,,,test",
    "sender,JP,US,customs,deemed_delivered,,,test",
    "relation,US,JP,customs_ends,both,,,test",
    "sender,US,KR,customs_ends,export,,,test",
    "sender,JP,KR,notification_stops,yes,,,test",
    "sender,JP,KR,attempt_measures,A B,,,test",
    "sender,US,JP,retention_reasons,19,,,test",
    "sender,KR,JP,attempt_reasons,1 9,,,test",
    "relation,US,JP,burden_of_proof,last_scanned,,,test",
    "relation,JP,US,burden_of_proof,next_scanned,,,test",
    "relation,JP,KR,burden_of_proof,both,,,test",
    "relation,US,KR,burden_of_proof,undetermined,,,test",
    "relation,US,KR,gap_decided_after_days,20,,,test",
    "relation,US,KR,gap_decided_by,next_scanned,,,test",
    "relation,US,JP,sharing,last_holder,,,test",
    "sender,US,KR,undetermined_ends_as,late,,,test",
    "sender,US,KR,undetermined_ends_after_days,15,,,test",
    "relation,JP,US,undetermined_ends_as,lost,,,test",
    "relation,JP,US,undetermined_ends_after_days,30,,,test",
    "sender,US,JP,unresolved_after_days,5,,,test",
    "sender,US,JP,lost_after_days,12,,,test",
    "relation,*,KR,events_after_inquiry,EMB EMC EMD EMG EMI,,,test",
    "relation,KR,JP,events_after_inquiry,none,,,test",
)
#: Flagged places.
WEAKENED = """place,weakening,valid_from,valid_to,source
US-NYC,needs_second_scan,,,test
JP-TYO,time_of_day_unknown,2026-11-01,,test
KRSELB,clock_stop_needs_document,2026-11-01,2026-11-14,test
USJFKA,earliest_landing_instead,,2026-11-14,test
"""
#: The catalogue of the small world: as most posts have it, and two lanes that have it otherwise.
EXCLUSIONS = """scope,origin,destination,exclusion,mode,evidence,valid_from,valid_to,source
relation,*,*,customs,clips,hold,,,test
relation,*,*,force_majeure,clips,case,,,test
relation,*,*,transport_interruption,clips,case/transport,,,test
relation,*,*,authority_stop,excludes,EXX EDX,,,test
relation,*,*,tolerance,clips,claim,,,test
relation,*,*,sender_data,attempt,"EMH:4",,,test
relation,*,*,addressee_closed,clips,"EMH:7,8",,,test
relation,*,*,prohibited_goods,not_guaranteed,"EMH:23 EDX:23",,,test
sender,*,*,customs,clips,hold,,,test
sender,*,*,force_majeure,clips,case,,,test
sender,*,*,authority_stop,excludes,EXX EDX,,,test
sender,*,*,tolerance,clips,claim,,,test
sender,*,*,addressee_closed,clips,"EMH:7",,,test
sender,US,*,sender_data,clips,"EME:54 EMH:8",,,test
sender,US,*,customs,no,,,,test
relation,JP,KR,force_majeure,no,,,,test
sender,JP,KR,refused,clips,EMH,,,test
"""
STAGES = ORDER[1:-1]
AREAS = ("KR-SEL", "KR-ULL", "JP-TYO", "US-NYC", "US-CAL")
OFFICES = ("KRSELB", "JPKWSA", "USJFKA", "USLAXA")
OUTWARD = {"KR-SEL": "KRSELB", "KR-ULL": "KRSELB", "JP-TYO": "JPKWSA", "US-CAL": "USLAXA",
           "US-NYC": "USJFKA"}  # fmt: skip
START = dt.datetime(2026, 10, 19, tzinfo=dt.UTC)
AS_OF = dt.datetime(2027, 2, 1, tzinfo=dt.UTC)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


#: Who contracted the carriage.
CARRIAGE = """origin,destination,transport,transit,handover,valid_from,valid_to,source
*,*,origin,origin,received,,,test
US,KR,destination,origin,received,,,test
JP,KR,destination,origin,received,2026-11-05,,test
"""


def varied() -> dict[str, str]:
    return {
        **with_rows("terms.csv", *VARIED), "exclusions.csv": EXCLUSIONS, "carriage.csv": CARRIAGE,
        "weakened_evidence.csv": WEAKENED,
    }  # fmt: skip


@dataclass(frozen=True)
class World:
    """One network, for either judge."""

    network: Network
    slow: SlowJudge

    @classmethod
    def of(cls, texts: dict[str, str], name: str = "the small world") -> World:
        return cls(Network.from_texts(texts, name), SlowJudge(texts))


@lru_cache(maxsize=1)
def world() -> World:
    return World.of(varied())


@lru_cache(maxsize=1)
def named_world() -> World:
    """The world of the named cases: AGREEMENTS alone, no catalogue of its own."""
    return World.of(with_rows("terms.csv", *AGREEMENTS))


def network() -> Network:
    return world().network


def slow() -> SlowJudge:
    return world().slow


# --- to columns -----------------------------------------------------------------------------


def minute_of(moment: dt.datetime | None) -> int:
    return int(UNKNOWN) if moment is None else int(moment.timestamp()) // 60


def moments(values: Sequence[dt.datetime | None]) -> Any:
    return np.array([minute_of(value) for value in values], dtype=np.int64)


def days(values: Sequence[dt.date | None]) -> Any:
    known = [int(NO_DUE) if value is None else day_of(value) for value in values]
    return np.array(known, dtype=np.int64)


def texts(values: Sequence[str]) -> pa.StringArray:
    return pa.array(values, pa.string())


def to_judge(items: Sequence[Item], where: World) -> ItemsToJudge:
    areas = where.network.areas
    local = where.slow.network.local_acceptance
    return ItemsToJudge(
        item_key=texts([f"key-{number}" for number in range(len(items))]),
        item_id=texts([f"EE{number:08d}0KR" for number in range(len(items))]),
        origin=texts([item.origin[:2] for item in items]),
        destination=texts([item.destination[:2] for item in items]),
        origin_area=np.array([areas.get(item.origin, -1) for item in items], np.int64),
        destination_area=np.array([areas.get(item.destination, -1) for item in items], np.int64),
        accepted_at=moments([item.accepted for item in items]),
        accepted_date=days([local(item) for item in items]),
        told_on=days([item.told for item in items]),
        standard_on=days([item.standard for item in items]),
        quote_status=texts([item.quote_status for item in items]),
        quote_reason=texts([item.quote_reason for item in items]),
        asked=asked(items, where),
    )


def asked(items: Sequence[Item], where: World) -> Asked:
    """What a case may be limited to."""
    local = where.slow.network.local_acceptance
    standard = [-1 if i.standard is None else (i.standard - local(i)).days for i in items]
    values = [NOT_GIVEN if item.value is None else item.value * 10**6 for item in items]
    return Asked(
        moments([item.accepted for item in items]), np.array(standard, np.int64),
        texts([item.product for item in items]), texts([item.contents for item in items]),
        np.array(values, np.int64),
    )  # fmt: skip


def milestones(items: Sequence[Item], where: World) -> Milestones:
    """The scans of the items, packed as a `ScanSearch` finds them, read by the real code."""
    reasons, measures = named_codes(where.network)
    mine = to_judge(items, where)
    late = np.array([0 if item.told_late else UNKNOWN for item in items], dtype=np.int64)
    asked = inquired_by(where.network, mine, late)
    first = np.full((len(CODES) + 1, len(items)), NO_SCAN, dtype=np.int64)
    latest = np.full(len(items), UNKNOWN, dtype=np.int64)
    found: list[tuple[int, int, int]] = []
    for row, item in enumerate(items):
        for event in item.every_scan():
            place = where.network.offices.get(event.office, -1) + 1
            number = reasons.index(event.reason) + 1 if event.reason in reasons else 0
            done = measures.index(event.measure) + 1 if event.measure in measures else 0
            packed = (minute_of(event.at) << MOMENT_SHIFT) + (place << PLACE_SHIFT)
            packed += (number << MEASURE_BITS) + done
            kind = CODES.index(event.code)
            if event.code in item.told_late and not asked.proves[asked.place[row], kind]:
                kind = -1
            first[kind, row] = min(first[kind, row], packed)
            latest[row] = max(latest[row], minute_of(event.at))
            if event.code in (*REASONED_CODES, "EDC", "EMF") and kind >= 0:
                found.append((row, kind, packed))
    told = np.array(found, dtype=np.int64).reshape(-1, 3)
    return read_milestones(FoundScans(first[:-1], latest, *told.T), where.network, mine)


def notice(case: Case) -> ForceMajeureCase:
    start, end, told = minute_of(case.start), minute_of(case.end), minute_of(case.known)
    limits = case.limits
    low, high = limits.get("value", (None, None))
    accepted = limits.get("accepted")
    return ForceMajeureCase(
        "FM-1", case.post, case.office, case.leg, start, end, told, "", "", "test",
        kind=case.kind, area=" ".join(limits.get("area", ())),
        product=" ".join(limits.get("product", ())),
        contents=" ".join(limits.get("contents", ())),
        standard=" ".join(f"D+{days}" for days in limits.get("standard", ())),
        value_from_usdr=None if low is None else low * 10**6,
        value_to_usdr=None if high is None else high * 10**6,
        accepted_from=accepted and minute_of(accepted[0]),
        accepted_to=accepted and minute_of(accepted[1]),
        notified_at=told, late=told > start + 24 * 60, words=case.words,
    )  # fmt: skip


def judged(
    items: Sequence[Item], cases: Sequence[Case] = (), as_of: dt.datetime = AS_OF,
    where: World | None = None,
) -> Judgement:  # fmt: skip
    where = where or world()
    return judge(
        where.network, to_judge(items, where), milestones(items, where),
        [notice(c) for c in cases], minute_of(as_of),
    )  # fmt: skip


DATES = ("promised_on", "stopped_on", "delivered_on", "sender_promised_on", "sender_stopped_on")


def rows(judgement: Judgement) -> list[dict[str, Any]]:
    """The verdicts, dates as dates, without what names the row."""
    table = judgement.table.drop_columns(["item_key", "item_id"])
    for name in DATES:
        dates = [None if day is None else date_of(day) for day in table[name].to_pylist()]
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(dates))
    listed: list[dict[str, Any]] = table.to_pylist()
    return listed


# --- what the slow judge expects ------------------------------------------------------------


def days_by_leg(side: Side) -> dict[str, int]:
    """Net days by leg in whole days; half days of shared steps are cut off."""
    return {
        f"days_{name}": int(sum(days for (_, leg), days in side.net.items() if leg == name))
        for name in LEGS
    }


def expected_row(item: Item, verdict: Verdict, judge_: SlowJudge | None = None) -> dict[str, Any]:
    judge_ = judge_ or slow()
    between, sender = verdict.between, verdict.sender
    no_promise = between.outcome == "not_guaranteed" and between.margin == 0 and not between.steps
    late_low, late_high = between.late_bounds or (None, None)
    origin_low, origin_high = between.origin_bounds or (None, None)
    row = {
        "outcome": between.outcome,
        "outcome_reason": between.reason,
        "days_late": between.late,
        "days_excused": between.excused,
        "days_liable": between.liable,
        **days_by_leg(between),
        **{f"share_{leg}": between.share.get(leg, 0) for leg in LEGS},
        "gap_days": between.gap_days,
        "days_late_low": late_low,
        "days_late_high": late_high,
        "origin_share_low": origin_low,
        "origin_share_high": origin_high,
        "sender_outcome": sender.outcome,
        "sender_outcome_reason": sender.reason,
        "sender_days_liable": sender.liable,
        "sender_days_excused": sender.excused,
    }
    if not no_promise:
        row["promised_on"] = item.standard
        if between.stopped_on is not None:
            row["exclusions"] = between.exclusions
    if judge_.knows(item.origin) and judge_.knows(item.destination):  # else nothing is replayed
        delivered = judge_.believed(item).delivered
        row["clock_stops"] = between.clock_stops
        row["clock_stops_void"] = between.void_stops
        row["stopped_on"] = between.stopped_on
        row["stopped_by"] = between.stopped_by
        row["sender_stopped_on"] = sender.stopped_on
        row["sender_promised_on"] = item.told
        row["delivered_on"] = delivered and judge_.network.date(item.destination, delivered)
    elif item.told is not None:
        row["sender_stopped_on"] = sender.stopped_on
        row["sender_promised_on"] = item.told
    return row


# --- random items ---------------------------------------------------------------------------

#: From one scan to the next: mostly hours, at most forty.
GAP = st.integers(0, 22).map(lambda number: number * number * 5 * MINUTE)
ACCEPTED = st.integers(0, 46 * 1440).map(lambda minutes: START + minutes * MINUTE)
#: Customs keeps it some minutes before or after it was shown (never in the same one: there the
#: milestones do not say which came first).
LITTLE = st.sampled_from([-7, 7, 200])
SOMETIMES = st.integers(0, 5).map(lambda number: number == 0)
REASONS_KEPT = st.sampled_from(["19", "19", "54", "54", "58", ""])
REASONS_TRIED = st.sampled_from(["1", "1", "2", "4", "7", "8", "9", "23", ""])


@st.composite
def places(draw: st.DrawFn, stage: str, origin: str, destination: str) -> str:
    """Mostly the office that the standard journey uses; sometimes another, or an unknown one."""
    if draw(SOMETIMES):
        return draw(st.sampled_from([*OFFICES, "ZZZZZA"]))
    return OUTWARD[origin] if stage in ("EMB", "EMC") else OUTWARD[destination]


@st.composite
def lanes(draw: st.DrawFn) -> tuple[str, str]:
    origin = draw(st.sampled_from(AREAS))
    return origin, draw(st.sampled_from([area for area in AREAS if area[:2] != origin[:2]]))


@st.composite
def calm_items(draw: st.DrawFn) -> Item:
    """An item whose scans can all be true, at the right offices, promised what the network
    carries; no attempt; delivered. Any scan but the handovers may be missing."""
    origin, destination = draw(lanes())
    at = accepted = draw(ACCEPTED)
    scans = {}
    for stage in STAGES:
        at += draw(GAP)
        if stage in ("EMC", "EMD") or not draw(SOMETIMES):
            scans[stage] = (at, OUTWARD[origin if stage in ("EMB", "EMC") else destination])
    events = []
    if "EDB" in scans and draw(SOMETIMES):
        kept = scans["EDB"][0] + 7 * MINUTE
        events.append(Told("EME", kept, "19", office=OUTWARD[destination]))
    promised = slow().network.due(origin, destination, accepted)
    return Item(
        origin, destination, accepted, promised, promised, scans,
        delivered=at + draw(GAP), events=tuple(events),
    )  # fmt: skip


@st.composite
def called_again(draw: st.DrawFn, back: dt.datetime, office: str) -> list[Told]:
    """Customs had given it back, and keep it again, once or twice; mostly they give it back."""
    events, at = [], back
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        at += draw(GAP) + 7 * MINUTE
        events.append(Told("EME", at, draw(REASONS_KEPT), office=office))
        at += draw(GAP)
        if draw(st.integers(0, 3)):
            events.append(Told(draw(st.sampled_from(["EDC", "EDC", "EMF"])), at, office=office))
    return events


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Anything: missing and impossible scans, other offices, holds, attempts, misquoted dates."""
    origin, destination = draw(lanes())
    at = accepted = draw(ACCEPTED)
    anywhere = st.integers(-40, 200).map(lambda units: accepted + units * 60 * MINUTE)
    scans, last, customs = {}, draw(st.integers(0, 10)), at
    for number, stage in enumerate(STAGES):
        at += draw(GAP)
        customs = at if stage == "EDB" else customs
        if number < last and not draw(SOMETIMES):
            moment = draw(anywhere) if draw(SOMETIMES) and draw(SOMETIMES) else at
            scans[stage] = (moment, draw(places(stage, origin, destination)))
    delivered = at + draw(GAP) if draw(st.integers(0, 5)) else None
    pickup = at + draw(GAP) if draw(SOMETIMES) else None
    events = []
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
        reason, measure = draw(REASONS_TRIED), draw(st.sampled_from(["", "A", "A", "B", "N"]))
        events.append(Told("EMH", at + draw(GAP), reason, measure))
    kept = (customs if not draw(SOMETIMES) else draw(anywhere)) + draw(LITTLE) * MINUTE
    if draw(st.booleans()):
        office = draw(places("EDB", origin, destination))
        events.append(Told("EME", kept, draw(REASONS_KEPT), office=office))
        if draw(SOMETIMES):
            again = kept + draw(GAP)
            events.append(Told("EME", again, draw(REASONS_KEPT), office=office))
        if "EDC" in scans and draw(SOMETIMES):
            events += draw(called_again(scans["EDC"][0], office))
    back = None
    if draw(SOMETIMES):
        exported = accepted + draw(GAP)
        events.append(Told("EXB", exported, draw(REASONS_KEPT)))
        back = exported + draw(GAP) if draw(st.integers(0, 3)) else None
    if draw(SOMETIMES) and draw(SOMETIMES):
        code = draw(st.sampled_from(["EXX", "EDX"]))
        events.append(Told(code, draw(anywhere), draw(st.sampled_from(["", "23"]))))
    carried = slow().network.due(origin, destination, accepted)
    standard = carried and carried + draw(st.sampled_from([0, 0, 0, 1, -1, 3, -4])) * dt.timedelta(
        1
    )
    told = standard and draw(st.sampled_from([*[standard] * 6, standard - dt.timedelta(1), None]))
    status, reason = draw(
        st.sampled_from([("guaranteed", "")] * 8 + [("estimate", "lane_suspended")])
    )
    return Item(
        draw(st.sampled_from([origin] * 15 + [origin[:2] + "-?"])),
        draw(st.sampled_from([destination] * 15 + [destination[:2] + "-?"])),
        accepted, told, standard, scans, delivered, pickup, back, tuple(events),
        quote_status=status, quote_reason=reason, value=draw(st.sampled_from([None, 50, 150])),
        told_late=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(CODES), max_size=4)),
    )  # fmt: skip


WORDS = st.tuples(st.sampled_from(["KR", "JP", "US", "*"]), st.sampled_from(["accept", "contest"]))


@st.composite
def limits(draw: st.DrawFn, item: Item) -> dict[str, Any]:
    """At most one limit of a case, within which the item may or may not be."""
    near = item.accepted - HOUR, item.accepted + draw(st.sampled_from([-2, 2])) * HOUR
    every = {
        "area": draw(st.lists(st.sampled_from(AREAS), min_size=1, max_size=2)),
        "product": [draw(st.sampled_from(["EMS", "EMS-PREMIUM"]))],
        "contents": [draw(st.sampled_from(["documents", "goods"]))],
        "standard": draw(st.lists(st.integers(1, 6), min_size=1)),
        "value": (draw(st.sampled_from([0, 100])), 200),
        "accepted": near,
    }
    name = draw(st.sampled_from(["", "", *every]))
    return {name: every[name]} if name else {}


@st.composite
def disturbed_items(draw: st.DrawFn) -> tuple[list[Item], list[Case]]:
    """Some items, and declared cases that began about when the first of them was on its way."""
    batch = draw(st.lists(items(), min_size=1, max_size=4))
    first = batch[0]
    notices = []
    for _ in range(draw(st.integers(0, 2))):
        start = first.accepted + draw(st.integers(-24, 96)) * HOUR
        notices.append(
            Case(
                draw(st.sampled_from([first.origin[:2], first.destination[:2], "JP", "ZZ"])),
                draw(st.sampled_from(["", "", "", *OFFICES, "ZZZZZA"])),
                draw(st.sampled_from(["", "", *LEGS[1:]])),
                start, start + draw(st.integers(1, 96)) * HOUR,
                draw(st.none() | st.integers(0, 60).map(lambda hours, at=start: at + hours * HOUR)),
                draw(st.sampled_from(["event", "event", "strike", "closure"])),
                draw(limits(first)),
                tuple(draw(st.lists(WORDS, max_size=2))),
            )
        )  # fmt: skip
    return batch, notices
