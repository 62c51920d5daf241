"""1,971 real air-freight processes (Cargo iQ case study): the engine on what really happened."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from route_map_cases import Stage, slow_staircase

from datecertain.operations.route_maps import judge_route_map_file
from datecertain.verdict.outcomes import WHOLE
from datecertain.verdict.route_map_report import report_tables, summary_lines
from datecertain.verdict.route_maps import RouteMapResult
from datecertain.wording import words

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / ".." / "shared" / "data" / "cargo2000_stages_even.parquet"
pytestmark = pytest.mark.skipif(
    not FILE.is_file(), reason="the Cargo iQ case study is not in the folder `shared` beside this"
)


@lru_cache(maxsize=1)
def result() -> RouteMapResult:
    return judge_route_map_file(FILE)


@lru_cache(maxsize=1)
def real_rows() -> list[dict[str, Any]]:
    return pyarrow.parquet.read_table(FILE).to_pylist()


def test_all_processes_are_judged_and_every_staircase_sums_to_its_delay() -> None:
    assert result().findings == ()
    assert result().set_aside == ()
    assert result().verdicts.num_rows == 1971
    for row in result().verdicts.to_pylist():
        assert sum(step["step_min"] for step in row["staircase"]) == row["late_min"]
        assert row["late_min"] == row["actual_min"] - row["planned_min"]
        assert row["staircase"][-1]["due_min"] == row["staircase"][-1]["at_min"]
        shared = sum(share["share_ppm"] for share in row["liability"])
        assert shared == (WHOLE if row["late_min"] > 0 else 0)


def test_the_late_processes_are_those_of_an_independent_count() -> None:
    legs: dict[int, dict[str, list[int]]] = {}
    for row in real_rows():
        total = legs.setdefault(row["process_id"], {}).setdefault(row["leg"], [0, 0])
        total[0] += row["planned_min"]
        total[1] += row["effective_min"]
    late = set()
    for process, lengths in legs.items():
        out = lengths.pop("o")
        plan, actual = (max(leg[i] for leg in lengths.values()) + out[i] for i in (0, 1))
        if actual > plan:
            late.add(str(process))
    verdicts = result().verdicts.to_pylist()
    assert {row["process"] for row in verdicts if row["outcome"] == "late_liable"} == late
    assert len(late) == 515 == result().summary.late
    assert {row["outcome"] for row in verdicts} == {"late_liable", "on_time"}


def test_staircases_are_those_of_the_slow_reading() -> None:
    legs = {"i1": "inbound-1", "i2": "inbound-2", "i3": "inbound-3", "o": "outbound"}
    stages: dict[str, list[Stage]] = {}
    for row in real_rows():
        process = str(row["process_id"])
        stages.setdefault(process, []).append(
            Stage(
                process, legs[row["leg"]], row["stage"].upper(), row["hop"], str(row["place"]),
                row["planned_min"], row["effective_min"],
            )
        )  # fmt: skip
    names = ("at_min", "leg", "stage", "hop", "step_min")
    for row in result().verdicts.to_pylist():
        told = [tuple(step[name] for name in names) for step in row["staircase"]]
        assert told == slow_staircase(stages[row["process"]]), row["process"]


def test_the_documented_figures_are_these() -> None:
    page = (ROOT / "docs" / "reference" / "route-maps.md").read_text(encoding="utf-8")
    english = words("en")
    expected = [
        f"| {' | '.join(row)} |"
        for rows in (summary_lines(result(), english), *(
            table.rows for table in report_tables(result(), english)[:4]
        ))
        for row in rows
    ]  # fmt: skip
    missing = [line for line in expected if line not in page]
    assert not missing


def test_the_known_limit_is_as_large_as_documented() -> None:
    """An inbound leg keeps what it lost if another leg had covered it when it was won back."""
    found, minutes, total = 0, 0, 0
    for row in result().verdicts.to_pylist():
        if row["outcome"] != "late_liable":
            continue
        total += row["late_min"]
        inbound = [s for s in row["staircase"] if s["leg"] != "outbound"]
        planned: dict[str, int] = {}
        for step in inbound:
            planned[step["leg"]] = planned.get(step["leg"], 0) + step["planned_min"]
        arrived = {step["leg"]: step["at_min"] for step in inbound}
        parts = sum(
            share["share_ppm"]
            for share in row["liability"]
            if arrived.get(share["leg"], WHOLE) <= max(planned.values())
        )
        found += parts > 0
        minutes += parts * row["late_min"] // WHOLE
    page = (ROOT / "docs" / "reference" / "route-maps.md").read_text(encoding="utf-8")
    told = re.search(r"(\d+) of the 515 late processes, ([0-9.]+) % of the minutes", page)
    assert told is not None
    assert told.groups() == (str(found), f"{100 * minutes / total:.1f}")
