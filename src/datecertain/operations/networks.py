"""Which network a workspace works with.

Every version that was ever in force stays in the records, as text, so that a promise is replayed
by exactly the network that gave it (req 9).
"""

from __future__ import annotations

import gzip
import json

from sqlalchemy import Connection, insert, select

from datecertain.errors import NotFound
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import ready
from datecertain.store import Workspace
from datecertain.store.records import network_versions, settings

_CURRENT = "network_version"


def publish_network(workspace: Workspace, network: Network, clock: Clock) -> str:
    """Make a network the one in force for new promises; its version. Old versions stay."""
    content = gzip.compress(json.dumps(dict(network.data.texts)).encode(), mtime=0)
    with workspace.writing() as connection:
        known = connection.execute(
            select(network_versions.c.version).where(network_versions.c.version == network.version)
        ).scalar()
        if known is None:
            connection.execute(
                insert(network_versions).values(
                    version=network.version, name=network.data.name, published_at=clock.now(),
                    known_at=clock.now(), content=content,
                )
            )  # fmt: skip
        connection.execute(settings.delete().where(settings.c.key == _CURRENT))
        connection.execute(insert(settings).values(key=_CURRENT, value=network.version))
    return network.version


def current_version(workspace: Workspace) -> str | None:
    """The version of the network in force in a workspace; None when none was published."""
    with workspace.reading() as view:
        found = view.connection.execute(
            select(settings.c.value).where(settings.c.key == _CURRENT)
        ).scalar()
    return None if found is None else str(found)


def version_in_force(connection: Connection, at: int) -> str | None:
    """The version that was put in force last by a moment; None when none was yet. A version that
    was put in force again counts from its first time."""
    found = connection.execute(
        select(network_versions.c.version)
        .where(network_versions.c.published_at <= at)
        .order_by(network_versions.c.published_at.desc(), network_versions.c.version)
    ).first()
    return None if found is None else str(found[0])


def current_network(workspace: Workspace) -> Network:
    """The network in force in a workspace. Raises `NotFound` when none was published."""
    version = current_version(workspace)
    if version is None:
        raise NotFound(f"{workspace.path} has no network yet: run `datecertain network publish`")
    return network_of_version(workspace, version)


def network_of_version(workspace: Workspace, version: str) -> Network:
    """A network version from the records, compiled arrays from the cache if they are there.

    Raises `NotFound` for a version that was never in force here.
    """
    with workspace.reading() as view:
        content = view.connection.execute(
            select(network_versions.c.content).where(network_versions.c.version == version)
        ).scalar()
    if content is None:
        raise NotFound(f"network version {version} was never in force in {workspace.path}")
    return ready(Network.as_published(json.loads(gzip.decompress(content)), version))
