"""Judged route maps in words: tables of text for the terminal and the page (req 60, 62, 63)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.verdict.outcomes import WHOLE, Outcome
from datecertain.verdict.route_map_figures import Minutes
from datecertain.verdict.route_maps import RouteMapResult
from datecertain.wording import Words

#: How many causes and places a report lists.
LISTED = 10


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table ready to print: the first `labels` columns are words, the others numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    labels: int


def summary_lines(result: RouteMapResult, words: Words) -> list[tuple[str, str]]:
    """(label, value) of what a file of route maps came to."""
    figures, count = result.summary, words.count
    share = words.say(
        "route.late_of", share=words.share(figures.late_share),
        late=count(figures.late), finished=count(figures.finished),
    )  # fmt: skip
    return [
        (words.say("route.processes"), count(figures.processes)),
        (words.say("route.set_aside"), count(figures.set_aside)),
        *(
            (words.say(f"outcome.{outcome}"), count(figures.outcomes[outcome]))
            for outcome in Outcome
            if outcome in figures.outcomes
        ),
        (words.say("route.late_share"), share),
        (words.say("route.late_min"), count(figures.late_min)),
        (words.say("route.median_late_min"), count(figures.median_late_min)),
    ]


def report_tables(result: RouteMapResult, words: Words) -> tuple[TextTable, ...]:
    """Minutes by stage and by leg, the causes, and the places; those without rows are left out."""
    figures = result.summary
    tables = (
        _minutes_table("route.by_stage", figures.by_stage, ("stage",), words),
        _minutes_table("route.by_leg", figures.by_leg, ("leg",), words),
        _causes_table(figures.causes[:LISTED], words),
        TextTable(
            words.say("route.places"),
            _columns(("stage", "place", "lost", "processes"), words),
            tuple(
                (words.say(f"route.stage.{row.stage}"), row.place, words.count(row.lost_min),
                 words.count(row.processes))
                for row in figures.places[:LISTED]
            ),
            labels=2,
        ),
    )  # fmt: skip
    return tuple(table for table in tables if table.rows)


def _columns(names: Sequence[str], words: Words) -> tuple[str, ...]:
    return tuple(words.say(f"route.column.{name}") for name in names)


def _minutes_table(
    title: str, rows: Sequence[Minutes], by: tuple[str, ...], words: Words
) -> TextTable:
    return TextTable(
        words.say(title),
        _columns((*by, "lost", "won_back", "net", "attributable"), words),
        tuple(
            (
                *_names(row, words),
                *map(
                    words.count,
                    (row.lost_min, row.won_back_min, row.net_min, row.attributable_min),
                ),
            )
            for row in rows
        ),
        labels=len(by),
    )


def _causes_table(causes: Sequence[Minutes], words: Words) -> TextTable:
    return TextTable(
        words.say("route.causes"),
        _columns(("leg", "stage", "attributable", "processes"), words),
        tuple(
            (*_names(row, words), words.count(row.attributable_min), words.count(row.processes))
            for row in causes
        ),
        labels=2,
    )


def _names(row: Minutes, words: Words) -> tuple[str, ...]:
    leg = (leg_words(row.leg, words),) if row.leg else ()
    stage = (words.say(f"route.stage.{row.stage}"),) if row.stage else ()
    return (*leg, *stage)


def leg_words(leg: str, words: Words) -> str:
    """`inbound-2` in words."""
    kind, _, number = leg.partition("-")
    return words.say(f"route.leg.{kind}", number=number)


def process_table(result: RouteMapResult, process: str, words: Words) -> TextTable:
    """The staircase of one process, step by step. Raises `NotFound`."""
    verdict = process_verdict(result, process)
    title = words.say(
        "route.staircase", process=process, outcome=words.say(f"outcome.{verdict['outcome']}"),
        planned=words.count(verdict["planned_min"]), expected=words.count(verdict["expected_min"]),
        late=words.count(verdict["late_min"]),
    )  # fmt: skip
    numbers = ("at_min", "planned_min", "actual_min", "due_min", "step_min")
    return TextTable(
        title,
        _columns(
            ("leg", "stage", "place", "at", "planned", "actual", "due", "step"), words
        ),
        tuple(
            (
                leg_words(step["leg"], words), words.say(f"route.stage.{step['stage']}"),
                step["place"] or "", *(words.count(step[name]) for name in numbers),
            )
            for step in verdict["staircase"]
        ),
        labels=3,
    )  # fmt: skip


def process_verdict(result: RouteMapResult, process: str) -> dict[str, Any]:
    """The row of one process in `ROUTE_VERDICTS`. Raises `NotFound`."""
    rows = result.verdicts.filter(pc.equal(result.verdicts.column("process"), process)).to_pylist()
    if not rows:
        aside = " (it was set aside; the findings say why)" if process in result.set_aside else ""
        raise NotFound(f"no process {process!r} was judged in {result.source}{aside}")
    verdict: dict[str, Any] = rows[0]
    return verdict


def as_json(result: RouteMapResult) -> dict[str, Any]:
    """The whole result as plain values for `--json`: summary, findings and every process."""
    figures = result.summary
    return {
        "source": result.source,
        "layout": result.layout,
        "summary": {
            "processes": figures.processes,
            "set_aside": figures.set_aside,
            "outcomes": figures.outcomes,
            "late": figures.late,
            "late_share": figures.late_share if figures.finished else None,
            "late_min": figures.late_min,
            "median_late_min": figures.median_late_min,
            "by_stage": [_minutes_json(row) for row in figures.by_stage],
            "by_leg": [_minutes_json(row) for row in figures.by_leg],
            "causes": [_minutes_json(row) for row in figures.causes],
            "places": [asdict(row) for row in figures.places[:LISTED]],
        },
        "findings": [asdict(finding) for finding in result.findings],
        "processes": [
            {**row, "liability": [_share_json(share) for share in row["liability"]]}
            for row in result.verdicts.to_pylist()
        ],
    }


def _minutes_json(row: Minutes) -> dict[str, Any]:
    named = {key: value for key, value in asdict(row).items() if value != ""}
    return {**named, "net_min": row.net_min}


def _share_json(share: dict[str, Any]) -> dict[str, Any]:
    return {**share, "share": share["share_ppm"] / WHOLE}
