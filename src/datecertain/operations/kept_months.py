"""Months as tariffs are tried on them, kept ready beside the facts (req 47, 76).

Only a cache, in a hidden folder of the workspace, which no backup takes: named after all that a
month was read from, made again when that is another, and without the name of any item.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from datecertain import __version__
from datecertain.durable import folder_beside
from datecertain.network import Network
from datecertain.operations.month_inputs import MonthInputs, reading_digest
from datecertain.settlement import of_period, refund
from datecertain.settlement.unnamed import Reckonable, Unnamed, reckonable, unnamed
from datecertain.store import Workspace

#: Changes with what is kept of a month, and with how it is read from the facts.
_FORMAT = 2
#: The folder of what is kept of months in a workspace.
FOLDER = ".months"
_ITEMS, _REFUNDS = "items.parquet", "refunds.parquet"


def in_full(given: MonthInputs) -> Reckonable:
    """A month as it was read, as tariffs are reckoned on it."""
    own = of_period(given.verdicts, given.period)
    return Reckonable(
        own, given.items, given.sent, given.journeys,
        refund(given.network, own, given.items, given.granted),
    )  # fmt: skip


def kept_month(
    workspace: Workspace, network: Network, month: str, journeys: bool
) -> Reckonable | None:
    """A month as it was kept; None where it is not, or was read from something else."""
    folder = _folder(workspace, network, month, journeys)
    try:
        items, refunds = (
            pq.read_table(folder / name, partitioning=None) for name in (_ITEMS, _REFUNDS)
        )
    except (OSError, pa.ArrowInvalid):
        return None
    return reckonable(Unnamed(items, refunds))


def keep_month(workspace: Workspace, given: MonthInputs, month: Reckonable) -> None:
    """Keep a month in place of what was kept of it before (`write_month`)."""
    write_month(place_of(workspace, given), month)


def place_of(workspace: Workspace, given: MonthInputs) -> Path:
    """Where a month is kept that was read so."""
    journeys = given.journeys is not None
    return _folder(workspace, given.network, given.period.name, journeys)


def write_month(place: Path, month: Reckonable) -> None:
    """Keep a month; it needs no workspace, so it may be done beside other work. Written beside and
    renamed: a reader sees all of it or nothing. What cannot be written (no space, no right) costs
    time, not correctness."""
    kept = unnamed(month)
    if kept is None:
        return
    with contextlib.suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        for old in place.parent.glob(f"{place.name.rpartition('-')[0]}-*"):
            shutil.rmtree(old, ignore_errors=True)
        with folder_beside(place, lasting=False, mode=0o700) as beside:
            for name, table in ((_ITEMS, kept.items), (_REFUNDS, kept.refunds)):
                texts = [f.name for f in table.schema if pa.types.is_string(f.type)]
                pq.write_table(table, beside / name, use_dictionary=texts)


def forget_months(workspace: Workspace) -> None:
    """Remove what is kept of months: their facts may have been erased (req 59)."""
    shutil.rmtree(workspace.path / FOLDER, ignore_errors=True)


def _folder(workspace: Workspace, network: Network, month: str, journeys: bool) -> Path:
    digest = reading_digest(workspace, network, month, journeys)
    what = f"{month}-{'journeys' if journeys else 'scans'}-{_FORMAT}.{__version__}.{digest}"
    return workspace.path / FOLDER / what
