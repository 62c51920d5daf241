"""Rows of what is wrong as files to be sent: one a post and kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from datecertain.quality import Kind


def write_by_post(
    rows: pa.Table, month: str, folder: Path, for_people: Callable[[pa.Table], pa.Table],
    post: str = "",
) -> list[Path]:  # fmt: skip
    """Write the rows (with `post` and `kind`), as people read them, to `MONTH.POST.KIND.csv`; the
    paths, by post and in the order of kinds. With `post` only that post's."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = rows.select(["post", "kind"]).group_by(["post", "kind"]).aggregate([]).to_pylist()
    written = []
    for group in sorted(groups, key=lambda one: (one["post"], list(Kind).index(Kind(one["kind"])))):
        if post in ("", group["post"]):
            mine = pc.and_(
                pc.equal(rows["post"], group["post"]), pc.equal(rows["kind"], group["kind"])
            )
            path = folder / f"{month}.{group['post']}.{group['kind']}.csv"
            csv.write_csv(for_people(rows.filter(mine)), path)
            written.append(path)
    return written
