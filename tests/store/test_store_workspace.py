"""The workspace folder: made once, opened by name, damage and mistakes told in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from store_cases import TABLES, published_numbers, write_batch

from datecertain.errors import NotFound, StoreDamaged, StoreError
from datecertain.store import Settings, Workspace, connect_engine, write_durably
from datecertain.store.settings import read_settings


def test_init_makes_a_workspace_with_embedded_defaults(tmp_path: Path) -> None:
    folder = tmp_path / "posts" / "kr"
    Workspace.init(folder)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
            "archive", "datecertain.toml", "facts", "lock", "master.key", "records.db"
        ]  # fmt: skip
    settings = read_settings(folder)
    assert (settings.records, settings.facts, settings.engine) == (
        "sqlite:///records.db",
        "facts",
        "duckdb",
    )
    with Workspace.open(folder, tables=TABLES) as workspace:
        assert workspace.archive == folder / "archive"
        assert published_numbers(workspace) == set()
    with pytest.raises(StoreError, match="is a workspace already"):
        Workspace.init(folder)


def test_init_that_was_cut_off_can_be_run_again(tmp_path: Path) -> None:
    Workspace.init(tmp_path)
    (tmp_path / "datecertain.toml").unlink()  # it is written last
    with pytest.raises(NotFound, match="is not a workspace"):
        Workspace.open(tmp_path)
    Workspace.init(tmp_path)
    with Workspace.open(tmp_path, tables=TABLES, write=True) as workspace:
        assert not write_batch(workspace, 0).already_published


def test_facts_and_records_may_lie_elsewhere(tmp_path: Path) -> None:
    records = f"sqlite:///{tmp_path / 'safe.db'}"
    Workspace.init(tmp_path / "kr", records=records, facts=str(tmp_path / "big" / "facts"))
    with Workspace.open(tmp_path / "kr", tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        assert workspace.facts("events").files()[0].startswith(str(tmp_path / "big"))
    assert (tmp_path / "safe.db").is_file()


def test_nothing_is_missing_unnoticed(local_folder: Path) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
    (local_folder / "facts" / "verdicts").rename(local_folder / "verdicts")
    with pytest.raises(StoreDamaged, match="version 1 is published but the log is gone"):
        Workspace.open(local_folder, tables=TABLES, write=True)
    (local_folder / "verdicts").rename(local_folder / "facts" / "verdicts")
    (local_folder / "records.db").rename(local_folder / "elsewhere.db")
    for write in (True, False):
        with pytest.raises(StoreDamaged, match="the records are gone"):
            Workspace.open(local_folder, tables=TABLES, write=write)
    (local_folder / "elsewhere.db").rename(local_folder / "records.db")
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        assert published_numbers(workspace) == {0}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "is empty"),
        ("records = 3", "records = 3: expected str"),
        ("engine_threads = true", "engine_threads = True: expected int"),
        ("engine = 'spark'", "engine = 'spark': this release has 'duckdb'"),
        ("records = 'sqlite:///a.db", "correct the file"),
    ],
)
def test_a_wrong_setting_is_explained(local_folder: Path, written: str, message: str) -> None:
    (local_folder / "datecertain.toml").write_text(written)
    with pytest.raises(StoreError, match=re.escape(message)):
        Workspace.open(local_folder)


def test_settings_are_read_as_written(tmp_path: Path) -> None:
    given = Settings(facts='a "b" \\c', engine_threads=2)
    (tmp_path / "datecertain.toml").write_text(
        given.text() + "engine_threads = 2\n[post]\ncode = 'KR'\n[facts_options]\nport = 9000\n"
    )
    found = read_settings(tmp_path)
    assert (found.facts, found.engine_threads) == ('a "b" \\c', 2)
    assert found.config["post"] == {"code": "KR"}
    assert found.facts_options == {"port": "9000"}


def test_the_engine_obeys_its_limits_and_knows_only_utc(local_folder: Path) -> None:
    with (local_folder / "datecertain.toml").open("a") as stream:
        stream.write('engine_threads = 1\nengine_memory = "300MB"\n')
    with Workspace.open(local_folder) as workspace:
        found = workspace.engine.sql(
            "SELECT current_setting('threads'), current_setting('TimeZone'), "
            "current_setting('autoload_known_extensions'), current_setting('temp_directory')"
        ).fetchall()
        assert found == [(1, "UTC", False, str(local_folder / ".spill"))]
        memory = workspace.engine.sql("SELECT current_setting('memory_limit')").fetchall()
        assert memory[0][0].startswith("286")
    with pytest.raises(StoreError, match="engine settings"):
        connect_engine(memory="much")


def test_a_file_is_written_whole_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "archive" / "2026-11" / "interchange.edi"
    write_durably(path, b"UNB+UNOA:1'")
    write_durably(path, b"UNB+UNOA:2'")
    assert path.read_bytes() == b"UNB+UNOA:2'"
    assert [entry.name for entry in path.parent.iterdir()] == ["interchange.edi"]


def test_settings_name_other_places_and_a_file_of_secret_options(tmp_path: Path) -> None:
    (tmp_path / "options.toml").write_text('AWS_REGION = "r"\nAWS_SECRET_ACCESS_KEY = "s"\n')
    options = str(tmp_path / "options.toml")
    Workspace.init(tmp_path / "kr", archive="packs", facts_options_file=options)
    with (tmp_path / "kr" / "datecertain.toml").open("a") as stream:
        stream.write('[facts_options]\nAWS_REGION = "nearer"\n')
    with Workspace.open(tmp_path / "kr") as workspace:
        assert workspace.settings.archive == "packs"
        assert workspace.settings.facts_options == {
            "AWS_REGION": "nearer", "AWS_SECRET_ACCESS_KEY": "s",
        }  # fmt: skip
    (tmp_path / "options.toml").unlink()
    with pytest.raises(StoreError, match=r"facts_options_file .* cannot be read"):
        Workspace.open(tmp_path / "kr")
