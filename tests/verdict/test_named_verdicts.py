# ruff: noqa: E501 - one line a case
"""Verdicts worked by hand, one line a case: the lane's standard journey and what went otherwise
(notation and journeys: spoken_items.py), the verdict between the posts and towards the sender."""

import numpy as np
import pytest
from judged_items import judged, named_world, rows
from spoken_items import date, journeys, local, spoken

from datecertain.moments import day_of
from datecertain.verdict.outcomes import Outcome
from slow_shares import LEGS
from slow_verdict import Side

# KR>JP: `step` on both sides, attempts and pick-up count, no tolerance. Between the posts otherwise:
# KR>US subtracts, JP>US excludes, JP>KR tolerates a day, US>KR wants EDC and EMF and counts no
# attempt. Towards the sender: US subtracts.
# what happened | lane | otherwise | between: outcome(reason) days late excused liable, shares in % | sender: outcome, days liable
CASES = """
on time                                                     | KR>JP |                                                | on_time 0 0 0                                      | on_time 0
delivered before the date told                              | KR>JP | promised=05                                    | on_time -1 0 0                                     | on_time 0
a day late in transport                                     | KR>JP | EMD..+1d                                       | late_liable 1 0 1 transport=100                    | late_liable 1
a day late in transport, won back by the destination        | KR>JP | EMD..+1d EMG- EMI=04T22:00                     | on_time 0 0 0                                      | on_time 0
missed the closing and the flight                           | KR>JP | EMD..+1d EMC=03T11:00                          | late_liable 1 0 1 export=100                       | late_liable 1
two parties, a day each                                     | KR>JP | EMD..+1d EDC..+1d                              | late_liable 2 0 2 transport=50 import=50           | late_liable 2
lost a day in transport and two in import, won one back     | KR>JP | EMD..+1d EDC..+2d EMF- EMG- EMI=06T22:00       | late_liable 2 0 2 transport=50 import=50           | late_liable 2
import lost a day and delivery won it back: transport's     | KR>JP | EMD..+1d EDC..+1d EMF- EMG- EMI=05T22:00       | late_liable 1 0 1 transport=100                    | late_liable 1
no EMD: who owed the scan answers                           | KR>JP | EMD..+1d EMD-                                  | late_liable 1 0 1 import=100                       | late_liable 1
no EMC: who owed the scan answers                           | KR>JP | EMD..+1d EMC-                                  | late_liable 1 0 1 export=100                       | late_liable 1
no EMC and no EMD: both owe a scan                          | KR>JP | EMD..+1d EMC- EMD-                             | late_liable 1 0 1 export=50 import=50              | late_liable 1
nothing but acceptance and delivery                         | KR>JP | EMB- EMC- EMD- EDB- EDC- EMF- EMG- EMI=05T15:00 | late_liable 1 0 1 export=50 import=50             | late_liable 1
a flight stamped after the arrival is the departure's slip  | KR>JP | EMD..+1d EMC=05T09:00                          | late_liable 1 0 1 export=100                       | late_liable 1
EMF stamped before the acceptance: that scan alone is wrong | KR>JP | EMD..+1d EMF=01T22:00                          | late_liable 1 0 1 transport=100                    | late_liable 1
customs scan at an office without onward standard           | KR>JP | EDB@USLAXA EDC..+1d                            | late_liable 1 0 1 import=100                       | late_liable 1
two days in customs, valid; delivery a day late             | KR>JP | EME=03T16:00 EDC..+2d EMI=07T15:00             | late_liable 3 2 1 delivery=100                     | late_liable 1
a day in customs, valid                                     | KR>JP | EME=03T16:00 EDC..+1d                          | late_excused(customs) 1 1 0                        | late_excused 0
a day in customs, valid, closed by EMF                      | KR>JP | EME=03T16:00 EDC..+1d EDC-                     | late_excused(customs) 1 1 0                        | late_excused 0
a day in customs, without a valid reason                    | KR>JP | EME?=03T16:00 EDC..+1d                         | late_liable 1 0 1 import=100                       | late_liable 1
a hold that nothing closed                                  | KR>JP | EME=03T16:00 EDC..+1d EDC- EMF-                | late_liable 1 0 1 delivery=100                     | late_liable 1
kept again after EDC and never released                     | KR>JP | EME=04T21:00 EDC..+1d EMF-                     | late_liable 1 0 1 import=100                       | late_liable 1
only EMF closes the hold, the posts agreed on both          | US>KR | EME=12T02:00 EDC- EMF=13T13:00 EMG..+3d        | late_liable 1 0 1 import=100                       | late_liable 1
EDC and EMF close the hold, as the posts agreed             | US>KR | EME=12T02:00 EDC=12T20:30 EMF=13T13:00 EMG..+3d | late_excused(customs) 1 1 0                       | late_liable 1
hours in customs miss a cut-off: a step, but no day held    | US>KR | EDB=12T07:00 EME=12T07:00 EDC=12T20:30 EMF=13T13:00 EMG..+3d | late_excused(customs) 1 1 0          | late_liable 1
hours in customs miss a cut-off, the posts subtract         | KR>US | EME=04T16:00 EDC=04T21:00 EMF..+1d             | late_liable 1 0 1 import=100                       | late_excused 0
the same under a strike at the destination                  | KR>US | EME=04T16:00 EDC=04T21:00 EMF..+1d strike:US   | late_excused(force_majeure) 1 1 0                  | late_excused 0
any valid hold takes the item out                           | JP>US | EMD=11T19:45 EDB=11T23:30 EME=11T23:30 EDC=12T11:00 EMF=12T13:00 EMG=13T06:00 EMI=14T15:00 | late_excused(customs) 2 2 0 | late_liable 2
a hold on an item that came in time                         | JP>US | EME=11T16:00                                   | on_time 0 0 0                                      | on_time 0
the slower of two gateways                                  | KR>US | EMD=03T17:30@USLAXA EDB=03T23:30@USLAXA EDC=04T11:00@USLAXA EMF=04T13:00@USLAXA EMG=06T05:00 EMI=06T15:00 | late_liable 1 0 1 transport=100 | late_liable 1
tried in time, the addressee was absent                     | KR>JP | EMH=04T10:00 EMI=06T10:00                      | on_time 0 0 0                                      | on_time 0
tried in time, a reason of the post's own                   | KR>JP | EMH?=04T10:00 EMI=05T10:00                     | late_liable 1 0 1 delivery=100                     | late_liable 1
an attempt stamped before the acceptance stops nothing      | KR>JP | EMH=01T10:00 EMI=05T10:00                      | late_liable 1 0 1 delivery=100                     | late_liable 1
tried in time; between these posts attempts do not count    | US>KR | EMH=13T10:00 EMI=16T10:00                      | late_liable 1 0 1 delivery=100                     | on_time 0
ready at the pick-up point in time                          | KR>JP | EDH=04T10:00 EMI=09T10:00                      | on_time 0 0 0                                      | on_time 0
delivered on a Saturday, a day without delivery             | US>KR | EMI=14T15:00                                   | late_liable 1 0 1 delivery=100                     | late_liable 1
delivered on the next delivery day                          | US>KR | EMI=16T15:00                                   | late_liable 1 0 1 delivery=100                     | late_liable 1
a day that claims let pass between the posts                | JP>KR | EMI=16T15:00                                   | late_excused(tolerance) 1 1 0                      | late_liable 1
a day more than claims let pass                             | JP>KR | EMI=17T15:00                                   | late_liable 2 1 1 delivery=100                     | late_liable 2
typhoon while it waited for the flight                      | KR>JP | EMD..+1d typhoon:JP                            | late_excused(force_majeure) 1 1 0                  | late_excused 0
typhoon somewhere else                                      | KR>JP | EMD..+1d typhoon:US                            | late_liable 1 0 1 transport=100                    | late_liable 1
typhoon excuses one day, delivery loses another             | KR>JP | EMD..+1d EMI=06T15:00 typhoon:JP               | late_liable 2 1 1 delivery=100                     | late_liable 1
typhoon and customs                                         | KR>JP | EMD..+1d EME=04T16:00 EDC..+1d typhoon:JP      | late_excused(customs force_majeure) 2 2 0          | late_excused 0
snow after the attempt excuses nothing towards the sender   | US>KR | EMH=16T15:00 EMI=18T15:00 snow:KR              | late_liable 3 1 2 delivery=100                     | late_liable 1
told a day too early: the origin bears it                   | KR>JP | told=03                                        | on_time 0 0 0                                      | late_liable 1
told a day too late                                         | KR>JP | told=05 EMD..+1d                               | late_liable 1 0 1 transport=100                    | on_time 0
promised tighter than the network carries                   | KR>JP | promised=03                                    | late_liable 1 0 1 promise=100                      | late_liable 1
slack sold with the promise belongs to nobody               | KR>JP | promised=05 EMD..+1d EDC..+1d                  | late_liable 1 0 1 transport=50 import=50           | late_liable 1
no date told                                                | KR>JP | told=-                                         | not_guaranteed(no_date_told) 0 0 0                 | not_guaranteed 0
no promise at all                                           | KR>JP | promised=- EMI=05T15:00                        | not_guaranteed(no_date_told) 0 0 0                 | not_guaranteed 0
on its way                                                  | KR>JP | EDB- EDC- EMF- EMG- EMI- as_of=10T00:00        | pending 0 0 0                                      | pending 0
at the delivery office, ten days over                       | KR>JP | EMI- as_of=14T23:00                            | pending 0 0 0                                      | pending 0
at the delivery office, eleven days over                    | KR>JP | EMI- as_of=15T00:00                            | undetermined(final_scan_missing) 0 0 0             | undetermined 0
silent for three weeks                                      | KR>JP | EMD- EDB- EDC- EMF- EMG- EMI- as_of=23T23:00   | pending 0 0 0                                      | pending 0
silent for longer                                           | KR>JP | EMD- EDB- EDC- EMF- EMG- EMI- as_of=24T00:00   | lost(no_scan) 0 0 0                                | lost 0
stopped by an authority                                     | KR>JP | EDC- EMF- EMG- EMI- EDX=04T10:00               | late_excused(stopped_by_authority) 0 0 0           | late_excused 0
"""


def told_between(row: dict[str, object]) -> str:
    reason = f"({row['outcome_reason']})" if row["outcome_reason"] else ""
    days = f"{row['days_late']} {row['days_excused']} {row['days_liable']}"
    shares = [f" {leg}={row[f'share_{leg}'] / 10_000:g}" for leg in LEGS if row[f"share_{leg}"]]
    return f"{row['outcome']}{reason} {days}{''.join(shares)}"


def told_slowly(side: Side) -> str:
    reason = f"({side.reason})" if side.reason else ""
    shares = [f" {leg}={ppm / 10_000:g}" for leg, ppm in side.share.items() if ppm]
    return f"{side.outcome}{reason} {side.late} {side.excused} {side.liable}{''.join(shares)}"


@pytest.mark.parametrize("case", CASES.strip().splitlines(), ids=lambda case: case[:58].strip())
def test_named_cases(case: str) -> None:
    _, lane, changes, between, sender = (part.strip() for part in case.split("|"))
    item, notices, as_of = spoken(lane, changes)
    (row,) = rows(judged([item], notices, as_of, named_world()))
    assert told_between(row) == between
    assert f"{row['sender_outcome']} {row['sender_days_liable']}" == sender


@pytest.mark.parametrize("case", CASES.strip().splitlines(), ids=lambda case: case[:58].strip())
def test_the_slow_judge_says_the_same(case: str) -> None:
    _, lane, changes, between, sender = (part.strip() for part in case.split("|"))
    verdict = named_world().slow.judge(*spoken(lane, changes))
    assert told_slowly(verdict.between) == between
    assert f"{verdict.sender.outcome} {verdict.sender.liable}" == sender


def test_the_named_cases_have_every_outcome_and_every_leg() -> None:
    between = [case.split("|")[3].split()[0].split("(")[0] for case in CASES.strip().splitlines()]
    assert set(between) == {str(outcome) for outcome in Outcome}
    assert all(f"{leg}=100" in CASES for leg in LEGS)


@pytest.mark.parametrize("lane", journeys())
def test_the_standard_journeys_are_the_networks(lane: str) -> None:
    origin, destination, facts = journeys()[lane]
    accepted = local(facts["EMA"], origin)
    promised = date(facts["promised"])
    network = named_world().network
    areas = network.areas
    due = network.compiled.due_at_acceptance(
        np.array([areas[origin]]), np.array([areas[destination]]),
        np.array([int(accepted.timestamp()) // 60]),
    )  # fmt: skip
    assert promised is not None
    assert due.tolist() == [day_of(promised)]
    judgement = judged([spoken(lane, "")[0]], where=named_world())
    assert judgement.replay.present.all()
    assert not judgement.between.step.any()
    assert judgement.between.margin.tolist() == [0]
