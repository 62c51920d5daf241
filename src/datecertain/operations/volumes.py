"""What volumes say: series beside a base year, and a change taken apart (req 56)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import UsageError
from datecertain.moments import Ints, date_of
from datecertain.network.calendars import OpenDays
from datecertain.network.lanes import Lanes
from datecertain.network.loading import NetworkData, bundled_folder, read_network, read_texts
from datecertain.operations.networks import current_network
from datecertain.operations.volume_sources import read_table
from datecertain.planning.guarantee_effect import GuaranteeEffect, guarantee_effect
from datecertain.planning.lane_effects import LaneEffect, Told, lane_effects
from datecertain.planning.lane_exposures import (
    ON_TIME,
    SUSPENSION,
    guaranteed_from,
    on_time,
    struck,
    suspended,
    working_days,
)
from datecertain.planning.published_volumes import ANY, Shock, shocks
from datecertain.planning.volume_change import VolumeChange, volume_change
from datecertain.planning.volume_rows import SEGMENTS, Floats, Panel, month_name, panel
from datecertain.planning.volume_series import By, Step, VolumePoint, volume_series
from datecertain.store import Workspace


def dated_facts(workspace: Workspace | None) -> NetworkData:
    """The calendars and lane histories in force in a workspace; None: the bundled ones."""
    if workspace is not None:
        return current_network(workspace).data
    data, _ = read_network(read_texts(bundled_folder()))
    if data is None:
        raise UsageError("the bundled network cannot be read: install datecertain again")
    return data


def show_volumes(
    rows: pa.Table, by: str, step: Step, base_year: int
) -> tuple[VolumePoint, ...]:  # fmt: skip
    """The series by lane, origin, destination, group, or a segment that the source supplies.

    Raises `UsageError` when there is nothing to show.
    """
    if by in SEGMENTS:
        held = rows.filter(pc.not_equal(rows[by], ""))
        if not held.num_rows:
            raise UsageError(f"no row tells its {by}: choose another --by")
        place = rows.column_names.index("origin")
        held = held.set_column(place, "origin", held[by].cast(pa.string()))
        return volume_series(panel(held), By.ORIGIN, step, base_year)
    return volume_series(panel(rows), By(by), step, base_year)


def explain_change(
    rows: pa.Table, before: tuple[str, str], after: tuple[str, str], data: NetworkData,
    given: Mapping[str, float], confidence: float = 0.95,
) -> tuple[VolumeChange, tuple[Shock, ...]]:  # fmt: skip
    """A change between two runs of months (first, last) taken apart, and the dated shocks that
    touch its lanes and months. `given`: influence → its factor at full exposure, stated by the
    asker instead of told from the volumes.

    Raises `UsageError` for months without figures, or a factor that cannot be.
    """
    lanes = panel(rows)
    days = working_days(lanes, OpenDays(data.calendars, data.holidays))
    papers = pc.unique(rows["contents"]).to_pylist() == ["documents"]
    known_shocks = [one for one in shocks() if one.contents == ANY or not papers]
    exposures = dict(struck(lanes, known_shocks))
    exposures |= {SUSPENSION: suspended(lanes, Lanes(data)), ON_TIME: on_time(lanes)}
    effects = _effects(lanes, days, exposures, given, confidence)
    known = {name: np.nan_to_num(values) for name, values in exposures.items()}
    change = volume_change(
        lanes, lanes.within(*before), lanes.within(*after), days, known, effects
    )  # fmt: skip
    touching = tuple(one for one in known_shocks if one.shock in exposures)
    return change, touching


def _effects(
    lanes: Panel, days: Ints, exposures: Mapping[str, Floats], given: Mapping[str, float],
    confidence: float,
) -> tuple[LaneEffect, ...]:  # fmt: skip
    """What the volumes tell of every influence, or what was given."""
    unknown = sorted(set(given) - set(exposures))
    if unknown:
        raise UsageError(f"no influence {', '.join(unknown)}: there are {', '.join(exposures)}")
    used = lanes.known & (lanes.items > 0) & (days > 0)
    with np.errstate(divide="ignore"):
        log_volume = np.where(used, np.log(np.maximum(lanes.items, 1) / np.maximum(days, 1)), 0.0)
    found = lane_effects(log_volume, used, exposures, confidence)
    return tuple(_stated(one, given) for one in found)


def _stated(one: LaneEffect, given: Mapping[str, float]) -> LaneEffect:
    if one.name not in given:
        return one
    factor = given[one.name]
    if not factor > 0:
        raise UsageError(f"factor {factor} of {one.name} must be above 0: 0.9 is ten per cent less")
    effect = float(np.log(factor))
    return replace(one, told=Told.GIVEN, effect=effect, low=float("nan"), high=float("nan"))


def month_range(text: str) -> tuple[str, str]:
    """(first, last) month of `2019`, `2019-03` or `2019-03:2019-08`. Raises `UsageError`."""
    first, _, last = text.partition(":")
    begin = f"{first}-01" if len(first) == 4 else first
    last = last or first
    end = f"{last}-12" if len(last) == 4 else last
    for month in (begin, end):
        whole = len(month) == 7 and month[:4].isdigit() and month[4] == "-"
        if not whole or month[5:] not in {f"{one:02d}" for one in range(1, 13)}:
            raise UsageError(f"{text!r} is no run of months: write 2019 or 2019-03:2019-08")
    return begin, end


def told_effect(
    rows: pa.Table, resumed: Mapping[tuple[str, str], str] | None, data: NetworkData,
    first: str | None, confidence: float,
) -> GuaranteeEffect:  # fmt: skip
    """What the guarantee did to volume and revenue (req 81). `resumed`: lane → month; None: as the
    lane histories say, on the months after the last lane was suspended. `first`: leave out what
    lies before this month.

    Raises `UsageError` when there is nothing to look at.
    """
    lanes = panel(rows)
    history = Lanes(data)
    if resumed is None:
        resumed = guaranteed_from(lanes, history)
        first = first or _after_suspensions(lanes, history)
    if first is not None:
        rows = rows.filter(pc.greater_equal(rows["month"], first))
        lanes = panel(rows)
    return guarantee_effect(lanes, resumed, confidence)


def _after_suspensions(lanes: Panel, history: Lanes) -> str | None:
    """The month after the last suspension of any lane; None: none was ever suspended."""
    days = [
        row.on
        for lane in lanes.lanes
        for row in history.history(*lane)
        if row.event == "suspended"
    ]  # fmt: skip
    if not days:
        return None
    last = date_of(max(days))
    return month_name(last.year * 12 + last.month)


def resumed_lanes(path: Path) -> dict[tuple[str, str], str]:
    """Lane → month from a CSV or Parquet file with origin, destination and month.

    Raises `NotFound`, `UsageError`.
    """
    table, _ = read_table(path)
    names = ("origin", "destination", "month")
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise UsageError(f"{path} has no column {', '.join(missing)}: give {', '.join(names)}")
    columns = [table[name].cast(pa.string()).to_pylist() for name in names]
    return {
        (origin, destination): month_range(month)[0]
        for origin, destination, month in zip(*columns, strict=True)
    }
