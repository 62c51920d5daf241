"""The lists of wrong dispatches, receptacles and items to be sent to each post (req 17, 20)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from datecertain.moments import date_of
from datecertain.operations.data_quality import finding_words
from datecertain.quality import DispatchQuality, Kind
from datecertain.wording import Words


def write_dispatch_lists(
    found: DispatchQuality, folder: Path, speak: Words, post: str = ""
) -> list[Path]:
    """The rows to be sent to each post, one CSV a post and kind (`MONTH.POST.KIND.csv`); the paths.

    `says` tells in the language what is wrong. With `post` only that post's lists.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = found.listed
    groups = rows.select(["post", "kind"]).group_by(["post", "kind"]).aggregate([]).to_pylist()
    written = []
    for group in sorted(groups, key=lambda one: (one["post"], list(Kind).index(Kind(one["kind"])))):
        if post in ("", group["post"]):
            mine = pc.and_(
                pc.equal(rows["post"], group["post"]), pc.equal(rows["kind"], group["kind"])
            )
            path = folder / f"{found.month}.{group['post']}.{group['kind']}.csv"
            csv.write_csv(_for_people(rows.filter(mine), speak), path)
            written.append(path)
    return written


def _for_people(rows: pa.Table, speak: Words) -> pa.Table:
    """The rows with dates as text, and a sentence."""
    told = zip(rows["kind"].to_pylist(), rows["name"].to_pylist(), strict=True)
    says = [finding_words(kind, name, speak) for kind, name in told]
    days = [
        None if day is None else date_of(day).isoformat() for day in rows["told_on"].to_pylist()
    ]
    columns = {name: rows[name] for name in rows.column_names}
    return pa.table(columns | {"told_on": pa.array(days, pa.string()), "says": says})
