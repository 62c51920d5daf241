"""Shadow runs as plain data, and the reason of a verdict in a line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datecertain.moments import format_date, format_utc
from datecertain.operations.shadow_runs import ShadowRun
from datecertain.verdict.telling import days_text, reason_text
from datecertain.wording import Words


def why(row: dict[str, Any], speak: Words) -> str:
    """Our own reason in a line: what the verdict rests on."""

    def day(name: str) -> str:
        return "–" if row[name] is None else speak.date(row[name])

    reason = row["outcome_reason"] or row["cause"] or ""
    if row["outcome"] == "late_liable":
        told = speak.say(f"leg.{row['cause']}")
    else:
        told = reason_text(reason, speak) if reason else "–"
    return speak.say(
        f"shadow.why.{row['outcome']}", promised=day("promised_on"), on=day("stopped_on"),
        days=days_text(max(row["days_late"] or 0, 0), speak), reason=told,
        excused=days_text(row["days_excused"] or 0, speak),
    )  # fmt: skip


def differences(run: ShadowRun) -> list[dict[str, Any]]:
    """The items of which the two say something else."""
    return [row for row in run.rows.to_pylist() if row["compared"].startswith("differ_")]


def shadow_as_json(run: ShadowRun, shown: list[dict[str, Any]], speak: Words) -> dict[str, Any]:
    """A shadow run for programs, with the differences that are to be shown."""
    return {
        "lane": run.lane, "period": run.period, "as_of": format_utc(run.as_of),
        "terms": run.terms, "network_version": run.network_version,
        **asdict(run.totals),
        "differences": [plain_row(row) | {"why": why(row, speak)} for row in shown],
        "findings": [str(one) for one in run.findings],
    }  # fmt: skip


def plain_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its dates as texts."""
    dates = ("promised_on", "stopped_on")
    return {
        name: format_date(value) if name in dates and value is not None else value
        for name, value in row.items()
    }
