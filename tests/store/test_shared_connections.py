"""Readers share connections to the records, and read an answer in one transaction (record 30)."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import insert, select

from datecertain.store import Workspace, records


def note(workspace: Workspace, value: str) -> None:
    with workspace.writing() as connection:
        connection.execute(insert(records.settings).values(key=f"note-{value}", value=value))


def noted(workspace: Workspace) -> set[str]:
    of_notes = select(records.settings.c.value).where(records.settings.c.key.like("note-%"))
    with workspace.reading() as view:
        return set(view.connection.execute(of_notes).scalars())


def test_what_is_read_in_a_block_of_holding_is_of_one_moment(folder: Path) -> None:
    with (
        Workspace.open(folder, write=True) as writer, Workspace.open(folder) as reader,
        ThreadPoolExecutor(1) as beside,
    ):  # fmt: skip
        note(writer, "a")
        with reader.holding():
            assert noted(reader) == {"a"}
            note(writer, "b")
            with reader.holding():
                assert noted(reader) == {"a"}
            assert noted(reader) == {"a"}
            # A transaction is one thread's: another one reads by itself.
            assert beside.submit(noted, reader).result() == {"a", "b"}
        assert noted(reader) == {"a", "b"}
        with pytest.raises(ZeroDivisionError), reader.holding():
            assert 1 // len(noted(reader) - {"a", "b"})
        note(writer, "c")
        assert noted(reader) == {"a", "b", "c"}


def test_a_connection_that_was_left_to_others_is_not_given_to_a_file_that_took_its_place(
    tmp_path: Path,
) -> None:
    for name in ("one", "other"):
        Workspace.init(tmp_path / name)
        with Workspace.open(tmp_path / name, write=True) as workspace:
            note(workspace, name)
    for _ in range(2):  # the second one has the connection of the first
        with Workspace.open(tmp_path / "one") as workspace:
            assert noted(workspace) == {"one"}
    (tmp_path / "other" / "records.db").replace(tmp_path / "one" / "records.db")
    for beside in tmp_path.glob("one/records.db-*"):
        beside.unlink()
    with Workspace.open(tmp_path / "one") as workspace:
        assert noted(workspace) == {"other"}


def test_readers_leave_a_bounded_number_of_connections_open(tmp_path: Path) -> None:
    def open_files() -> int:
        here = Path("/proc/self/fd")
        if not here.is_dir():
            pytest.skip("only Linux tells which files a process has open")
        names = [os.readlink(one) for one in here.iterdir() if one.is_symlink() and one.exists()]
        return sum(name.startswith(str(tmp_path)) for name in names)

    for number in range(20):
        Workspace.init(tmp_path / str(number))
    for number in range(20):
        with Workspace.open(tmp_path / str(number)) as workspace:
            noted(workspace)
    assert open_files() <= 8 * 3  # a connection has the file, its log and the log's index


def test_many_readers_at_once_do_not_wait_for_each_others_connections(folder: Path) -> None:
    many = 24
    together = Barrier(many, timeout=20)

    def read(_: int) -> set[str]:
        with Workspace.open(folder) as one, one.holding():
            together.wait()  # all hold a connection, and each wants a second one
            with Workspace.open(folder) as other:
                return noted(one) | noted(other)

    with Workspace.open(folder, write=True) as writer:
        note(writer, "a")
    with ThreadPoolExecutor(many) as pool:
        assert list(pool.map(read, range(many))) == [{"a"}] * many


def test_a_process_that_read_while_it_wrote_leaves_no_log_behind(local_folder: Path) -> None:
    with Workspace.open(local_folder, write=True) as writer:
        note(writer, "a")
    program = (
        "from pathlib import Path; from datecertain.store import Workspace\n"
        f"with Workspace.open({str(local_folder)!r}, write=True) as writer:\n"
        f"    with Workspace.open({str(local_folder)!r}) as reader, reader.reading(): pass\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert not list(local_folder.glob("records.db-*"))
