"""Where volumes come from: a file, what was imported before, or the workspace's own acceptance
records and verdicts. All give rows of `planning.volume_rows.VOLUMES`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv
from sqlalchemy import func, insert, select

from datecertain.claims.money import minor_digits
from datecertain.errors import NotFound, UsageError
from datecertain.findings import Finding, Severity
from datecertain.operations.claim_rows import standing_refunds
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import standing_columns
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.planning.volume_rows import SEGMENTS, VOLUMES, ReadVolumes, volume_rows
from datecertain.quality.figures import JUDGED
from datecertain.store import Workspace
from datecertain.store.claim_records import refunds
from datecertain.store.volume_records import monthly_volumes, volume_imports
from datecertain.tracking.events import audience
from datecertain.verdict.outcomes import Outcome

Told = Callable[[int, int], None]


def read_table(path: Path) -> tuple[pa.Table, list[Finding]]:
    """The table in a CSV (`.csv`, `.csv.gz`) or Parquet file, CSV columns as text; and the rows of
    a CSV that have another number of columns, which are left out.

    Raises `NotFound`, `UsageError`.
    """
    if not path.is_file():
        raise NotFound(f"{path} is not there: give a CSV or Parquet file")
    findings = list[Finding]()

    def left_out(row: csv.InvalidRow) -> str:
        findings.append(Finding(
            "row-columns", Severity.ERROR, path.name, f"row {row.number - 1}",
            f"{row.actual_columns} columns where the first line names {row.expected_columns}",
        ))  # fmt: skip
        return "skip"

    try:
        if path.suffix == ".parquet":
            return pq.read_table(path), findings
        with csv.open_csv(path, parse_options=csv.ParseOptions(
            invalid_row_handler=lambda row: "skip")) as found:  # fmt: skip
            names = found.schema.names
        table = csv.read_csv(
            path, csv.ReadOptions(use_threads=False),
            csv.ParseOptions(invalid_row_handler=left_out),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )  # fmt: skip
        return table, findings
    except pa.ArrowException as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def as_written(findings: Iterable[Finding], left_out: Sequence[Finding]) -> list[Finding]:
    """Findings about the rows of a table (`row 3`), by their place in the file that rows were left
    out of; those first."""
    gone = [int(one.position.removeprefix("row ")) for one in left_out]
    told = list(left_out)
    for one in findings:
        if gone and one.position.startswith("row "):
            row = int(one.position.removeprefix("row "))
            for place in gone:
                row += place <= row
            one = replace(one, position=f"row {row}")  # noqa: PLW2901 - the same finding, moved
        told.append(one)
    return told


def read_volumes(path: Path) -> ReadVolumes:
    """The volumes in a file. Raises `NotFound`, `UsageError`."""
    table, left_out = read_table(path)
    read = volume_rows(table, path.name)
    findings = tuple(as_written(read.findings, left_out))
    return ReadVolumes(read.rows, read.set_aside + len(left_out), findings)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file of volumes."""

    import_id: str
    rows: int
    set_aside: int
    already_there: bool
    findings: tuple[Finding, ...]


def import_volumes(workspace: Workspace, path: Path, clock: Clock, actor: str) -> Imported:
    """Keep the volumes of a file; of lane-months that were told before, this one counts from now
    on. The same rows again are kept once. Raises `NotFound`, `UsageError`."""
    read = read_volumes(path)
    if not read.rows.num_rows:
        raise UsageError(f"{path} has no row that can be used: nothing was imported")
    sink = pa.BufferOutputStream()
    csv.write_csv(read.rows, sink)
    import_id = hashlib.sha256(sink.getvalue()).hexdigest()
    with workspace.writing() as connection:
        last = connection.execute(select(func.max(volume_imports.c.seq))).scalar() or 0
        known = connection.execute(
            select(volume_imports.c.seq).where(volume_imports.c.import_id == import_id)
        ).scalar()
        if known is None:
            connection.execute(
                insert(volume_imports).values(
                    import_id=import_id, seq=last + 1, name=path.name, rows=read.rows.num_rows,
                    set_aside=read.set_aside, at=clock.now(), actor=actor,
                )
            )  # fmt: skip
            rows = [
                row | {"import_id": import_id, "line": line, "owner": row["origin"],
                       "audience": audience(row["origin"], row["destination"])}
                for line, row in enumerate(read.rows.to_pylist(), 1)
            ]  # fmt: skip
            connection.execute(insert(monthly_volumes), rows)
    return Imported(
        import_id, read.rows.num_rows, read.set_aside, known is not None, read.findings
    )  # fmt: skip


def imported_volumes(workspace: Workspace) -> pa.Table:
    """The rows that count: of each lane and month those of the last import that tells it."""
    table = monthly_volumes.c
    columns = [table[name] for name in VOLUMES.names]
    ordered = (
        select(*columns, volume_imports.c.seq)
        .join(volume_imports, volume_imports.c.import_id == table.import_id)
        .order_by(table.month, table.origin, table.destination, volume_imports.c.seq, table.line)
    )
    with workspace.reading() as view:
        rows = view.connection.execute(ordered).mappings().all()
    last = {(row["month"], row["origin"], row["destination"]): row["seq"] for row in rows}
    kept = [
        {name: row[name] for name in VOLUMES.names}
        for row in rows
        if last[row["month"], row["origin"], row["destination"]] == row["seq"]
    ]
    return pa.Table.from_pylist(kept, schema=VOLUMES)


_COUNTED = ("item_key", "item_id", "accepted_at", "origin", "destination", "contents", "product",
            "currency", "postage_minor", "month")  # fmt: skip


def accepted_volumes(
    workspace: Workspace, told: Told = lambda done, total: None
) -> pa.Table:  # fmt: skip
    """The acceptance records of a workspace counted by month, lane, contents and product, with the
    postage paid, and of months that were judged how many were on time.

    Raises `NotFound` when nothing was accepted.
    """
    months = list(workspace.facts(ITEMS_TABLE).months)
    if not months:
        raise NotFound(f"{workspace.path} holds no acceptance record: run `datecertain ingest`")
    counted = list[pa.Table]()
    for number, month in enumerate(months):
        told(number, len(months))
        items = current_items(workspace, None, columns=_COUNTED, months=[month])
        with workspace.reading() as view:
            stood = standing_refunds(view.connection, refunds.c.month == month)
        paid = {key: one.amount_minor for key, one in stood.items()}
        verdicts = standing_columns(workspace, month, ("outcome",))
        counted.append(_counted(items, verdicts, paid))
    told(len(months), len(months))
    return pa.concat_tables(counted)


_SUMMED = ("revenue", "refunds", "judged", "on_time")


def _counted(items: pa.Table, verdicts: pa.Table, paid: Mapping[str, int]) -> pa.Table:
    """`paid`: item key → what stands of its refund, in the minor units of its postage."""
    place = pc.index_in(items["item_key"], verdicts["item_key"].combine_chunks())
    outcome = (
        verdicts["outcome"].take(place) if len(verdicts) else pa.nulls(len(items), pa.string())
    )
    judged = pc.is_in(outcome, pa.array([str(one) for one in JUDGED]))
    on_time = pc.fill_null(pc.equal(outcome, str(Outcome.ON_TIME)), False)
    keys = ("month", "origin", "destination", "contents", "product", "currency")
    rows = items.select(keys)
    rows = rows.set_column(4, "product", pc.fill_null(rows["product"], ""))
    rows = rows.append_column("revenue", _hundredths(items["postage_minor"], items["currency"]))
    amounts = pa.array(paid.values(), pa.int64())
    refund = amounts.take(pc.index_in(items["item_key"], pa.array(paid.keys(), pa.string())))
    refund = pc.fill_null(refund, 0)
    rows = rows.append_column("refunds", _hundredths(refund, items["currency"]))
    rows = rows.append_column("judged", pc.cast(judged, pa.int64()))
    rows = rows.append_column("on_time", pc.cast(on_time, pa.int64()))
    sums = rows.group_by(list(keys)).aggregate(
        [
            ([], "count_all"),
            *((name, "sum") for name in ("revenue", "refunds", "judged", "on_time")),
        ]
    )
    names = {"items": "count_all", "revenue": "revenue_sum"}
    if len(verdicts):
        names |= {"judged": "judged_sum", "on_time": "on_time_sum", "refunds": "refunds_sum"}
    columns = {name: sums[name] for name in keys}
    columns |= {name: sums[given] for name, given in names.items()}
    size = sums.num_rows
    for field in VOLUMES:
        if field.name not in columns:
            empty = "" if field.name in SEGMENTS else None
            columns[field.name] = pa.array([empty] * size, field.type)
    found = pa.table([columns[name] for name in VOLUMES.names], names=VOLUMES.names).cast(VOLUMES)
    return found.sort_by([(name, "ascending") for name in ("month", *keys[1:])])


def _hundredths(minor: pa.ChunkedArray | pa.Array, currency: pa.ChunkedArray) -> pa.Array:
    """Amounts in hundredths of the currency's unit, whatever its minor unit is."""
    known = pc.unique(currency)
    factors = pa.array([10 ** (2 - minor_digits(one)) for one in known.to_pylist()], pa.int64())
    return pc.multiply(minor, factors.take(pc.index_in(currency, known)))


def chosen_volumes(rows: pa.Table, only: Iterable[str]) -> pa.Table:
    """The rows in which columns have stated values (`contents=documents`, `origin=KR`).

    Raises `UsageError` for a column that cannot be asked about.
    """
    allowed = ("origin", "destination", *SEGMENTS)
    for text in only:
        name, equals, value = text.partition("=")
        if not equals or name not in allowed:
            raise UsageError(
                f"--only {text!r}: write COLUMN=VALUE with one of {', '.join(allowed)}"
            )
        rows = rows.filter(pc.equal(rows[name], value))
    return rows
