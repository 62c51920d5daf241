"""Route maps: processes worked by hand, and what must always hold for any of them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from route_map_cases import Stage, delay_of, slow_staircase, stages_of, table_of

from datecertain.verdict.outcomes import WHOLE
from datecertain.verdict.route_maps import judge_route_maps

# One process each: what was planned and what happened, the outcome, the staircase (only the steps
# that are not 0: minute, leg, stage, step) and the shares in per cent. Worked by hand.
CASES = """
# Everything on plan.
inbound-1: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
= on_time 0

# One leg in, late out of the first airport; the flight wins some back.
inbound-1: RCS 10/10 DEP 20/50 RCF 60/50 DLV 10/10
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
= late_liable 20
60 inbound-1 DEP +30
110 inbound-1 RCF -10
% inbound-1 DEP 100

# The shorter leg (60, plan of the longer 100) is 30 late and moves nothing: only the outbound is.
inbound-1: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
inbound-2: RCS 10/40 DEP 20/20 RCF 20/20 DLV 10/10
outbound: RCS 10/10 DEP 20/35 RCF 60/60 DLV 10/10
= late_liable 15
145 outbound DEP +15
% outbound DEP 100

# The shorter leg is 70 late: the first 40 are its slack, 30 reach the process.
inbound-1: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
inbound-2: RCS 10/10 DEP 20/90 RCF 20/20 DLV 10/10
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
= late_liable 30
100 inbound-2 DEP +30
% inbound-2 DEP 100

# Two legs late one after the other: the second adds only what it is later still.
inbound-1: RCS 10/30 DEP 20/20 RCF 60/60 DLV 10/10
inbound-2: RCS 10/10 DEP 20/70 RCF 60/60 DLV 10/10
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
= late_liable 50
30 inbound-1 RCS +20
80 inbound-2 DEP +30
% inbound-1 RCS 40
% inbound-2 DEP 60

# Both legs reach 30 in the same minute: the tie goes to the lower branch.
inbound-1: RCS 10/30 DEP 20/20 RCF 60/60 DLV 10/10
inbound-2: RCS 10/30 DEP 20/20 RCF 60/60 DLV 10/10
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/10
= late_liable 20
30 inbound-1 RCS +20
% inbound-1 RCS 100

# Late in, but the outbound leg wins more back than was lost: on time, and early.
inbound-1: RCS 10/10 DEP 20/50 RCF 60/60 DLV 10/10
outbound: RCS 50/10 DEP 20/20 RCF 60/60 DLV 10/10
= on_time -10
60 inbound-1 DEP +30
140 outbound RCS -40

# The outbound leg wins back part: its custody is won, so all that is left is the inbound leg's.
inbound-1: RCS 10/10 DEP 20/50 RCF 60/60 DLV 10/10
outbound: RCS 30/10 DEP 20/25 RCF 60/60 DLV 10/10
= late_liable 15
60 inbound-1 DEP +30
140 outbound RCS -20
165 outbound DEP +5
% inbound-1 DEP 100

# Two hops: the longer leg arrives early, and the process falls only to the other leg's plan.
inbound-1: RCS 10/10 DEP 20/20 RCF 60/60 DEP 20/20 RCF 30/5 DLV 10/10
inbound-2: RCS 10/10 DEP 20/20 RCF 90/90 DLV 20/20
outbound: RCS 10/10 DEP 20/20 RCF 60/60 DLV 10/40
= late_liable 20
115 inbound-1 RCF -10
270 outbound DLV +30
% outbound DLV 100

# Under way: the inbound leg is 25 behind, the outbound leg has not begun.
inbound-1: RCS 10/10 DEP 20/45 RCF 60/- DLV 10/-
outbound: RCS 10/- DEP 20/- RCF 60/- DLV 10/-
= pending 25
55 inbound-1 DEP +25
"""


def judged(stages: list[Stage]) -> list[dict[str, Any]]:
    result = judge_route_maps(table_of(stages))
    assert result.findings == ()
    rows: list[dict[str, Any]] = result.verdicts.to_pylist()
    return rows


@pytest.mark.parametrize("case", [c.strip() for c in CASES.split("\n\n")])
def test_processes_worked_by_hand(case: str) -> None:
    lines = [line for line in case.splitlines() if not line.startswith("#")]
    split = next(number for number, line in enumerate(lines) if line.startswith("="))
    (row,) = judged(stages_of("A1", "\n".join(lines[:split])))
    assert f"= {row['outcome']} {row['late_min']}" == lines[split]
    told = [
        f"{s['at_min']} {s['leg']} {s['stage']} {s['step_min']:+d}"
        for s in row["staircase"]
        if s["step_min"]
    ]
    told += [f"% {s['leg']} {s['stage']} {s['share_ppm'] / 1e4:g}" for s in row["liability"]]
    assert told == lines[split + 1 :]


def durations(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


@st.composite
def processes(draw: st.DrawFn, name: str = "A1") -> list[Stage]:
    """A finished process; minutes are few, so that events often fall in the same minute."""
    legs = [f"inbound-{n + 1}" for n in range(draw(st.integers(1, 3)))] + ["outbound"]
    minutes = durations(draw(st.sampled_from([2, 9, 5000])))
    found = []
    for leg in legs:
        hops = range(1, draw(st.integers(1, 3)) + 1)
        names = [("RCS", 0), *((s, hop) for hop in hops for s in ("DEP", "RCF")), ("DLV", 0)]
        found += [
            Stage(name, leg, stage, hop, "", draw(minutes), draw(minutes)) for stage, hop in names
        ]
    return found


@settings(deadline=None)
@given(processes())
def test_the_steps_sum_exactly_to_the_delay(stages: list[Stage]) -> None:
    (row,) = judged(stages)
    delay = delay_of(stages)
    assert row["late_min"] == delay == row["actual_min"] - row["planned_min"]
    assert sum(step["step_min"] for step in row["staircase"]) == delay
    assert row["outcome"] == ("late_liable" if delay > 0 else "on_time")


@settings(deadline=None)
@given(processes())
def test_the_staircase_is_the_slow_one(stages: list[Stage]) -> None:
    (row,) = judged(stages)
    names = ("at_min", "leg", "stage", "hop", "step_min")
    assert [tuple(s[n] for n in names) for s in row["staircase"]] == slow_staircase(stages)


@settings(deadline=None)
@given(processes())
def test_shares_are_whole_and_only_of_those_who_lost_time(stages: list[Stage]) -> None:
    (row,) = judged(stages)
    lost: dict[str, int] = {}
    by_stage: dict[tuple[str, str], int] = {}
    for step in row["staircase"]:
        lost[step["leg"]] = lost.get(step["leg"], 0) + step["step_min"]
        key = (step["leg"], step["stage"])
        by_stage[key] = by_stage.get(key, 0) + step["step_min"]
    total = sum(share["share_ppm"] for share in row["liability"])
    assert total == (WHOLE if row["late_min"] > 0 else 0)
    for share in row["liability"]:
        assert lost[share["leg"]] > 0
        assert by_stage[share["leg"], share["stage"]] > 0


@settings(deadline=None)
@given(processes())
def test_a_leg_that_is_never_the_longest_moves_nothing(stages: list[Stage]) -> None:
    """A further leg with a plan of nothing that takes no time: every other event stays as it is."""
    extra = f"inbound-{len({s.leg for s in stages})}"
    added = [
        Stage("A1", extra, stage, hop, "", 0, 0)
        for stage, hop in (("RCS", 0), ("DEP", 1), ("RCF", 1), ("DLV", 0))
    ]
    (alone,), (beside,) = judged(stages), judged(stages + added)
    assert [s for s in beside["staircase"] if s["leg"] != extra] == alone["staircase"]
    assert all(s["step_min"] == 0 for s in beside["staircase"] if s["leg"] == extra)
    assert beside["liability"] == alone["liability"]


@settings(deadline=None)
@given(st.lists(processes(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(many: list[list[Stage]], random: Any) -> None:
    stages = [
        Stage(f"P{number}", *[getattr(s, f) for f in Stage.__dataclass_fields__ if f != "process"])
        for number, process in enumerate(many)
        for s in process
    ]
    shuffled = list(stages)
    random.shuffle(shuffled)
    whole = judged(stages)
    assert judged(shuffled) == whole
    alone = [judged([s for s in stages if s.process == row["process"]])[0] for row in whole]
    assert whole == alone, "a process is judged the same alone and among others"
