"""Standards from a history file: found, and tried on what came later (req 51, 64)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datecertain.errors import UsageError
from datecertain.moments import format_date
from datecertain.operations.history_files import HistoryRead, Progress, read_history
from datecertain.planning.assured import items_needed
from datecertain.planning.backtest import Backtest, backtest
from datecertain.planning.drift import FALSE_ALARMS, Change
from datecertain.planning.moved import Moved, kept_last_year, moved_promises
from datecertain.planning.parted import Part, Parted, find_parted
from datecertain.planning.results import Result
from datecertain.planning.standards import Standard, Standards, last_years

#: Findings that are told one by one.
_TOLD = 20


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Standards of a history, and what moving the promises given would make of them."""

    history: HistoryRead
    parted: Parted
    moved: Moved
    kept_last_year: float | None  # by moved promises, if they kept the target

    @property
    def standards(self) -> Standards:
        """Of whole lanes."""
        return self.parted.whole

    def as_json(self) -> dict[str, Any]:
        """For programs; days are calendar days from the day of acceptance."""
        days, means = self.moved.days(), self.moved.mean_days()
        seasons, parts = self.standards.by_lane(), self.parted.by_lane()
        lanes = [
            _standard(row)
            | ({"seasons": _seasons(seasons[row.lane])} if self.standards.seasons.months else {})
            | ({"parts": self._parts(parts[row.lane])} if row.lane in parts else {})
            | (
                {"after_given": {"days": days[row.lane], "mean_days": round(means[row.lane], 2)}}
                if row.lane in days
                else {}
            )
            for row in self.standards.rows
        ]
        return {
            "target": self.standards.target, "confidence": self.standards.confidence,
            "items_needed": self.standards.needed,
            "as_of": format_date(self.history.deliveries.as_of), "lanes": lanes,
            "after_given_kept_last_year": _round(self.kept_last_year),
            "columns": _columns(self.history, self.parted),
            "peak_months": list(self.standards.seasons.months),
            "drift": _changes(self.standards.changes), "findings": _findings(self.history),
        }  # fmt: skip

    def _parts(self, parts: list[tuple[Part, Standard]]) -> list[dict[str, Any]]:
        names = [one.cut.name for one in self.parted.by]
        return [
            {"values": dict(zip(names, part.values, strict=True))}
            | {key: value for key, value in _standard(row).items() if key != "lane"}
            for part, row in parts
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A backtest of a history."""

    history: HistoryRead
    until: int
    result: Backtest

    def as_json(self) -> dict[str, Any]:
        """For programs; shares of one, mean promised days from acceptance."""
        found = self.result
        methods = {
            name: _result(result) | {"all_items": _result(found.everywhere[name])}
            for name, result in found.results.items()
        }
        for name, equal in found.equal.items():
            methods[name]["at_equal_on_time"] = {
                "by": equal.by, "on_time": _round(equal.on_time),
                "mean_days": _round(equal.mean_days, 2),
            }  # fmt: skip
        return {
            "train_until": format_date(self.until), "train_n": found.train, "test_n": found.test,
            "target": found.standards.target, "confidence": found.standards.confidence,
            "columns": _columns(self.history, found.parted),
            "peak_months": list(found.standards.seasons.months),
            "drift": self._drift(), "methods": methods, "lanes": self._lanes(),
            "findings": _findings(self.history),
        }  # fmt: skip

    def _drift(self) -> dict[str, Any]:
        before, failing = _changes(self.result.standards.changes), self.result.failing
        return {
            "fired": before["fired"] or failing.fired, "false_alarms": FALSE_ALARMS,
            "in_history": before,
            "after": {
                "fired": failing.fired,
                "on": None if failing.on is None else format_date(failing.on),
                "stake": round(min(failing.stake, 1e12), 2),
            },
        }  # fmt: skip

    def _lanes(self) -> list[dict[str, Any]]:
        standards = {row.lane: row for row in self.result.standards.rows}
        return [
            {
                "lane": lane.lane, "items": lane.items,
                "on_time": _round(lane.on_time / lane.items),
                "low": _round(lane.interval.low), "high": _round(lane.interval.high),
                "days": standards[lane.lane].days, "status": standards[lane.lane].status,
            }
            for lane in self.result.results["assured"].lanes
            if lane.lane in standards
        ]  # fmt: skip


def standards_of_file(
    path: Path, target: float, confidence: float, as_of: int | None = None,
    progress: Progress | None = None,
) -> Found:  # fmt: skip
    """The standards that a history file assures. Raises `UsageError`, `NotFound`."""
    items_needed(target, confidence)
    return standards_of(read_history(path, as_of, progress, more=True), target, confidence)


def standards_of(read: HistoryRead, target: float, confidence: float) -> Found:
    """The standards that a history assures. Raises `UsageError`."""
    items_needed(target, confidence)
    recent = last_years(read.deliveries)
    if not len(recent):
        raise UsageError("nothing was accepted in the three years before that day")
    return Found(
        read, find_parted(recent, target, confidence), moved_promises(recent, target, confidence),
        kept_last_year(recent, target, confidence),
    )  # fmt: skip


def backtest_of_file(
    path: Path, until: int, target: float, confidence: float, progress: Progress | None = None
) -> Tried:
    """A history file's standards as of a day, tried on what came after. Raises `UsageError`."""
    items_needed(target, confidence)
    return backtest_of(read_history(path, None, progress, more=True), until, target, confidence)


def backtest_of(
    read: HistoryRead, until: int, target: float, confidence: float, review_days: int = 0
) -> Tried:
    """A history's standards as of a day, tried on what came after. Raises `UsageError`."""
    found = backtest(read.deliveries, until, target, confidence, review_days)
    return Tried(read, until, found)


def write_findings(read: HistoryRead, to: Path) -> None:
    """The findings of a history's rows as CSV."""
    with to.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("row", "code", "severity", "detail"))
        for one in read.findings:
            rows.writerow((one.position.removeprefix("row "), one.code, one.severity, one.detail))


def _standard(row: Standard) -> dict[str, Any]:
    return {
        "lane": row.lane, "days": row.days, "n": row.items,
        "expected_on_time": _round(row.expected), "lower_bound": _round(row.lower),
        "status": str(row.status), "n_all": row.all_items, "open": row.open,
        "independent": round(row.items * row.worth, 1),
        "accepted_from": None if row.since is None else format_date(row.since),
    }  # fmt: skip


def _columns(read: HistoryRead, parted: Parted) -> dict[str, Any]:
    """The further columns of a file that were tried, and those that lanes are parted by."""
    return {
        "tried": [one.name for one in read.deliveries.columns],
        "parted_by": [
            {"name": one.cut.name, "groups": list(one.cut.labels), "p": float(f"{one.p:.2g}")}
            for one in parted.by
        ],
    }


def _seasons(parts: list[Standard]) -> list[dict[str, Any]]:
    return [
        {"peak": part.peak}
        | {key: value for key, value in _standard(part).items() if key != "lane"}
        for part in parts
    ]


def _changes(found: tuple[Change, ...]) -> dict[str, Any]:
    return {
        "fired": bool(found), "false_alarms": FALSE_ALARMS,
        "changes": [
            {"lane": one.lane, "since": format_date(one.since), "p": float(f"{one.p:.2g}")}
            for one in found
        ],
    }  # fmt: skip


def _result(one: Result) -> dict[str, Any]:
    return {
        "on_time": _round(one.share), "mean_days": _round(one.mean_days, 2),
        "lanes": len(one.lanes), "lanes_below_target": one.below,
        "lanes_clearly_below": one.clearly_below, "n": one.items,
    }  # fmt: skip


def _findings(read: HistoryRead) -> dict[str, Any]:
    return {
        "rows": read.rows, "set_aside": read.set_aside, "counts": dict(read.counts),
        "first": [str(one) for one in read.findings[:_TOLD]],
    }  # fmt: skip


def _round(value: float | None, places: int = 6) -> float | None:
    return None if value is None else round(value, places)
