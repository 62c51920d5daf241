"""Quoting a promise from the network in force, or from the bundled one without a workspace."""

from __future__ import annotations

from pathlib import Path

from datecertain.errors import NotFound
from datecertain.moments import DAY, zone
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.promise.asking import Ask
from datecertain.promise.expected import History, read_history
from datecertain.promise.quoting import quoter_of
from datecertain.promise.routes import Route
from datecertain.promise.telling import told_quote
from datecertain.promise.told import QuoteTold
from datecertain.wording import Words

#: A workspace's history, in its folder.
HISTORY_FILE = "expected.csv"


def quote_one(
    ask: Ask, words: Words, workspace: Path | None = None, history: Path | None = None
) -> QuoteTold:
    """One quote, told, by the network in force; with the history of a file, or of the workspace.

    Raises `UnknownPlace`, `UsageError`, `BadMoment`, `NotFound`.
    """
    return told_quote(network_in_force(workspace), ask, words, history_of(workspace, history))


def ask_now(network: Network, route: Route, clock: Clock) -> Ask:
    """A question for the present moment, on the clock of the origin; where that local time occurs
    twice, the reading that it is now.

    Raises `UnknownPlace`, `UsageError`.
    """
    now = clock.now()
    name = network.zone_names[quoter_of(network).resolved(route).zone]
    day, minute = (int(part) for part in zone(name).to_local(now))
    return Ask(route, day, minute, day * DAY + minute - now)


def history_of(workspace: Path | None, file: Path | None) -> History | None:
    """The history of a file, else of the workspace where it holds one.

    Raises `NotFound`, `UsageError`.
    """
    path = file
    if path is None and workspace is not None and (workspace / HISTORY_FILE).is_file():
        path = workspace / HISTORY_FILE
    if path is None:
        return None
    if not path.is_file():
        raise NotFound(f"{path} is not there: make it with `datecertain expected`")
    return read_history(path.read_bytes().decode(errors="replace"), str(path))


def network_in_force(workspace: Path | None) -> Network:
    """The network in force in a workspace, the bundled one without a workspace. The stores are
    loaded only when there is one to open.

    Raises `NotFound`, `StoreError`.
    """
    if workspace is None:
        return bundled_ready()
    from datecertain.operations.networks import current_network  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        return current_network(opened)
