"""Figures over judged route maps: how many were late, and where the minutes went (req 62, 67).

Four figures for a place in the journey, all in whole minutes:

- *lost*: the rises of the staircases there; *won back*: the falls. Both over all judged processes,
  so that lost − won back over everything is the sum of all delays and gains.
- *attributable*: the minutes late of late processes, by their shares.
- *processes*: how many late processes carry a share there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints
from datecertain.verdict.outcomes import WHOLE, Outcome

Labels = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of one leg, one stage, or one stage of one leg; '' stands for all."""

    leg: str
    stage: str
    lost_min: int
    won_back_min: int
    attributable_min: int
    processes: int

    @property
    def net_min(self) -> int:
        return self.lost_min - self.won_back_min


@dataclass(frozen=True, slots=True)
class PlaceMinutes:
    """The minutes that late processes lost in one stage at one place."""

    stage: str
    place: str
    lost_min: int
    processes: int


@dataclass(frozen=True, slots=True)
class RouteMapSummary:
    """A file of route maps in figures. `processes` = judged + set aside."""

    processes: int
    set_aside: int
    outcomes: dict[str, int]  # those that occur
    late_min: int  # summed over late processes
    median_late_min: int  # of late processes; the lower of two
    by_leg: tuple[Minutes, ...]
    by_stage: tuple[Minutes, ...]
    causes: tuple[Minutes, ...]  # by stage of a leg, most attributable minutes first
    places: tuple[PlaceMinutes, ...]  # most minutes first

    @property
    def finished(self) -> int:
        """Processes that were judged on time or late."""
        return self.outcomes.get(Outcome.ON_TIME, 0) + self.late

    @property
    def late(self) -> int:
        return self.outcomes.get(Outcome.LATE_LIABLE, 0)

    @property
    def late_share(self) -> float:
        """Late processes of the finished ones; NaN when none is finished."""
        return self.late / self.finished if self.finished else float("nan")


def summarise(verdicts: pa.Table, set_aside: int) -> RouteMapSummary:
    """The figures of a table of route-map verdicts."""
    outcome = verdicts.column("outcome").to_numpy(zero_copy_only=False).astype(object)
    late = outcome == Outcome.LATE_LIABLE
    minutes = verdicts.column("late_min").to_numpy()
    names, counts = np.unique(outcome.astype(str), return_counts=True)
    late_minutes = np.sort(minutes[late])
    steps = _Steps.of(verdicts)
    shares = _Shares.of(verdicts, minutes)
    causes = _grouped(steps, shares, by_leg=True, by_stage=True)
    return RouteMapSummary(
        processes=verdicts.num_rows + set_aside, set_aside=set_aside,
        outcomes=dict(zip(names.tolist(), counts.tolist(), strict=True)),
        late_min=int(late_minutes.sum()),
        median_late_min=int(late_minutes[(len(late_minutes) - 1) // 2]) if late.any() else 0,
        by_leg=_grouped(steps, shares, by_leg=True, by_stage=False),
        by_stage=_grouped(steps, shares, by_leg=False, by_stage=True),
        causes=tuple(
            sorted(
                (cause for cause in causes if cause.processes),
                key=lambda cause: -cause.attributable_min,
            )
        ),
        places=_places(steps, late),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Steps:
    process: Ints
    leg: Labels
    stage: Labels
    place: Labels
    step: Ints

    @classmethod
    def of(cls, verdicts: pa.Table) -> _Steps:
        process, rows = _flat(verdicts, "staircase")
        place = pc.fill_null(rows.field("place"), "")
        return cls(
            process, _labels(rows.field("leg")), _labels(rows.field("stage")), _labels(place),
            rows.field("step_min").to_numpy(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Shares:
    process: Ints
    leg: Labels
    stage: Labels
    parts: Ints  # minutes late × parts per million

    @classmethod
    def of(cls, verdicts: pa.Table, minutes: Ints) -> _Shares:
        process, rows = _flat(verdicts, "liability")
        parts = minutes[process] * rows.field("share_ppm").to_numpy()
        return cls(process, _labels(rows.field("leg")), _labels(rows.field("stage")), parts)


def minutes_by_policy(
    verdicts: pa.Table, liability: Mapping[str, pa.ListArray]
) -> dict[str, dict[str, int]]:
    """Policy → leg → the minutes late that the leg bears under it; legs that bear none left out."""
    minutes = verdicts.column("late_min").to_numpy()
    found = {}
    for name, lists in liability.items():
        process, rows = _flattened(lists)
        parts = minutes[process] * rows.field("share_ppm").to_numpy()
        legs = _labels(rows.field("leg"))
        found[name] = {
            leg: (int(parts[legs == leg].sum()) + WHOLE // 2) // WHOLE
            for leg in sorted(set(legs.tolist()))
        }
    return found


def differing_processes(verdicts: pa.Table, liability: Mapping[str, pa.ListArray]) -> set[int]:
    """The rows in which not every policy shares alike."""
    columns = [lists.to_pylist() for lists in liability.values()]
    return {
        row for row in range(verdicts.num_rows)
        if any(column[row] != columns[0][row] for column in columns[1:])
    }  # fmt: skip


def _flat(verdicts: pa.Table, column: str) -> tuple[Ints, pa.StructArray]:
    """(row of each element, all elements) of a list column."""
    return _flattened(verdicts.column(column).combine_chunks())


def _flattened(lists: pa.ListArray) -> tuple[Ints, pa.StructArray]:
    sizes = pc.list_value_length(lists).to_numpy()
    return np.repeat(np.arange(len(sizes)), sizes).astype(np.int64), lists.flatten()


def _labels(column: pa.Array) -> Labels:
    return np.array(column.to_pylist(), dtype=object)


def _grouped(steps: _Steps, shares: _Shares, by_leg: bool, by_stage: bool) -> tuple[Minutes, ...]:
    """The minutes by leg, by stage or both, in order of the journey."""
    everywhere = sorted(
        {(leg if by_leg else "", stage if by_stage else "")
         for leg, stage in zip(steps.leg.tolist(), steps.stage.tolist(), strict=True)},
        key=lambda key: (key[0], _STAGE_ORDER.get(key[1], 0)),
    )  # fmt: skip
    found = []
    for leg, stage in everywhere:
        rows = _match(steps.leg, leg, by_leg) & _match(steps.stage, stage, by_stage)
        own = _match(shares.leg, leg, by_leg) & _match(shares.stage, stage, by_stage)
        step = steps.step[rows]
        found.append(
            Minutes(
                leg, stage, int(step[step > 0].sum()), -int(step[step < 0].sum()),
                (int(shares.parts[own].sum()) + WHOLE // 2) // WHOLE,
                len(np.unique(shares.process[own])),
            )
        )  # fmt: skip
    return tuple(found)


_STAGE_ORDER = {"RCS": 0, "DEP": 1, "RCF": 2, "DLV": 3}


def _match(column: Labels, value: str, wanted: bool) -> npt.NDArray[np.bool_]:
    return np.asarray(column == value) if wanted else np.ones(len(column), dtype=bool)


def _places(steps: _Steps, late: npt.NDArray[np.bool_]) -> tuple[PlaceMinutes, ...]:
    rows = np.flatnonzero((steps.step > 0) & late[steps.process] & (steps.place != ""))
    lost: dict[tuple[str, str], int] = {}
    processes: dict[tuple[str, str], set[int]] = {}
    for row in rows.tolist():
        key = (steps.stage[row], steps.place[row])
        lost[key] = lost.get(key, 0) + int(steps.step[row])
        processes.setdefault(key, set()).add(int(steps.process[row]))
    found = [PlaceMinutes(*key, minutes, len(processes[key])) for key, minutes in lost.items()]
    return tuple(sorted(found, key=lambda place: (-place.lost_min, place.place, place.stage)))
