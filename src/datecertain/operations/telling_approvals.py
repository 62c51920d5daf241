"""Approvals as programs read them: the same plain data by the API and the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from typing_extensions import TypedDict

from datecertain.operations.approvals import Approval


class ApprovalBody(TypedDict):
    """An approval. `post` is null for the central office; `result` is what the operation told, or
    the `reason` why it failed; its form is that of the kind."""

    number: int
    post: str | None
    kind: str
    request: dict[str, Any]
    digest: str
    preview: str
    state: str
    asked_by: str
    asked_at: str
    ends_at: str
    decided_by: str | None
    decided_at: str | None
    note: str
    result: dict[str, Any]
    finished_at: str | None


def told_approval(one: Approval, language: str = "en") -> ApprovalBody:
    """An approval as programs read it, with its preview in a language."""
    return {
        "number": one.number, "post": one.post or None, "kind": one.kind,
        "request": dict(one.request), "digest": one.digest,
        "preview": one.preview_ko if language == "ko" else one.preview_en,
        "state": str(one.state), "asked_by": one.asked_by, "asked_at": _at(one.asked_at) or "",
        "ends_at": _at(one.ends_at) or "", "decided_by": one.decided_by or None,
        "decided_at": _at(one.decided_at), "note": one.note, "result": dict(one.result),
        "finished_at": _at(one.finished_at),
    }  # fmt: skip


def _at(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
