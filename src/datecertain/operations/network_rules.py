"""Rules declared at a moment: a suspension, its end, a peak's tolerance, a holiday, an office that
closes. One row each, published at once: promises given before keep theirs (req 9, 11, 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datecertain.errors import UsageError
from datecertain.moments import format_utc
from datecertain.network import Network
from datecertain.network.adding import appended, columns_of, standing_row, written
from datecertain.network.rows import Row
from datecertain.network.rule_rows import RULE_ROWS, Condition, contents_class
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import ready
from datecertain.operations.networks import current_network, publish_network
from datecertain.operations.workspaces import open_workspace


@dataclass(frozen=True, slots=True)
class Declared:
    """What a declaration did."""

    file: str
    row: str  # as it stands in the file
    known_from: str  # from when it is in force, UTC
    before: str  # version
    version: str
    already: bool  # the very row was there: nothing was done
    warnings: tuple[str, ...] = ()  # what the check of the network says of the row


def declare(
    workspace: Path, row_class: type[Row], cells: Mapping[str, str], clock: Clock
) -> Declared:
    """Add a row to a file of the network in force, and put the network in force with it.

    `cells`: column → text, empty where the column is not named; `known_from` is the moment of the
    call unless given; contents are written as they are compared. Raises `NetworkError` with every
    finding when the row cannot stand.
    """
    if "contents" in cells:
        cells = {**cells, "contents": contents_class(cells["contents"])}
    now = format_utc(clock.now())
    with open_workspace(workspace, write=True) as opened:
        network = current_network(opened)
        texts = dict(network.data.texts)
        columns = columns_of(row_class, texts.get(row_class.file, ""))
        if strange := [name for name in cells if name not in columns]:
            raise UsageError(f"{row_class.file} has no column {', '.join(strange)}")
        if same := standing_row(texts.get(row_class.file, ""), columns, cells):
            return Declared(row_class.file, same, "", network.version, network.version, True)
        stamp = now if row_class in RULE_ROWS else now[:10]  # older files know dates only
        known = {"known_from": stamp} if "known_from" in columns else {}
        line = written([{**known, **cells}.get(name, "") for name in columns])
        texts = appended(texts, row_class, line)
        declared = Network.from_texts(texts, "the network with that row")
        there = f"row {len(texts[row_class.file].splitlines())}"
        warnings = tuple(
            str(one)
            for one in declared.findings
            if (one.source, one.position) == (row_class.file, there)
        )
        version = publish_network(opened, ready(declared), clock)
    return Declared(row_class.file, line, now, network.version, version, False, warnings)


def resume(workspace: Path, condition: str, source: str, clock: Clock) -> Declared:
    """End a condition for acceptances from now on. Raises `UsageError` when it is not there or
    ended already."""
    with open_workspace(workspace) as opened:
        rows = current_network(opened).data.conditions
    mine = [row for row in rows if row.condition == condition]
    if not mine:
        names = ", ".join(sorted({row.condition for row in rows})) or "none"
        raise UsageError(
            f"no condition {condition!r} in force here; there are: {names}",
            "network.condition",
            condition=condition,
        )
    if any(row.kind == "end" for row in mine):
        raise UsageError(
            f"condition {condition!r} has ended already", "network.ended", condition=condition
        )
    cells = {
        "condition": condition, "kind": "end", "origin": mine[0].origin,
        "destination": mine[0].destination, "source": source,
    }  # fmt: skip
    return declare(workspace, Condition, cells, clock)
