"""Route maps as text, and the staircase again: slow and obvious, one process at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

COLUMNS = ("process", "leg", "stage", "hop", "place", "planned_min", "actual_min")


@dataclass(frozen=True)
class Stage:
    process: str
    leg: str
    stage: str
    hop: int
    place: str
    planned: int
    actual: int | None


def stages_of(process: str, text: str) -> list[Stage]:
    """`inbound-1: RCS 10/12 DEP@ICN 20/20 RCF@NRT 60/50 DLV 30/-` (planned/actual, - is not done).

    The n-th DEP and RCF of a leg are those of hop n.
    """
    found = []
    for line in text.strip().splitlines():
        leg, _, rest = line.strip().partition(":")
        tokens, flown = rest.split(), {"DEP": 0, "RCF": 0}
        for name, minutes in zip(tokens[::2], tokens[1::2], strict=True):
            stage, _, place = name.partition("@")
            if stage in flown:
                flown[stage] += 1
            planned, actual = minutes.split("/")
            found.append(
                Stage(
                    process, leg, stage, flown.get(stage, 0), place, int(planned),
                    None if actual == "-" else int(actual),
                )
            )  # fmt: skip
    return found


def table_of(stages: Iterable[Stage]) -> pa.Table:
    """The house layout of these stages, as a CSV reader gives it: all text."""
    rows = [
        (s.process, s.leg, s.stage, str(s.hop or ""), s.place, str(s.planned),
         "" if s.actual is None else str(s.actual))
        for s in stages
    ]  # fmt: skip
    values = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pa.table(
        {name: pa.array(v, pa.string()) for name, v in zip(COLUMNS, values, strict=True)}
    )


Step = tuple[int, str, str, int, int]


def slow_staircase(stages: Sequence[Stage]) -> list[Step]:
    """(minute, leg, stage, hop, step) of every event of one finished process, in order."""
    legs = sorted({s.leg for s in stages})  # inbound-1 … inbound-9, outbound
    parts = {leg: [s for s in stages if s.leg == leg] for leg in legs}
    start = max(sum(s.actual or 0 for s in parts[leg]) for leg in legs if leg != "outbound")
    events = []
    for number, leg in enumerate(legs):
        clock = start if leg == "outbound" else 0
        for position, stage in enumerate(parts[leg]):
            clock += stage.actual or 0
            events.append((clock, number, position, leg))
    known = {leg: list(parts[leg]) for leg in legs}

    def due() -> int:
        long = {leg: sum(s.planned for s in known[leg]) for leg in legs}
        return max(v for leg, v in long.items() if leg != "outbound") + long["outbound"]

    steps, before = [], due()
    for clock, _, position, leg in sorted(events):
        happened = parts[leg][position]
        known[leg][position] = replace(happened, planned=happened.actual or 0)
        steps.append((clock, leg, happened.stage, happened.hop, due() - before))
        before = due()
    return steps


def delay_of(stages: Sequence[Stage]) -> int:
    """Actual minus planned, straight from the definition: longest inbound leg plus outbound leg."""

    def length(minutes: dict[str, int]) -> int:
        return max(v for leg, v in minutes.items() if leg != "outbound") + minutes["outbound"]

    planned: dict[str, int] = {}
    actual: dict[str, int] = {}
    for s in stages:
        planned[s.leg] = planned.get(s.leg, 0) + s.planned
        actual[s.leg] = actual.get(s.leg, 0) + (s.actual or 0)
    return length(actual) - length(planned)
