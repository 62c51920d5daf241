"""Writing facts: the Delta log through `deltalake`, the Parquet files by ourselves.

The Parquet files are written by pyarrow and only *named* by a Delta commit, so that a batch makes
one commit per table however many inputs it has, and so that every file that must be fsynced is
known by name. A file is called `<batch>-<attempt>-<number>.parquet`: what a batch that never got
published left behind is found by its name.

deltalake's own checkpoints, log clean-up and commit retries are switched off: they would touch
state that is not published yet, or put a commit behind one that another writer slipped in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema
from deltalake.exceptions import DeltaError
from deltalake.schema import Field
from deltalake.transaction import AddAction, RemoveAction

from datecertain.errors import StoreError
from datecertain.store.disk import reason
from datecertain.store.fact_table import BUCKET, MONTH, FactTable
from datecertain.store.facts import FactFile

_CONFIGURATION: Mapping[str, str | None] = {
    "delta.appendOnly": "true",
    "delta.checkpointInterval": "1000000000",
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one batch; both ids stand in the metadata of its Delta commits."""

    batch_id: str
    writer: str

    def file_name(self, number: int) -> str:
        """The name of this attempt's file of that number."""
        return f"{self.batch_id}-{self.writer}-{number:05d}.parquet"

    def made(self, commit_info: Mapping[str, Any]) -> bool:
        """Whether a Delta commit with this metadata was made by this attempt."""
        return (commit_info.get("batch_id"), commit_info.get("writer")) == (
            self.batch_id,
            self.writer,
        )

    def properties(self) -> CommitProperties:
        """The metadata, and no second try: another writer's commit in between is an error."""
        return CommitProperties(
            custom_metadata={"batch_id": self.batch_id, "writer": self.writer},
            max_commit_retries=0,
        )


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A Parquet file that was written and stands in no Delta commit yet."""

    month: str
    bucket: int
    path: str
    size: int
    rows: int


def partition_folder(month: str, bucket: int) -> str:
    """The folder of a partition, below the table."""
    return f"{MONTH}={month}/{BUCKET}={bucket}"


def write_parquet(
    table: FactTable,
    filesystem: pa.fs.FileSystem,
    attempt: Attempt,
    number: int,
    part: tuple[str, int, pa.Table],
) -> WrittenFile:
    """Write the rows of one partition as file `number` of the attempt. Makes no fsync."""
    month, bucket, rows = part
    folder = partition_folder(month, bucket)
    path = f"{folder}/{attempt.file_name(number)}"
    filesystem.create_dir(folder, recursive=True)
    with filesystem.open_output_stream(path) as stream:
        pq.write_table(
            rows,
            stream,
            row_group_size=table.row_group_rows,
            version="2.6",
            **_encoded(table, rows),
        )
        size = stream.tell()
    return WrittenFile(month, bucket, path, size, rows.num_rows)


def _encoded(table: FactTable, rows: pa.Table) -> dict[str, Any]:
    """How the columns are laid down: what is read by the hundred million is read as fast as it can
    be, and takes no more room for it (decision 0020). Numbers as they are, moments by their
    differences, texts by a dictionary unless nearly all differ; texts are told of in the footers
    only where rows are looked up by them."""
    texts = [field.name for field in rows.schema if pa.types.is_string(field.type)]
    return {
        "compression": "lz4",
        "use_dictionary": [name for name in texts if name not in table.distinct] or False,
        "column_encoding": {
            field.name: "DELTA_BINARY_PACKED" for field in rows.schema if field.type == pa.int64()
        },
        "write_statistics": [
            name for name in rows.column_names if name not in texts or name in table.order
        ],
    }


def open_table(location: str, version: int | None, options: dict[str, str] | None) -> DeltaTable:
    """The table at that version; None asks for the latest, which only a writer may do."""
    return DeltaTable(location, version=version, storage_options=options)


def list_files(delta: DeltaTable) -> list[FactFile]:
    """The files of the opened version, by month, bucket and name."""
    actions = pa.table(delta.get_add_actions())
    partition = pa.chunked_array(actions["partition"])
    columns = (
        pc.struct_field(partition, MONTH).to_pylist(),
        pc.struct_field(partition, BUCKET).to_pylist(),
        actions["path"].to_pylist(),
        actions["num_records"].to_pylist(),
        actions["size_bytes"].to_pylist(),
    )
    return sorted(FactFile(*row) for row in zip(*columns, strict=True))


def create_table(
    location: str, table: FactTable, attempt: Attempt, options: dict[str, str] | None
) -> None:
    """Make the table, with version 0 and no rows."""
    DeltaTable.create(
        location,
        _delta_schema(table.schema),
        mode="error",
        partition_by=[MONTH, BUCKET],
        name=table.name,
        configuration=_CONFIGURATION,
        storage_options=options,
        commit_properties=attempt.properties(),
        post_commithook_properties=_NO_HOOKS,
    )


def change(
    delta: DeltaTable,
    table: FactTable,
    files: Iterable[WrittenFile],
    attempt: Attempt,
    options: dict[str, str] | None,
    *,
    now_ms: int,
    removed: Iterable[FactFile] = (),
    rearranged: bool = False,
) -> int:
    """One Delta commit that adds files to the opened version and takes others out of it, and that
    version plus one. `rearranged`: the rows are the same as before, in other files.

    What is taken out stays on the disk, for readers of older versions.

    A commit of the same attempt that is already there (a store that answered "failed" and had not)
    is not repeated. Raises `StoreError` when anything else has been committed in between.
    """
    base = delta.version()
    actions: list[AddAction | RemoveAction] = [
        AddAction(
            path=file.path,
            size=file.size,
            partition_values={MONTH: file.month, BUCKET: str(file.bucket)},
            modification_time=now_ms,
            data_change=not rearranged,
            stats=json.dumps({"numRecords": file.rows}),
        )
        for file in files
    ]
    actions += [
        RemoveAction(
            path=file.path,
            data_change=not rearranged,
            deletion_timestamp=now_ms,
            size=file.size,
            partition_values={MONTH: file.month, BUCKET: str(file.bucket)},
        )
        for file in removed
    ]
    try:
        delta.create_write_transaction(
            actions,
            mode="append",
            schema=delta.schema(),
            partition_by=[MONTH, BUCKET],
            commit_properties=attempt.properties(),
            post_commithook_properties=_NO_HOOKS,
        )
    except (DeltaError, OSError) as error:
        if not _is_there(delta.table_uri, base + 1, attempt, options):
            raise StoreError(
                f"facts table {table.name!r}: version {base + 1} could not be committed: "
                f"{reason(error)}"
            ) from error
    return base + 1


def evolve(delta: DeltaTable, table: FactTable, attempt: Attempt) -> int:
    """Add the declared columns that the stored table lacks; the version that then stands.

    Raises `StoreError` for anything but a new nullable column: a changed type, a column that may
    not be null, one that older files hold and the declaration has otherwise.
    """
    stored = pa.schema(delta.schema().to_arrow())
    check_compatible(table, stored)
    new = [field for field in table.schema if field.name not in stored.names]
    if not new:
        return delta.version()
    delta.alter.add_columns(
        [Field.from_arrow(field) for field in new],
        commit_properties=attempt.properties(),
        post_commithook_properties=_NO_HOOKS,
    )
    return delta.version()


def check_compatible(table: FactTable, stored: pa.Schema) -> None:
    """Raise `StoreError` unless the declaration is the stored schema plus or minus nullables."""
    declared = pa.schema(_delta_schema(table.schema).to_arrow())
    for field in declared:
        if field.name not in stored.names:
            if not field.nullable:
                raise StoreError(
                    f"facts table {table.name!r}: new column {field.name!r} must be nullable: "
                    "rows that are already stored do not have it"
                )
        elif stored.field(field.name) != field:
            raise StoreError(
                f"facts table {table.name!r}: column {field.name!r} is stored as "
                f"{stored.field(field.name)}, declared {field}: columns are only ever added"
            )
    for field in stored:
        if field.name not in declared.names and not field.nullable:
            raise StoreError(
                f"facts table {table.name!r}: column {field.name!r} is stored and never null, "
                "but not declared: keep it"
            )


def commit_infos(delta: DeltaTable, after: int | None) -> dict[int, Mapping[str, Any]]:
    """The commit metadata of the opened version and those before it, down to `after` exclusive."""
    count = None if after is None else delta.version() - after
    if count == 0:
        return {}
    return {int(info["version"]): info for info in delta.history(count)}


def restore(delta: DeltaTable, version: int, attempt: Attempt) -> int:
    """Commit the content of an older version as the newest, and its version number."""
    delta.restore(
        version,
        ignore_missing_files=False,
        protocol_downgrade_allowed=False,
        commit_properties=attempt.properties(),
        post_commithook_properties=_NO_HOOKS,
    )
    return delta.version()


def _is_there(
    location: str, version: int, attempt: Attempt, options: dict[str, str] | None
) -> bool:
    try:
        info = commit_infos(open_table(location, version, options), version - 1)[version]
    except DeltaError:
        return False
    return attempt.made(info)


def _delta_schema(schema: pa.Schema) -> Schema:
    return Schema.from_arrow(schema)
