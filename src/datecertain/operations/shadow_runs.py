"""The shadow run of a lane: a month of its items promised and judged under terms that are not in
force; nothing is booked, published or written (req 79)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound, UsageError
from datecertain.findings import Finding
from datecertain.moments import parse_date
from datecertain.network import Network, Scope, version_of
from datecertain.network.opening import Offer, as_if_open, guaranteed_products
from datecertain.operations.acceptances import quoted_by
from datecertain.operations.compiled_cache import ready
from datecertain.operations.evidence import (
    current_items,
    event_months,
    event_parts,
    known_cases,
    scans,
    to_judge,
)
from datecertain.operations.judging_units import judging_units
from datecertain.operations.lane_openings import parse_lane
from datecertain.operations.lane_rows import proposals
from datecertain.operations.network_versions import find_network
from datecertain.operations.networks import current_network
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.planning.shadow import ShadowTotals, read_figures, reconcile, totals_of
from datecertain.promise.acceptance import ITEMS
from datecertain.store import Workspace
from datecertain.verdict.judging import JUDGED, judge

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class ShadowRun:
    """A lane's month in the shadow: `rows` is the reconciled table (schema SHADOW)."""

    lane: str
    period: str
    as_of: int
    terms: str  # under what it was judged
    network_version: str
    rows: pa.Table
    totals: ShadowTotals
    findings: tuple[Finding, ...]


def shadow_run(
    workspace: Workspace, lane: str, period: str, as_of: int, *, figures: Path | str | None = None,
    proposal: int | None = None, network: str | None = None,
    told: Told = lambda done, total: None,
) -> ShadowRun:  # fmt: skip
    """Judge a lane's items of a month as if its guarantee had been open: under a proposal, under
    another network (a folder, `bundled` or a version), else under the network in force. `figures`:
    a CSV file, or its text.

    Raises `UsageError`, `NotFound` (no items, no proposal, no file), `NetworkError`.
    """
    origin, destination = parse_lane(lane)
    if proposal is not None and network is not None:
        raise UsageError("give a proposal or a network, not both")
    given, findings = (None, []) if figures is None else _figures(figures)
    under, terms = _under(workspace, (origin, destination), period, proposal, network)
    verdicts = _judged(workspace, under, (origin, destination), period, as_of, told)
    if not len(verdicts):
        raise NotFound(f"{workspace.path} holds no item of {lane} accepted in {period}")
    rows = reconcile(verdicts, given)
    return ShadowRun(
        f"{origin}-{destination}", period, as_of, terms, under.version, rows, totals_of(rows),
        tuple(findings),
    )  # fmt: skip


def _figures(given: Path | str) -> tuple[pa.Table, list[Finding]]:
    name, text = ("figures", given) if isinstance(given, str) else (given.name, _text(given))
    table, findings = read_figures(text, name)
    if not len(table):
        told = "; ".join(str(one) for one in findings[:5])
        raise UsageError(f"{name} has no figure that can be used: {told}")
    return table, findings


def _text(path: Path) -> str:
    if not path.is_file():
        raise NotFound(f"{path} is not there: give a CSV file of figures")
    return path.read_text(encoding="utf-8-sig")


def _under(
    workspace: Workspace, lane: tuple[str, str], period: str, proposal: int | None,
    network: str | None,
) -> tuple[Network, str]:  # fmt: skip
    """The network that the shadow promises and judges by, and what it is called."""
    first = parse_date(f"{period}-01")
    base = find_network(network, workspace.path) if network else current_network(workspace)
    first = min(max(first, base.data.first_day), base.data.last_day)
    if proposal is not None:
        with workspace.reading() as view:
            known = {one.offer.number: one.offer for one in proposals(view.connection)}
        if proposal not in known:
            raise NotFound(f"no proposal {proposal} here: see `datecertain lane list`")
        offer = known[proposal]
        if (offer.origin, offer.destination) != lane:
            raise UsageError(f"proposal {proposal} is of {offer.lane}, not {'-'.join(lane)}")
        offer, terms = replace(offer, from_on=min(offer.from_on, first)), f"proposal {proposal}"
    else:
        sold = guaranteed_products(base, base.post(lane[0]).post, first)
        base.post(lane[1])
        mode = str(base.terms.value(Scope.SENDER, "refund_mode", *lane, first))
        offer = Offer(0, *lane, sold[0] if sold else "", "as it is", mode, first)
        terms = "network " + (network or "in force")
    texts = as_if_open(base, offer)
    return ready(Network.as_published(texts, version_of(texts))), terms


#: Columns of an acceptance record that a quote and a verdict need.
_COLUMNS = tuple(
    name for name in ITEMS.names
    if name not in ("source", "line", "batch_id", "schema_version", "owner", "audience")
)  # fmt: skip


def _judged(
    workspace: Workspace, network: Network, lane: tuple[str, str], period: str, as_of: int,
    told: Told,
) -> pa.Table:  # fmt: skip
    """The verdicts of the lane's items (schema JUDGED), by the same rule as any other."""
    if not workspace.facts(ITEMS_TABLE).partitions(months=(period,)):
        raise NotFound(f"{workspace.path} holds nothing accepted in {period}")
    months = event_months(period)
    cases = known_cases(workspace, network, as_of)
    found, units = [JUDGED.empty_table()], judging_units(workspace, period)
    for done, unit in enumerate(units):
        items = current_items(workspace, unit, columns=_COLUMNS, months=months)
        mine = pc.and_(pc.equal(items["origin"], lane[0]), pc.equal(items["destination"], lane[1]))
        items = items.filter(pc.and_(mine, pc.equal(items["month"], period)))
        if len(items):
            items = _promised(network, items)
            asked = to_judge(network, items)
            numbers = pc.unique(items["item_id"].combine_chunks())
            events = event_parts(workspace, months, unit, numbers=numbers)
            seen = scans(workspace, network, items, asked, events, as_of)
            found.append(judge(network, asked, seen, cases, as_of).table)
        told(done + 1, len(units))
    return pa.concat_tables(found)


def _promised(network: Network, items: pa.Table) -> pa.Table:
    """The records as they would have been taken under the network, the sender told its date."""
    columns = quoted_by(network, items.to_pylist())
    guaranteed = [status == "guaranteed" for status in columns["quote_status"]]
    columns["promised_on"] = [
        day if sure else None for day, sure in zip(columns["standard_on"], guaranteed, strict=True)
    ]
    for name, values in columns.items():
        place, field = items.schema.get_field_index(name), items.schema.field(name)
        items = items.set_column(place, field, pa.array(values, field.type))
    return items
