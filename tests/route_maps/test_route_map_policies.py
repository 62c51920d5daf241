"""Route maps shared under every policy, worked by hand, and what always holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from route_map_cases import stages_of, table_of

from datecertain.errors import NotFound
from datecertain.verdict.outcomes import WHOLE
from datecertain.verdict.route_map_report import (
    policy_lines,
    process_json,
    process_lines,
    process_table,
)
from datecertain.verdict.route_maps import RouteMapResult, judge_route_maps
from datecertain.wording import LANGUAGES, words

# Both inbound legs lose time before the outbound leg, which loses none: the one in last bears all.
# Inbound 1 comes in at 130, inbound 2 at 150: 30 of the 50 minutes are the second's.
TWO_LATE = """
inbound-1: RCS 10/30 DEP 20/20 RCF 60/60 DLV 10/10
inbound-2: RCS 10/10 DEP 20/70 RCF 60/60 DLV 10/10
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
"""
# The other way round: the leg with the higher number is in first.
SECOND_FIRST = """
inbound-1: RCS 10/10 DEP 20/70 RCF 60/60 DLV 10/10
inbound-2: RCS 10/30 DEP 20/20 RCF 60/60 DLV 10/10
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
"""
OUTBOUND_TOO = """
inbound-1: RCS 10/10 DEP 20/50 RCF 60/60 DLV 10/10
outbound: RCS 10/10 DEP 20/30 RCF 60/60 DLV 10/10
"""
ALONE = """
inbound-1: RCS 10/10 DEP 20/50 RCF 60/60 DLV 10/10
outbound: RCS 30/10 DEP 20/25 RCF 60/60 DLV 10/10
"""
CASES = {
    "two legs late": (TWO_LATE, "inbound-1 RCS 40, inbound-2 DEP 60", "inbound-2 DEP 100"),
    "in first": (SECOND_FIRST, "inbound-1 DEP 60, inbound-2 RCS 40", "inbound-1 DEP 100"),
    "outbound": (OUTBOUND_TOO, "inbound-1 DEP 75, outbound DEP 25", "outbound DEP 100"),
    "one alone": (ALONE, "inbound-1 DEP 100", "inbound-1 DEP 100"),
}


def judged(text: str) -> RouteMapResult:
    return judge_route_maps(table_of(stages_of("A1", text)))


def in_per_cent(parts: list[dict[str, Any]]) -> str:
    return ", ".join(f"{p['leg']} {p['stage']} {p['share_ppm'] / 1e4:g}" for p in parts)


@pytest.mark.parametrize("name", CASES)
def test_shares_under_each_policy(name: str) -> None:
    text, proportional, last = CASES[name]
    result = judged(text)
    told = {policy: in_per_cent(parts[0].as_py()) for policy, parts in result.liability.items()}
    assert told == {"proportional": proportional, "last_holder": last}
    speak = words("en")
    lines = process_lines(result, "A1", speak)
    assert ("differ" in lines[-1]) == (proportional != last)
    differing = int(proportional != last)
    assert policy_lines(result, speak)[-1].startswith(f"They differ in {differing} of 1")


minutes = st.integers(0, 90)


@settings(deadline=None, max_examples=60)
@given(st.lists(minutes, min_size=12, max_size=12), st.lists(minutes, min_size=12, max_size=12))
def test_every_policy_shares_the_whole_and_the_verdict_is_proportional(
    planned: list[int], actual: list[int]
) -> None:
    pairs = iter(zip(planned, actual, strict=True))
    legs = []
    for leg in ("inbound-1", "inbound-2", "outbound"):
        stages = [f"{stage} {p}/{a}" for stage in ("RCS", "DEP", "RCF", "DLV")
                  for p, a in [next(pairs)]]  # fmt: skip
        legs.append(f"{leg}: {' '.join(stages)}")
    result = judged("\n".join(legs))
    (row,) = result.verdicts.to_pylist()
    shares = {policy: parts[0].as_py() for policy, parts in result.liability.items()}
    assert shares["proportional"] == row["liability"]
    whole = WHOLE if row["outcome"] == "late_liable" else 0
    assert {sum(p["share_ppm"] for p in parts) for parts in shares.values()} == {whole}
    bearing = {part["leg"] for part in shares["last_holder"]}
    assert len(bearing) == bool(whole)
    assert bearing <= {part["leg"] for part in shares["proportional"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_process_is_told_step_by_step(language: str) -> None:
    result, speak = judged(TWO_LATE), words(language)
    table = process_table(result, "A1", speak)
    assert sum(int(row[-1].replace(",", "")) for row in table.rows) == 50
    assert len(process_lines(result, "A1", speak)) == 3
    told = process_json(result, "A1")
    assert [p["share"] for p in told["liability_by_policy"]["last_holder"]] == [1]
    with pytest.raises(NotFound, match="no process 'A2'"):
        process_json(result, "A2")
