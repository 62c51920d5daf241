"""The dispatches of a workspace by pair of posts and month: what was advised, what came, what a
carrier last said, and where a message is wanting (req 43, data side)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import UsageError
from datecertain.messages import Transport
from datecertain.moments import date_of
from datecertain.network import Network
from datecertain.operations.networks import current_network, demand_posts
from datecertain.store import Workspace
from datecertain.tracking.dispatches import Dispatch, dispatches
from datecertain.tracking.transport_facts import stored_transport

#: A dispatch is asked after when no RESDES came within so many days of its PREDES.
DAYS = 7
#: Messages about a month's dispatches come in so many months before it and after it.
_BEFORE, _AFTER = 1, 3


@dataclass(frozen=True, slots=True)
class PairDispatch:
    """A dispatch with the posts of its offices; where an office's post is not known, the country
    in its code."""

    origin: str
    destination: str
    told: Dispatch


@dataclass(frozen=True, slots=True)
class DispatchList:
    """The dispatches of a pair and month, by pair and number. `overdue` were advised, and no RESDES
    came within `days`; `unadvised` have receptacles that no PREDES names, though they were handed
    to a carrier or received."""

    as_of: int
    days: int
    dispatches: tuple[PairDispatch, ...]

    @property
    def overdue(self) -> tuple[PairDispatch, ...]:
        """Dispatches perhaps never received."""
        return tuple(one for one in self.dispatches if one.told.overdue(self.as_of, self.days))

    @property
    def unadvised(self) -> tuple[PairDispatch, ...]:
        """Dispatches with receptacles without PREDES."""
        return tuple(one for one in self.dispatches if one.told.unadvised)


def list_dispatches(
    workspace: Workspace, as_of: int, pair: str = "", period: str = "", days: int = DAYS
) -> DispatchList:
    """The dispatches from one post to another (`CN-ES`; empty: all) whose PREDES, or first word
    where none came, is of a month (`2026-10`; empty: any).

    Raises `UsageError` for a pair of another form, `NotFound` for a post that is not known.
    """
    network = current_network(workspace)
    wanted = _pair(pair, network)
    months = months_about(period) if period else None
    found = []
    for one in dispatches(_told(workspace, months), _items(workspace, months)):
        sides = _post(one.origin, network), _post(one.destination, network)
        if wanted in (None, sides) and (not period or _month(one) == period):
            found.append(PairDispatch(*sides, one))
    found.sort(key=lambda one: (one.origin, one.destination, one.told.number))
    return DispatchList(as_of, days, tuple(found))


def _pair(text: str, network: Network) -> tuple[str, str] | None:
    if not text:
        return None
    origin, _, destination = text.partition("-")
    if not (origin and destination):
        raise UsageError(f"pair {text!r}: write the posts of origin and destination, such as CN-ES")
    demand_posts(network, origin, destination)
    return origin, destination


def _post(office: str, network: Network) -> str:
    known = network.office(office)
    return known.post if known is not None else office[:2]


def _month(one: Dispatch) -> str:
    return "" if one.first_day is None else date_of(one.first_day).isoformat()[:7]


def months_about(period: str) -> list[str]:
    """The months in which messages about a month's dispatches can lie."""
    year, month = int(period[:4]), int(period[5:])
    months = []
    for number in range(-_BEFORE, _AFTER + 1):
        years, index = divmod(month - 1 + number, 12)
        months.append(f"{year + years:04d}-{index + 1:02d}")
    return months


def _told(workspace: Workspace, months: list[str] | None) -> Transport:
    """The rows about receptacles and statuses; items are counted apart, there are many."""
    empty = {name: workspace.facts(name).arrow(months=[]) for name in ("contained", "legs")}
    full = {
        name: workspace.facts(name).arrow(months=months)
        for name in ("receptacles", "carrier_events")
    }
    return stored_transport(empty | full)


def _items(workspace: Workspace, months: list[str] | None) -> dict[str, int]:
    """Items by dispatch, as PREDES puts them in."""
    rows = workspace.facts("contained").arrow(
        ["dispatch", "item_id"], pc.field("kind") == "advised", months=months
    )
    counted = pa.TableGroupBy(rows, ["dispatch"]).aggregate([("item_id", "count_distinct")])
    numbers = counted["item_id_count_distinct"].to_pylist()
    return dict(zip(counted["dispatch"].to_pylist(), numbers, strict=True))


def as_row(one: PairDispatch) -> dict[str, Any]:
    """A dispatch as a program reads it; moments and dates as numbers."""
    told = one.told
    sets = ("advised", "consigned", "received", "missing", "excess", "unadvised", "unanswered")
    return {
        "dispatch": told.number, "origin": one.origin, "destination": one.destination,
        "month": _month(told) or None, "items": told.items,
        **{name: sorted(getattr(told, name)) for name in sets},
    }  # fmt: skip
