"""What ways answer about runs in the background."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict

from datecertain.door.runs import Run


class RunTold(TypedDict):
    """A run: what it does, how far it has come, its answer (as the command's `--json`), or why it
    failed. Moments are UTC seconds."""

    run_id: str
    kind: str
    by: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    begun_at: int
    ended_at: int | None
    done: int
    total: int
    result: dict[str, Any] | None
    problem: dict[str, Any] | None


def run_told(run: Run, *, whole: bool = True) -> dict[str, Any]:
    """A run as it is told; its answer only where it is told as a `whole`."""
    return {
        "run_id": run.run_id, "kind": run.kind, "by": run.by, "state": str(run.state),
        "begun_at": run.begun_at, "ended_at": run.ended_at, "done": run.done, "total": run.total,
        "result": run.result if whole else None, "problem": run.problem,
    }  # fmt: skip
