"""What a request asked for under a key is done once (design: clock and idempotency).

For operations that take no key themselves. The answer is kept when the operation has ended; cut off
between the two, the operation's own rules (a claim is filed once, an act happens in one state) say
what a second try comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from datecertain.operations.clock import Clock
from datecertain.store import Workspace, finish_run, request_digest, run_id, start_run


def once(
    workspace: Workspace, operation: str, key: str | None, request: Mapping[str, Any],
    clock: Clock, do: Callable[[], dict[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """Do it, or give the answer that the same request had under this key before (`key` None: do
    it). Raises `KeyReused` when the key came with another request."""
    if key is None:
        return do()
    before = begun(workspace, operation, key, request, clock)
    if before is not None:
        return before
    answer = do()
    ended(workspace, operation, key, answer, clock)
    return answer


def begun(
    workspace: Workspace, operation: str, key: str, request: Mapping[str, Any], clock: Clock
) -> dict[str, Any] | None:
    """Write down that it is begun; the answer where it was done before. Raises `KeyReused`."""
    digest = request_digest(request)
    with workspace.writing() as connection:
        run = start_run(connection, operation, key, digest, now=clock.now())
    return dict(run.result or {}) if run.finished else None


def ended(
    workspace: Workspace, operation: str, key: str, answer: Mapping[str, Any], clock: Clock
) -> None:
    """Keep the answer."""
    with workspace.writing() as connection:
        finish_run(
            connection, run_id(operation, key), now=clock.now(), counts={}, result=dict(answer)
        )
