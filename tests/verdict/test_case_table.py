# ruff: noqa: E501 - one line a case
"""Every outcome × exclusion × customs policy × clock rule, a line each (cases.txt)."""

import pytest
from case_table import CLOCKS, POLICIES, TABLE, cases, lines_of, table, world_of
from spoken_items import spoken

from datecertain.network.terms import CustomsPolicy
from datecertain.verdict.outcomes import Outcome


def lines() -> list[str]:
    return [text for text in TABLE.read_text(encoding="utf-8").splitlines() if text[0] != "#"]


def test_the_table_is_what_the_rules_say_today() -> None:
    assert TABLE.read_text(encoding="utf-8") == table()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("clock", CLOCKS)
def test_the_slow_judge_says_the_same(policy: str, clock: str) -> None:
    where = world_of(policy, clock)
    for case in cases():
        if case[2:4] != (policy, clock):
            continue
        said = where.slow.judge(*spoken("KR>JP", case[4])).between
        reason = f" ({said.reason})" if said.reason else ""
        told = f"{said.outcome}{reason} {said.late} {said.excused} {said.liable}"
        assert lines_of(policy, clock)[case].endswith(f"| {said.stopped_by or '-':12} | {told}")


def test_the_table_has_every_outcome_policy_and_clock_rule() -> None:
    assert {text.split(" | ")[-1].split()[0] for text in lines()} == {str(o) for o in Outcome}
    assert {text.split(" | ")[2].strip() for text in lines()} == {str(p) for p in CustomsPolicy}
    assert {text.split(" | ")[3].strip() for text in lines()} == set(CLOCKS)


#: Worked by hand from the small world's files.
BY_HAND = """
in time                           | nothing                    | step             | delivery     | delivery     | on_time 0 0 0
a day late by the carrier         | nothing                    | step             | delivery     | delivery     | late_liable 1 0 1
in time                           | customs kept it two days   | step             | delivery     | delivery     | late_excused (customs) 2 2 0
in time                           | customs kept it two days   | extend           | delivery     | delivery     | late_liable 2 1 1
in time                           | customs kept it two days   | exclude          | delivery     | delivery     | late_excused (customs) 2 2 0
in time                           | customs kept it two days   | deemed_delivered | delivery     | hold         | on_time -1 0 0
in time                           | customs kept it, no reason | step             | delivery     | delivery     | late_liable 2 0 2
a day late by the carrier         | typhoon                    | step             | delivery     | delivery     | late_excused (force_majeure) 1 1 0
delivered a day late              | premises closed            | step             | delivery     | delivery     | late_excused (addressee_closed) 1 1 0
a day late by the carrier         | prohibited goods           | step             | delivery     | delivery     | not_guaranteed (prohibited_goods) 0 0 0
final scan missing                | nothing                    | step             | delivery     | -            | undetermined (final_scan_missing) 0 0 0
final scan missing                | addressee absent           | step             | attempt      | attempt      | on_time 0 0 0
final scan missing                | address wrong              | step             | attempt      | attempt      | on_time 0 0 0
final scan missing                | addressee absent           | step             | delivery     | -            | undetermined (final_scan_missing) 0 0 0
final scan missing                | a notice left              | step             | notification | notification | on_time 0 0 0
final scan missing                | a notice left              | step             | attempt      | -            | undetermined (final_scan_missing) 0 0 0
final scan missing                | nothing                    | step             | pickup       | pickup       | late_liable 1 0 1
no scan for weeks                 | seized by customs          | step             | delivery     | -            | late_excused (stopped_by_authority) 0 0 0
no scan for weeks                 | nothing                    | step             | delivery     | -            | lost (no_scan) 0 0 0
no date told                      | nothing                    | step             | delivery     | delivery     | not_guaranteed (no_date_told) 0 0 0
"""


@pytest.mark.parametrize("case", BY_HAND.strip().splitlines())
def test_a_sample_was_worked_by_hand(case: str) -> None:
    assert case in lines()
