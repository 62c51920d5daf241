"""Packs over an S3 server: sealed, opened, swept, and noticed when gone (on SQLite)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from s3_server import S3Server
from sqlalchemy import update
from store_cases import NOW, TABLES

from datecertain.errors import StoreDamaged
from datecertain.store import Workspace
from datecertain.store.archive import Kept, Opening, Sealing, sweep
from datecertain.store.archive_records import archive_objects


@pytest.fixture
def at_s3(server: S3Server, bucket: str, tmp_path: Path) -> Path:
    """A new workspace whose facts and packs lie in the bucket."""
    folder = tmp_path / "kr"
    Workspace.init(folder, facts=f"s3://{bucket}/facts")
    with (folder / "datecertain.toml").open("a") as stream:
        stream.write(f'\narchive = "s3://{bucket}/archive"\n[facts_options]\n')
        stream.writelines(f'{key} = "{value}"\n' for key, value in server.options.items())
    return folder


def keep(workspace: Workspace, batch: str, *files: Path) -> None:
    sealing = Sealing(workspace, NOW)
    with workspace.commit("test", batch, now=NOW) as commit:
        sealing.keep(
            batch, [Kept(hashlib.sha256(f.read_bytes()).hexdigest(), f, "KR") for f in files]
        )
        commit.records(sealing.write)


def opened(folder: Path, data: bytes) -> bytes:
    with Workspace.open(folder, tables=TABLES) as workspace, workspace.reading() as view:
        return Opening(workspace, view.connection).read(hashlib.sha256(data).hexdigest())


def test_packs_in_object_storage(
    at_s3: Path, server: S3Server, bucket: str, tmp_path: Path
) -> None:
    small, large = b"UNB+UNOA:3", os.urandom(12 << 20)  # the large one goes up in several parts
    (tmp_path / "small").write_bytes(small)
    (tmp_path / "large").write_bytes(large)
    with Workspace.open(at_s3, tables=TABLES, write=True) as workspace:
        keep(workspace, "one", tmp_path / "small", tmp_path / "large")
        Sealing(workspace, NOW).keep("cut-off", [])  # nothing to keep makes no pack
        (pack,) = [key for key in server.keys(bucket) if key.startswith("archive/")]
        assert sweep(workspace) == []
    assert (opened(at_s3, small), opened(at_s3, large)) == (small, large)
    assert not list((at_s3 / "archive").rglob("*.pack"))

    with Workspace.open(at_s3, tables=TABLES, write=True) as workspace:
        sealing = Sealing(workspace, NOW)  # an attempt that never publishes
        sealing.keep("lost", [Kept(hashlib.sha256(small).hexdigest(), tmp_path / "small", "KR")])
        (lost,) = sweep(workspace)
        assert "lost-" in lost
    assert opened(at_s3, small) == small

    server.delete(bucket, pack)
    with pytest.raises(StoreDamaged, match="is gone: restore it from a backup"):
        opened(at_s3, small)


def test_erased_packs_leave_object_storage(
    at_s3: Path, server: S3Server, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with Workspace.open(at_s3, tables=TABLES, write=True) as workspace:
        keep(workspace, "one", tmp_path / "a")
        with workspace.writing() as connection:
            connection.execute(update(archive_objects).values(sealed_key=None))
        assert len(sweep(workspace)) == 1
    assert [key for key in server.keys(bucket) if key.startswith("archive/")] == []
