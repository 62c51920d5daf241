"""A power cut at any moment of a month's work: what a command acknowledged is there whole, nothing
half-written is read, and run again it ends as an undisturbed month does (issue 2)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from random import Random

import pytest
from canonical_state import State, differences, halves_of, state_of
from command_line import command
from month_of_mail import CLOCK, CLOSING, PERIOD, Month, run_through
from powercut import Names, Recorder, Trace

from datecertain.errors import NotFound
from datecertain.operations.workspaces import make_workspace
from thorough import often

PORTIONS = str(Path(__file__).with_name("ingest_in_portions.py"))
CHUNK = 130_000  # three commits
READ_CUTS, RERUN_CUTS = often(8), often(1)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trace(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """All that the four commands made durable, in order, with a mark after each."""
    top = tmp_path_factory.mktemp("power")
    disk = top / "disk"
    disk.mkdir()
    recorder = Recorder.compiled(top / "record", disk, live=True)
    work, mail = disk / "kr", str(month.mailbox)
    steps = {
        "init": command("init", "-w", work),
        "ingest": [sys.executable, PORTIONS, str(work), mail, str(CHUNK)],
        "judge": command("judge", "--period", PERIOD, "--as-of", CLOSING, "-w", work),
        "settle": command("settle", "--period", PERIOD, "-w", work),
    }
    for name, words in steps.items():
        recorder.run(words)
        recorder.mark(name)
    return recorder.trace()


def standing_after(
    trace: Trace, cut: int, names: Names, disk: Path, stages: dict[str, State]
) -> State | None:
    """Switch the power off there and on again; what is read then, None: no workspace yet."""
    if disk.exists():
        shutil.rmtree(disk)
    trace.rebuild(cut, disk, names, seed=cut)
    done = trace.marks_before(cut)
    try:
        state = state_of(disk / "kr")
    except NotFound:
        assert done == [], "the workspace was acknowledged and is gone"
        return None
    if "ingest" not in done and state["verdicts"] == ():
        assert halves_of(state, stages["ingest"]) == []
        assert "init" not in done or state["settings"] == stages["init"]["settings"]
        assert state["journal"] == ()
        return state
    order = list(stages)
    possible = order[order.index(done[-1]) :][:2]  # the last acknowledged, or the one under way
    assert any(not differences(state, stages[name]) for name in possible), (
        f"after {done}: {differences(state, stages[done[-1]])}"
    )
    return state


def test_a_power_cut_loses_nothing_acknowledged(trace: Trace, month: Month, tmp_path: Path) -> None:
    stages = {
        "init": state_of(month.made), "ingest": state_of(month.ingested),
        "judge": state_of(month.judged), "settle": state_of(month.settled),
    }  # fmt: skip
    chance = Random("power cut")
    last = len(trace.events)
    told = [number + 1 for number, event in enumerate(trace.events) if event.kind == "M"]
    cuts = sorted({*chance.sample(range(1, last), READ_CUTS), *told})
    again = {*chance.sample(cuts, RERUN_CUTS), told[1], told[2]}
    seen = []
    for number, cut in enumerate(cuts):
        names = list(Names)[number % len(Names)]
        disk = tmp_path / "disk"
        seen.append(standing_after(trace, cut, names, disk, stages))
        if cut in again:
            if seen[-1] is None or not seen[-1]["settings"]:
                make_workspace(disk / "kr", CLOCK)
            run_through(disk / "kr", month.mailbox, CHUNK)
            assert differences(state_of(disk / "kr"), stages["settle"]) == [], (cut, names)
    partly = [state for state in seen if state and state["events"]]
    assert len(partly) > 2, "the cuts are to hit after the first commit"
    assert seen[-1] == stages["settle"]
    whole = len(stages["ingest"]["input_files"])
    assert {len(state["input_files"]) for state in partly} > {whole}, "and between two of them"
