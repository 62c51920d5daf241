"""The dispatches of a month in the figures of data quality, and the lists of wrong dispatches,
receptacles and items to be sent to each post (req 17, 20)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages.transport import SCHEMAS
from datecertain.moments import date_of
from datecertain.network import Network
from datecertain.operations.dispatches import months_about
from datecertain.operations.finding_words import finding_words
from datecertain.operations.lists_by_post import write_by_post
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.quality import DispatchQuality, dispatch_quality, event_rules
from datecertain.settlement import Period
from datecertain.store import Workspace
from datecertain.tracking.transport_facts import stored_transport
from datecertain.wording import Words

#: The event that says that an item reached its inward office.
ARRIVAL = "EMD"


def month_dispatches(
    workspace: Workspace, network: Network, month: str, as_of: int
) -> DispatchQuality | None:
    """What the dispatches advised, and the receptacles that came, in a month tell; None where no
    transport message of that time is known."""
    months = months_about(month)
    tables = {name: workspace.facts(name).arrow(months=months) for name in SCHEMAS}
    if not tables["receptacles"].num_rows:
        return None
    period = Period.month(month)
    arrivals = workspace.facts(EVENTS_TABLE).arrow(
        ["item_id", "owner"], pc.field("code") == ARRIVAL, months=months
    )
    items = workspace.facts(ITEMS_TABLE).arrow(["item_id", "origin", "destination"], months=months)
    return dispatch_quality(
        stored_transport(tables), items, arrivals.rename_columns(["item_id", "post"]),
        {office.office: office.post for office in network.data.offices},
        event_rules(period.first_day).dispatches[0], period, as_of,
    )  # fmt: skip


def write_dispatch_lists(
    found: DispatchQuality, folder: Path, speak: Words, post: str = ""
) -> list[Path]:
    """The rows to be sent to each post, one CSV a post and kind (`MONTH.POST.KIND.csv`); the paths.

    `says` tells in the language what is wrong. With `post` only that post's lists.
    """
    return write_by_post(
        found.listed, found.month, folder, lambda rows: _for_people(rows, speak), post
    )


def _for_people(rows: pa.Table, speak: Words) -> pa.Table:
    """The rows with dates as text, and a sentence."""
    told = zip(rows["kind"].to_pylist(), rows["name"].to_pylist(), strict=True)
    says = [finding_words(kind, name, speak) for kind, name in told]
    days = [
        None if day is None else date_of(day).isoformat() for day in rows["told_on"].to_pylist()
    ]
    columns = {name: rows[name] for name in rows.column_names}
    return pa.table(columns | {"told_on": pa.array(days, pa.string()), "says": says})
