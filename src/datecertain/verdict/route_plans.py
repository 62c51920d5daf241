"""Route maps read: items that carry their own plan, stage by stage (docs/reference/route-maps.md).

A process has parallel inbound legs and then one outbound leg; each leg runs through the stages
RCS, then DEP and RCF for each hop, then DLV, each with planned and actual minutes. How a file
writes them is a layout: data, one TOML file each. What cannot be read is a finding, and its whole
process is set aside.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import LayoutError, UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints
from datecertain.verdict.route_plan_checks import check_processes

Texts = npt.NDArray[np.object_]

#: An actual duration that is not there: the stage is not done yet.
NOT_DONE = -1
#: The outbound leg before the inbound legs of a file are counted; inbound-1 is branch 0.
MOST_INBOUND = 9
LEGS = (*(f"inbound-{number}" for number in range(1, MOST_INBOUND + 1)), "outbound")
_COLUMNS = ("process", "leg", "stage", "hop", "planned_min", "actual_min")


class RouteStage(IntEnum):
    """The stages of a leg in order (Cargo iQ's milestones, each named by its end)."""

    RCS = 0  # received from the shipper or forwarder at the airport of departure
    DEP = 1  # departed on its flight; once per hop
    RCF = 2  # received from the flight at the airport of arrival; once per hop
    DLV = 3  # delivered to the consignee or the next forwarder


@dataclass(frozen=True, slots=True)
class RouteLayout:
    """How one kind of file writes route maps."""

    name: str
    source: str
    columns: Mapping[str, str]  # what is read -> the column it stands in
    legs: Mapping[str, str]  # value in the file -> `inbound-1` … `outbound`
    stages: Mapping[str, str]  # value in the file -> `RCS`, `DEP`, `RCF`, `DLV`
    no_place: tuple[str, ...]  # values of the place column that name no place

    def fits(self, table: pa.Table) -> bool:
        """Whether all columns that must be there are there."""
        return all(self.columns[name] in table.column_names for name in _COLUMNS)


@dataclass(frozen=True, slots=True)
class RoutePlans:
    """The stages of n whole processes as columns, in order of process, leg and stage.

    Processes stand in order of their ids, shorter ids first, so that numbers stand as numbers.
    """

    processes: tuple[str, ...]  # [n]
    inbound: int  # inbound branches are 0 … inbound-1, the outbound leg is branch `inbound`
    process: Ints  # [m] index into `processes`
    branch: Ints  # [m]
    stage: Ints  # [m] a `RouteStage`
    hop: Ints  # [m] 0 for RCS and DLV
    place: Texts  # [m] '' where none is given
    planned: Ints  # [m] minutes
    actual: Ints  # [m] minutes, or NOT_DONE

    def leg_name(self, branch: int) -> str:
        """`inbound-1` … `outbound`."""
        return LEGS[-1] if branch == self.inbound else LEGS[branch]


@dataclass(frozen=True, slots=True)
class ReadPlans:
    """What a file came to: processes read = `plans.processes` + `set_aside`."""

    plans: RoutePlans
    set_aside: tuple[str, ...]
    findings: tuple[Finding, ...]
    layout: str


@lru_cache(maxsize=1)
def route_layouts() -> Mapping[str, RouteLayout]:
    """Every layout that ships with datecertain, by name. Raises `LayoutError`."""
    folder = files("datecertain.verdict") / "route_map_layouts"
    found = {}
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            layout = read_layout(path.read_text(encoding="utf-8"), path.name)
            found[layout.name] = layout
    return found


def read_layout(text: str, source: str) -> RouteLayout:
    """The layout of a TOML text. Raises `LayoutError` saying what is missing or not known."""
    try:
        given: dict[str, Any] = tomllib.loads(text)
        layout = RouteLayout(
            given["name"], given["source"], given["columns"], given["legs"], given["stages"],
            tuple(given.get("no_place", {}).get("values", ())),
        )  # fmt: skip
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise LayoutError(f"{source} is not a route-map layout: {error}") from error
    wrong = [name for name in _COLUMNS if name not in layout.columns]
    wrong += [leg for leg in layout.legs.values() if leg not in LEGS]
    wrong += [stage for stage in layout.stages.values() if stage not in RouteStage.__members__]
    if wrong:
        raise LayoutError(f"{source}: columns not named, or no leg or stage: {', '.join(wrong)}")
    return layout


def choose_layout(table: pa.Table, name: str | None) -> RouteLayout:
    """The layout of that name, or without a name the one whose columns the table has.

    Raises `UsageError` when none fits, or more than one.
    """
    layouts = route_layouts()
    if name is not None and name not in layouts:
        raise UsageError(f"no route-map layout {name!r}: use one of {', '.join(layouts)}")
    candidates = [layouts[name]] if name else list(layouts.values())
    fitting = [layout for layout in candidates if layout.fits(table)]
    if len(fitting) == 1:
        return fitting[0]
    expected = "; ".join(
        f"{layout.name}: {', '.join(layout.columns[column] for column in _COLUMNS)}"
        for layout in candidates
    )
    problem = "name the layout: several fit" if fitting else "no route-map layout fits"
    raise UsageError(
        f"{problem}. The columns are {', '.join(table.column_names)}; expected {expected}"
    )


def read_route_plans(table: pa.Table, source: str, layout_name: str | None = None) -> ReadPlans:
    """The processes of a table with one row per stage, in any order of rows.

    `source` names the file in findings; rows count from 1. Raises `UsageError` when no layout
    fits the columns.
    """
    layout = choose_layout(table, layout_name)
    reader = _Reader(table, layout, source)
    process_ids = reader.text("process")
    leg = reader.coded("leg", {k: LEGS.index(v) for k, v in layout.legs.items()})
    stage = reader.coded("stage", {k: int(RouteStage[v]) for k, v in layout.stages.items()})
    flown = (stage == RouteStage.DEP) | (stage == RouteStage.RCF)
    hop = np.where(flown, reader.whole("hop", needed=flown), 0)
    reader.refuse(flown & (hop == 0), "value-unreadable", "hop=0: hops count from 1")
    planned = reader.whole("planned_min", needed=np.ones(len(stage), dtype=bool))
    actual = reader.whole("actual_min", needed=np.zeros(len(stage), dtype=bool))
    reader.refuse(process_ids == "", "process-missing", "the row names no process")

    names = sorted({name for name in process_ids.tolist() if name}, key=lambda n: (len(n), n))
    number = {name: index for index, name in enumerate(names)}
    process = np.array([number.get(name, -1) for name in process_ids.tolist()], dtype=np.int64)
    kept = np.flatnonzero(process >= 0)
    order = np.where(flown, 2 * hop - (stage == RouteStage.DEP), 0)
    order[stage == RouteStage.DLV] = np.iinfo(np.int64).max
    kept = kept[np.lexsort((order[kept], leg[kept], process[kept]))]
    place = reader.places()
    plans = RoutePlans(
        tuple(names), MOST_INBOUND, process[kept], leg[kept], stage[kept], hop[kept], place[kept],
        planned[kept], actual[kept],
    )  # fmt: skip
    unread = np.zeros(len(names), dtype=bool)
    unread[process[reader.bad & (process >= 0)]] = True
    wrong, found = check_processes(
        plans.processes, plans.process, plans.branch, order[kept], plans.actual, unread, source
    )
    whole, set_aside = _only(plans, ~(unread | wrong))
    return ReadPlans(whole, set_aside, (*reader.findings(), *found), layout.name)


def _only(plans: RoutePlans, good: npt.NDArray[np.bool_]) -> tuple[RoutePlans, tuple[str, ...]]:
    """The good processes alone, with no more inbound branches than they use."""
    row = good[plans.process] if len(plans.process) else np.zeros(0, dtype=bool)
    renumbered = np.cumsum(good) - 1
    branch = plans.branch[row]
    inbound = int(branch[branch < MOST_INBOUND].max(initial=0)) + 1
    kept = RoutePlans(
        tuple(name for name, use in zip(plans.processes, good, strict=True) if use),
        inbound, renumbered[plans.process[row]], np.where(branch == MOST_INBOUND, inbound, branch),
        plans.stage[row], plans.hop[row], plans.place[row], plans.planned[row], plans.actual[row],
    )  # fmt: skip
    aside = tuple(name for name, use in zip(plans.processes, good, strict=True) if not use)
    return kept, aside


class _Reader:
    """The columns of one table through a layout; what cannot be read is marked and told."""

    def __init__(self, table: pa.Table, layout: RouteLayout, source: str) -> None:
        self._table = table
        self._layout = layout
        self._source = source
        self._told: list[tuple[int, str, str]] = []
        self.bad = np.zeros(table.num_rows, dtype=bool)

    def text(self, name: str) -> Texts:
        """A column as text without blanks around it; '' where it is null."""
        column = self._layout.columns[name]
        try:
            cast = pc.cast(self._table.column(column), pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise UsageError(f"column {column} cannot be read as text: {error}") from error
        trimmed = pc.utf8_trim_whitespace(pc.fill_null(cast, ""))
        return np.array(trimmed.to_pylist(), dtype=object)

    def places(self) -> Texts:
        """The place column; '' where the file has none."""
        if self._layout.columns.get("place") not in self._table.column_names:
            return np.full(self._table.num_rows, "", dtype=object)
        given = self.text("place")
        return np.where(np.isin(given, list(self._layout.no_place)), "", given)

    def coded(self, name: str, codes: Mapping[str, int]) -> Ints:
        """A column of the layout's values as numbers; 0 and a finding for any other."""
        given = self.text(name)
        known = np.isin(given, list(codes))
        self._refuse_values(~known, f"{name}-unknown", name, given, f"known: {', '.join(codes)}")
        return np.array([codes.get(value, 0) for value in given.tolist()], dtype=np.int64)

    def whole(self, name: str, needed: npt.NDArray[np.bool_]) -> Ints:
        """A column of whole numbers of at most seven digits, 0 or more; NOT_DONE where empty.

        An empty value is a finding where it is needed. `12.0` is how tables with gaps write 12.
        """
        given = self.text(name)
        plain = np.array([value.removesuffix(".0") for value in given.tolist()], dtype=object)
        good = np.array([v.isascii() and v.isdigit() and len(v) <= 7 for v in plain.tolist()], bool)
        wrong = ~good & ((given != "") | needed)
        self._refuse_values(wrong, "value-unreadable", name, given, "write whole minutes or hops")
        return np.array(
            [int(v) if ok else NOT_DONE for v, ok in zip(plain.tolist(), good, strict=True)],
            dtype=np.int64,
        )

    def _refuse_values(
        self, rows: npt.NDArray[np.bool_], code: str, name: str, given: Texts, hint: str
    ) -> None:
        column = self._layout.columns[name]
        for row in np.flatnonzero(rows).tolist():
            self._told.append((row, code, f"{column}={given[row]!r}: {hint}"))
        self.bad |= rows

    def refuse(self, rows: npt.NDArray[np.bool_], code: str, detail: str) -> None:
        """Mark rows as unreadable for a reason of their own."""
        self._told += [(row, code, detail) for row in np.flatnonzero(rows).tolist()]
        self.bad |= rows

    def findings(self) -> Sequence[Finding]:
        """What was told, in order of rows."""
        return [
            Finding(code, Severity.ERROR, self._source, f"row {row + 1}", detail)
            for row, code, detail in sorted(self._told)
        ]
