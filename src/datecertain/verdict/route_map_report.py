"""Judged route maps in words: tables of text for the terminal and the page (req 60, 62, 63)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.verdict.outcomes import WHOLE, Outcome
from datecertain.verdict.route_map_figures import (
    Minutes,
    differing_processes,
    minutes_by_policy,
)
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
        _policies_table(result, words),
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


def _policies_table(result: RouteMapResult, words: Words) -> TextTable:
    """The minutes late that each leg bears under each policy."""
    figures = minutes_by_policy(result.verdicts, result.liability)
    return TextTable(
        words.say("route.policies"),
        (words.say("route.column.leg"), *(words.say(f"route.policy.{name}") for name in figures)),
        tuple(
            (leg_words(leg, words), *(words.count(own.get(leg, 0)) for own in figures.values()))
            for leg in sorted({leg for by_leg in figures.values() for leg in by_leg})
        ),
        labels=1,
    )  # fmt: skip


def policy_lines(result: RouteMapResult, words: Words) -> list[str]:
    """Why the policies differ: the rule of each, and in how many processes they part."""
    late = result.summary.late
    differing = len(differing_processes(result.verdicts, result.liability))
    return [
        *(words.say(f"route.policy.{name}.rule") for name in result.liability),
        words.say("route.policies.differ", count=words.count(differing), late=words.count(late)),
    ]


def process_lines(result: RouteMapResult, process: str, words: Words) -> list[str]:
    """Who bears the minutes of one process under each policy, and why the policies differ."""
    verdict = process_verdict(result, process)
    if verdict["outcome"] != Outcome.LATE_LIABLE:
        return []
    row = result.verdicts.column("process").to_pylist().index(process)
    told = []
    for name, liability in result.liability.items():
        parts = [
            words.say(
                "route.share", leg=leg_words(part["leg"], words),
                stage=words.say(f"route.stage.{part['stage']}"),
                share=words.share(part["share_ppm"] / WHOLE, 0),
            )
            for part in liability[row].as_py()
        ]  # fmt: skip
        told.append(
            words.say(
                "route.process.shares", policy=words.say(f"route.policy.{name}"),
                parts=", ".join(parts),
            )
        )  # fmt: skip
    differs = row in differing_processes(result.verdicts, result.liability)
    key = "route.process.differ" if differs else "route.process.alike"
    return [*told, words.say(key)]


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
                leg_words(step["leg"], words), step["stage"],
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
            "by_policy": minutes_by_policy(result.verdicts, result.liability),
            "places": [asdict(row) for row in figures.places[:LISTED]],
        },
        "findings": [asdict(finding) for finding in result.findings],
        "processes": [
            _process_json(result, number, row)
            for number, row in enumerate(result.verdicts.to_pylist())
        ],
    }


def process_json(result: RouteMapResult, process: str) -> dict[str, Any]:
    """One process as plain values, with its shares under every policy. Raises `NotFound`."""
    verdict = process_verdict(result, process)
    row = result.verdicts.column("process").to_pylist().index(process)
    return _process_json(result, row, verdict)


def _process_json(result: RouteMapResult, number: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "liability": [_share_json(share) for share in row["liability"]],
        "liability_by_policy": {
            name: [_share_json(share) for share in liability[number].as_py()]
            for name, liability in result.liability.items()
        },
    }


def _minutes_json(row: Minutes) -> dict[str, Any]:
    named = {key: value for key, value in asdict(row).items() if value != ""}
    return {**named, "net_min": row.net_min}


def _share_json(share: dict[str, Any]) -> dict[str, Any]:
    return {**share, "share": share["share_ppm"] / WHOLE}
