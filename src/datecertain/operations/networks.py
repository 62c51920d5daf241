"""Which network a workspace works with.

Every version that was ever in force stays in the records, as text, so that a promise is replayed
by exactly the network that gave it (req 9).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, insert, select

from datecertain.errors import NotFound, UsageError
from datecertain.kept import Kept
from datecertain.moments import Ints, format_utc
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import cache_folder, ready
from datecertain.store import Workspace
from datecertain.store.records import network_publications, network_versions, settings

_CURRENT = "network_version"


def publish_network(
    workspace: Workspace, network: Network, clock: Clock, since: int | None = None
) -> str:
    """Make a network the one in force for new promises; its version. Old versions stay.

    `since`: a moment in the past from which it was in force, for records that are still to come;
    it is not the present one then if another was put in force later. Records that were taken in
    keep the network that quoted them.
    """
    content = gzip.compress(json.dumps(dict(network.data.texts)).encode(), mtime=0)
    now = clock.now()
    if since is not None and since > now:
        raise UsageError(f"{format_utc(since)} has not come yet: leave it out, from now on")
    with workspace.writing() as connection:
        before = publications(connection)
        # A clock that went back, or another machine's, must not hide what is published now.
        at = max([now, *(one.at for one in before)]) if since is None else since
        known = connection.execute(
            select(network_versions.c.version).where(network_versions.c.version == network.version)
        ).scalar()
        if known is None:
            connection.execute(
                insert(network_versions).values(
                    version=network.version, name=network.data.name, published_at=now,
                    known_at=now, content=content,
                )
            )  # fmt: skip
        standing = version_in_force(connection, at)
        if standing is None or standing.version != network.version:
            connection.execute(insert(network_publications).values(version=network.version, at=at))
        current = publications(connection)[-1].version
        connection.execute(settings.delete().where(settings.c.key == _CURRENT))
        connection.execute(insert(settings).values(key=_CURRENT, value=current))
    return network.version


def current_version(workspace: Workspace) -> str | None:
    """The version of the network in force in a workspace; None when none was published."""
    with workspace.reading() as view:
        found = view.connection.execute(
            select(settings.c.value).where(settings.c.key == _CURRENT)
        ).scalar()
    return None if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Publication:
    """A network version, and a moment at which it was put in force."""

    version: str
    at: int


def publications(connection: Connection) -> list[Publication]:
    """Every time that a network was put in force here, in order."""
    rows = connection.execute(
        select(network_publications.c.version, network_publications.c.at).order_by(
            network_publications.c.at, network_publications.c.seq
        )
    )
    return [Publication(row.version, row.at) for row in rows]


def version_in_force(connection: Connection, at: int) -> Publication | None:
    """What was put in force last by a moment; None when nothing was yet."""
    before = [one for one in publications(connection) if one.at <= at]
    return before[-1] if before else None


class NetworksInForce:
    """The networks of a workspace by the moment of an acceptance: a record that comes late is
    quoted by the network that was in force when the item was accepted (req 9). What was accepted
    before any network was in force is quoted by the first."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        with workspace.reading() as view:
            self._published = publications(view.connection)
        self.latest = current_network(workspace)
        self._known = {self.latest.version: self.latest}

    def by_moment(self, accepted_at: Ints) -> Iterator[tuple[Network, Ints]]:
        """Each network and the rows that it answers for."""
        moments = np.array([one.at for one in self._published], dtype=np.int64)
        place = np.maximum(np.searchsorted(moments, accepted_at, side="right") - 1, 0)
        versions = [one.version for one in self._published]
        for number in np.unique(place).tolist():
            yield self._network(versions[number]), np.flatnonzero(place == number)

    def _network(self, version: str) -> Network:
        if version not in self._known:
            self._known[version] = network_of_version(self._workspace, version)
        return self._known[version]


def current_network(workspace: Workspace) -> Network:
    """The network in force in a workspace. Raises `NotFound` when none was published."""
    version = current_version(workspace)
    if version is None:
        raise NotFound(f"{workspace.path} has no network yet: run `datecertain network publish`")
    return network_of_version(workspace, version)


def demand_posts(network: Network, *posts: str) -> None:
    """Raise `NotFound` for a post that a network does not know."""
    for post in posts:
        if post not in network.posts:
            raise NotFound(f"post {post!r} is not known: {', '.join(network.posts)}")


def network_of_version(workspace: Workspace, version: str) -> Network:
    """A network version from the records, compiled arrays from the cache if they are there; read
    once in a process, for a version never changes.

    Raises `NotFound` for a version that was never in force here.
    """
    which = str(workspace.path), version, str(cache_folder())
    return _READ.get(which, lambda: _read(workspace, version))


_READ: Kept[Network] = Kept(4)


def _read(workspace: Workspace, version: str) -> Network:
    with workspace.reading() as view:
        content = view.connection.execute(
            select(network_versions.c.content).where(network_versions.c.version == version)
        ).scalar()
    if content is None:
        raise NotFound(f"network version {version} was never in force in {workspace.path}")
    return ready(Network.as_published(json.loads(gzip.decompress(content)), version))
