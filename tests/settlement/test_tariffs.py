"""Tariffs: what their texts say, and what is wrong with them, all at once."""

from pathlib import Path

import pytest
from settling_cases import TARIFF, tariff

from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_date
from datecertain.settlement import bundled_tariff, bundled_tariffs, load_tariff
from datecertain.settlement.tariff_files import read_tariff
from datecertain.settlement.tariffs import Between, Measure, MeasureRule, SentBy

# steps, between, value -> paid (all in thousandths)
EARNED = """
800:0,950:1000 slope 799 -> 0
800:0,950:1000 slope 800 -> 0
800:0,950:1000 slope 875 -> 500
800:0,950:1000 slope 950 -> 1000
800:0,950:1000 slope 1000 -> 1000
850:0,950:1000,980:1200 slope 965 -> 1100
850:300,950:1000 slope 849 -> 0
850:300,950:1000 slope 850 -> 300
560:1000 step 559 -> 0
560:1000 step 560 -> 1000
500:400,900:1000 step 899 -> 400
800:0,950:1000 slope - -> 250
"""


@pytest.mark.parametrize("case", EARNED.strip().splitlines())
def test_what_a_value_earns(case: str) -> None:
    given, expected = case.split(" -> ")
    steps, between, value = given.split()
    pairs = tuple(
        (int(reached) * 1000, int(paid) * 1000)
        for reached, paid in (step.split(":") for step in steps.split(","))
    )
    rule = MeasureRule(Measure.ON_TIME, 1_000_000, Between(between), pairs, 250_000, "test")
    assert rule.paid_ppm(None if value == "-" else int(value) * 1000) == int(expected) * 1000


@pytest.mark.parametrize("name", bundled_tariffs())
def test_bundled_tariffs_are_readable_and_say_what_is_made_up(name: str) -> None:
    read = bundled_tariff(name)
    assert read.name == name
    for row in read.performance:
        assert row.source.startswith("illustrative:")  # no rate between posts is public
    assert "illustrative" in read.source
    assert read.performance_on("KR", "US", parse_date("2026-11-01")) is not None


def test_the_published_rules_are_kept() -> None:
    day = parse_date("2026-11-01")
    pfp = bundled_tariff("illustrative").performance_on("KR", "US", day)
    upu = bundled_tariff("upu_supplement").performance_on("KR", "US", day)
    assert pfp is not None
    assert upu is not None
    assert pfp.sent_by is SentBy.NOON_NEXT_DAY
    assert (upu.sent_by, upu.together) == (SentBy.HOURS_24, True)
    assert [(rule.measure.value, rule.steps[0][0]) for rule in upu.measures] == [
        ("receipt_sent", 560_000), ("final_sent", 560_000),
    ]  # fmt: skip


def test_the_most_specific_row_in_force_decides() -> None:
    text = TARIFF + "\n".join(
        f'[[recourse]]\norigin = "{origin}"\ndestination = "{to}"\npercent = {percent}\n'
        f'source = "t"\nvalid_from = {start}'
        for origin, to, percent, start in [
            ("KR", "*", 10, "2026-01-01"),
            ("*", "US", 20, "2026-01-01"),
            ("KR", "US", 30, "2026-06-01"),
            ("KR", "US", 40, "2026-09-01"),
        ]
    )
    rules = tariff(text)
    found = [
        rule.percent
        for lane, day in [
            ("JP-KR", "2026-10-01"), ("KR-JP", "2026-10-01"), ("JP-US", "2026-10-01"),
            ("KR-US", "2026-05-31"), ("KR-US", "2026-06-01"), ("KR-US", "2026-09-01"),
            ("KR-US", "2025-12-31"),
        ]
        if (rule := rules.recourse_on(lane[:2], lane[3:], parse_date(day))) is not None
    ]  # fmt: skip
    assert found == [100, 10, 20, 10, 30, 40, 100]


# what is changed in the good text -> what the finding says
DEFECTS = """
base_usdr = 4_000_000 -> base_usdr = "4" | base_usdr
base_usdr = 4_000_000 -> base_usdr = -4 | base_usdr
base_usdr = 4_000_000 -> base_usd = 4 | base_usd is not a field
cap_ppm = 1_000_000 -> cap_ppm = 100_000 | floor_ppm is above
sent_by = "noon_next_day" -> sent_by = "noon" | sent_by
steps = [[900_000, 1_000_000]] -> steps = [[900_000, 5], [800_000, 6]] | steps
steps = [[900_000, 1_000_000]] -> steps = [[900_000, 6], [950_000, 5]] | steps
steps = [[900_000, 1_000_000]] -> steps = [] | steps
steps = [[900_000, 1_000_000]] -> steps = [900_000] | steps
measure = "completeness" -> measure = "on_time" | stands twice
weight_ppm = 500_000 -> weight_ppm = 400_000 | sum to 1000000
percent = 100 -> percent = 101 | percent
percent = 100 -> percent = true | percent
together = false -> together = 0 | together
weight_classes_g = [500, 2000] -> weight_classes_g = [2000, 500] | weight_classes_g
name = "test" -> name = "" | name
[[recourse]] -> [recourse] | written [[recourse]]
name = "test" -> name = | Invalid value
"""


@pytest.mark.parametrize("case", DEFECTS.strip().splitlines())
def test_what_is_wrong_is_said(case: str) -> None:
    change, told = case.split(" | ")
    good, bad = change.split(" -> ")
    assert good in TARIFF
    read, findings = read_tariff(TARIFF.replace(good, bad), "bad.toml")
    assert read is None
    assert any(told in finding.detail for finding in findings)
    assert {finding.source for finding in findings} == {"bad.toml"}


def test_all_defects_are_told_at_once() -> None:
    text = TARIFF.replace("percent = 100", "percent = 101").replace('name = "test"', "name = 5")
    text = text.replace("together = false", "valid_from = 2026-02-01\nvalid_to = 2026-01-01")
    with pytest.raises(UsageError, match=r"percent.*") as raised:
        tariff(text)
    assert all(word in str(raised.value) for word in ("percent", "name", "together"))


def test_a_tariff_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(TARIFF, encoding="utf-8")
    assert load_tariff(path) == tariff()
    with pytest.raises(NotFound, match=r"none\.toml"):
        load_tariff(tmp_path / "none.toml")
    with pytest.raises(NotFound, match="illustrative"):
        bundled_tariff("none")
