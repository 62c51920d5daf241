"""Rows of one item and columns of a month go through the same set rules: here is where they run."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pyarrow as pa

from datecertain.store import Workspace


def beside(
    events: nw.LazyFrame[Any], workspace: Workspace, table: pa.Table
) -> nw.LazyFrame[Any]:  # fmt: skip
    """A table to be joined with events: where they are, in the engine or in memory.

    The same set rules run on both. An item's dozen of events, already looked up, are joined in
    memory sooner than the engine can plan it (4 ms for 60: measured)."""
    frame: nw.LazyFrame[Any]
    if events.implementation.is_pyarrow():
        frame = nw.from_native(table).lazy()
    else:
        frame = nw.from_native(workspace.engine.from_arrow(table))
    return frame


def collected(frame: nw.LazyFrame[Any]) -> pa.Table:
    """The rows of a frame of either kind."""
    return frame.collect("pyarrow").to_native()
