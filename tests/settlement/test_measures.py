"""Scans sent in time, and what they measure."""

import numpy as np
import pyarrow as pa
import pytest
from settling_cases import TARIFF, month, tariff

from datecertain.moments import parse_local, parse_utc
from datecertain.settlement import EVENT_TIMES, Period, performance_events, sent_by_rules
from datecertain.settlement.measures import PERFORMANCE_EVENTS, Scans, deemed_met, sent_in_time
from datecertain.settlement.tariffs import Measure, SentBy

# event, local and UTC; transmission in UTC -> by noon of the next day, within 24 hours
CASES = """
2026-11-02T09:00 2026-11-02T00:00Z 2026-11-03T03:00Z -> yes no
2026-11-02T09:00 2026-11-02T00:00Z 2026-11-03T03:01Z -> no no
2026-11-02T23:59 2026-11-02T14:59Z 2026-11-03T03:00Z -> yes yes
2026-11-03T00:00 2026-11-02T15:00Z 2026-11-04T03:00Z -> yes no
2026-11-03T00:00 2026-11-02T15:00Z 2026-11-03T15:00Z -> yes yes
2026-11-02T23:59 2026-11-02T14:59Z 2026-11-03T14:59Z -> no yes
2026-11-02T09:00 2026-11-02T14:00Z 2026-11-03T17:00Z -> yes no
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_sent_in_time(case: str) -> None:
    given, expected = case.split(" -> ")
    local, at, sent = given.split()
    day, minute = parse_local(local)
    columns = [np.array([n]) for n in (parse_utc(at), day * 1440 + minute, parse_utc(sent))]
    found = [
        "yes" if sent_in_time(rule, *columns)[0] else "no"
        for rule in (SentBy.NOON_NEXT_DAY, SentBy.HOURS_24)
    ]
    assert found == expected.split()


def times(**scans: tuple[str, str, str]) -> dict[str, object]:
    row: dict[str, object] = {"item_key": "key-A", "origin": "KR", "destination": "US"}
    for event, (local, at, sent) in scans.items():
        day, minute = parse_local(local)
        row |= {
            f"{event}_at": parse_utc(at),
            f"{event}_local": day * 1440 + minute,
            f"{event}_sent_at": parse_utc(sent),
        }
    return row


ROW = times(
    emd=("2026-11-03T09:00", "2026-11-03T14:00Z", "2026-11-04T16:59Z"),
    emi=("2026-11-04T09:00", "2026-11-04T14:00Z", "2026-11-05T17:01Z"),
)


def test_each_relation_by_its_own_rule() -> None:
    november = Period.month("2026-11")
    given = sent_by_rules(pa.Table.from_pylist([ROW | {"emc_at": 1}], schema=EVENT_TIMES))
    by_noon = performance_events(tariff(), november, given)
    assert by_noon.schema == PERFORMANCE_EVENTS
    assert [by_noon[name][0].as_py() for name in ("has_emc", "has_emd", "has_emh", "has_emi")] == [
        True, True, False, True,
    ]  # fmt: skip
    assert [by_noon[f"{e}_in_time"][0].as_py() for e in ("emd", "emh", "emi")] == [
        True, False, False,
    ]  # fmt: skip
    hours = performance_events(tariff(TARIFF.replace("noon_next_day", "hours_24")), november, given)
    assert not hours["emd_in_time"][0].as_py()  # 26 hours and 59 minutes
    elsewhere = tariff(TARIFF.replace('destination = "*"', 'destination = "JP"'))
    assert not performance_events(elsewhere, november, given)["emd_in_time"][0].as_py()


def test_no_scan_is_in_time_that_is_not_there() -> None:
    given = sent_by_rules(pa.Table.from_pylist([times()], schema=EVENT_TIMES))
    row = performance_events(tariff(), Period.month("2026-11"), given).to_pylist()[0]
    assert not any(value for name, value in row.items() if name.startswith(("has", "em", "ed")))


# scans (small: sent late), judged?, a day lost? -> of/met of each measure
SCORES = """
CDI yes no -> completeness 1/1 transmission 2/2 on_time 1/1 receipt_sent 1/1 final_sent 1/1
CDHI yes yes -> completeness 1/1 transmission 3/3 on_time 1/0 receipt_sent 1/1 final_sent 1/1
CdI yes no -> completeness 1/1 transmission 2/1 on_time 1/1 receipt_sent 1/0 final_sent 1/1
CDHi yes no -> completeness 1/1 transmission 3/2 on_time 1/1 receipt_sent 1/1 final_sent 1/0
CD no no -> completeness 1/0 transmission 1/1 on_time 0/0 receipt_sent 1/1 final_sent 1/0
CI no no -> completeness 1/0 transmission 1/1 on_time 0/0 receipt_sent 1/0 final_sent 0/0
DE no no -> completeness 1/1 transmission 1/1 on_time 0/0 receipt_sent 0/0 final_sent 1/1
C no no -> completeness 1/0 transmission 0/0 on_time 0/0 receipt_sent 1/0 final_sent 0/0
- no no -> completeness 0/0 transmission 0/0 on_time 0/0 receipt_sent 0/0 final_sent 0/0
"""


@pytest.mark.parametrize("case", SCORES.strip().splitlines())
def test_scores(case: str) -> None:
    given, expected = case.split("->")
    scans, judged, lost = given.split()
    _, _, events = month(f"A KR-US 2026-11-02 1 | pending pending | | {scans}")
    found = []
    for measure in Measure:
        of, met = Scans(events).score(
            measure, np.array([judged == "yes"]), np.array([lost == "no"])
        )
        found += [measure.value, f"{of[0]}/{met[0]}"]
    assert found == expected.split()


def test_more_received_than_dispatched_is_deemed_to_meet_the_first_test() -> None:
    assert deemed_met(Measure.RECEIPT_SENT, received=11, dispatched=10)
    assert not deemed_met(Measure.RECEIPT_SENT, received=10, dispatched=10)
    assert not deemed_met(Measure.FINAL_SENT, received=11, dispatched=10)
