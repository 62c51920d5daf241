"""What months come to, kept ready beside the facts: sums by lane, group and day, and the days of a
history, worked out once and anew only when something that they rest on is another.

Only a cache, in the hidden folder of `kept_months`, which no backup takes and which erasing
empties: whole numbers and names of posts, offices and areas, without the number of any item.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from datecertain import __version__
from datecertain.durable import file_beside
from datecertain.network import Network
from datecertain.operations.evidence import event_months
from datecertain.operations.kept_months import FOLDER
from datecertain.operations.tables import (
    EVENTS_TABLE,
    ITEMS_TABLE,
    TRANSPORT_TABLES,
    VERDICTS_TABLE,
)
from datecertain.store import Workspace, request_digest
from datecertain.verdict.outcomes import RULES_VERSION

#: Changes with what is kept of a month, and with how it is worked out.
_FORMAT = 2
#: Of a kind so many are kept of a month: boards of other periods count in other weeks.
_MOST = 4
Columns = Mapping[str, npt.NDArray[Any]]


def month_sums(
    workspace: Workspace, month: str, kind: str, rests_on: Mapping[str, Any],
    make: Callable[[], Columns], most: int = _MOST,
) -> Columns:  # fmt: skip
    """Columns that a month comes to, by all that they rest on; made where they are not kept. Of a
    kind the last `most` are kept."""
    digest = request_digest(dict(rests_on))
    place = workspace.path / FOLDER / f"{month}-{kind}-{_FORMAT}.{__version__}.{digest}.npz"
    try:
        with place.open("rb") as stream, np.load(stream) as found:
            return dict(found)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        pass
    made = make()
    _keep(place, f"{month}-{kind}-", made, most)
    return made


def verdicts_of(workspace: Workspace, month: str) -> dict[str, Any]:
    """What a month's standing verdicts rest on: their files."""
    listed = workspace.facts(VERDICTS_TABLE).listed(months=[month])
    return {"verdicts": sorted(file.path for file in listed)}


def scored_of(workspace: Workspace, network: Network, month: str, as_of: int) -> dict[str, Any]:
    """What a month's scored items rest on beside that: records, network, rules, and what had been
    told of them by a moment. Events that came later are none of it."""
    near = event_months(month)
    told = workspace.facts(EVENTS_TABLE).told_by(as_of, ("event_at", "transmitted_at"), near)
    files = [f"{EVENTS_TABLE}/{file.path}" for file in told]
    for name, months in [(ITEMS_TABLE, [month]), *((one, near) for one in TRANSPORT_TABLES)]:
        files += [f"{name}/{file.path}" for file in workspace.facts(name).listed(months=months)]
    return verdicts_of(workspace, month) | {
        "files": sorted(files), "network": network.version, "rules": RULES_VERSION, "as_of": as_of,
    }  # fmt: skip


def _keep(place: Path, kind: str, made: Columns, most: int) -> None:
    """Written beside and renamed: a reader sees all of it or nothing. What cannot be written (no
    space, no right) costs time, not correctness."""
    with contextlib.suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        old = sorted(place.parent.glob(f"{kind}*"), key=lambda one: one.stat().st_mtime)
        for one in old[: max(len(old) - most + 1, 0)]:
            one.unlink()
        with file_beside(place, lasting=False, mode=0o600) as beside, beside.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **dict(made))
