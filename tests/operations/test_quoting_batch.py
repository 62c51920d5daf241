"""Files of questions: what comes out, row for row, whatever goes in; and the commands."""

from __future__ import annotations

import csv
import datetime as dt
import io
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import run, say
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.operations.batch_csv import CHUNK_ROWS
from datecertain.operations.clock import FixedClock
from datecertain.operations.quoting import ask_now
from datecertain.operations.quoting_batch import BatchReport, quote_batch
from datecertain.promise.batch import ANSWER, Unsaid
from datecertain.promise.quoting import Route
from datecertain.wording import words
from worlds import small_network

PLAIN = Unsaid(Route("", "", "", ""))
GOOD = "KR:03051,US:10001,2026-11-02T16:10"


@lru_cache(maxsize=1)
def network() -> Network:
    return small_network()


def ask(source: Path, out: Path) -> tuple[BatchReport, list[dict[str, str]]]:
    report = quote_batch(source, network(), PLAIN, words("en"), out)
    return report, list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))


# a line as bytes -> what becomes of it: a status, or the problem
LINES: dict[bytes, str] = {
    b"1,KR:03051,US:10001,2026-11-02T16:10,x": "guaranteed",
    b'2,"KR:03051",US:10001,2026-11-02T16:10,"a ""quoted"", cell"': "guaranteed",
    b"3,KR:03051,US:10001,2026-11-02T16:10,\xec\x84\x9c\xec\x9a\xb8": "guaranteed",
    b"4,KR:03051,US:10001,2026-11-02T16:10,\xbc\xad\xbf\xef": "not_utf8",  # EUC-KR
    b'5,KR:03051,US:10001,2026-11-02T16:10,"open': "line",
    b'6,KR:03051,US:10001,2026-11-02T16:10,a"b,"c': "line",
    b"7,KR:03051,US:10001": "columns",
    b"8,KR:03051,US:10001,2026-11-02T16:10,x,y": "columns",
    b"9,KR:03051,US:10001,2026-11-02T16:1\x000,x": "time",
    b",,,,": "place",
    b"11,KR:03051,US:10001,2026-11-02T16:10,carriage\rreturn": "line",
    b"12,KR:03051,US:10001,2026-11-02T16:10,": "guaranteed",
}


def test_a_bad_line_spoils_itself_and_no_other(tmp_path: Path) -> None:
    source = tmp_path / "asked.csv"
    body = b"\r\n".join([b"id,from,to,at,note", *LINES, b"", b"  ", b"13,KR,US:10001,,"])
    source.write_bytes(b"\xef\xbb\xbf" + body)
    report, rows = ask(source, tmp_path / "told.csv")
    assert report.rows == len(rows) == len(LINES) + 1
    for row, (line, expected) in zip(rows, LINES.items(), strict=False):
        assert row["id"] == line.split(b",")[0].decode()
        assert (row["status"] or "problem") == (
            expected if expected == "guaranteed" else "problem"
        ), line
        assert bool(row["problem"]) == (expected != "guaranteed")
    problems = [what for what in LINES.values() if what != "guaranteed"]
    assert report.problems == {name: problems.count(name) for name in problems} | {"time": 2}
    assert rows[1]["note"] == 'a "quoted", cell'
    assert rows[2]["note"] == "서울"


def test_the_answer_is_what_was_asked_and_the_answers_columns(tmp_path: Path) -> None:
    source, out = tmp_path / "asked.csv", tmp_path / "told.csv"
    source.write_text(f"note,from,to,at\nkept, {GOOD[1:]}\nkept,{GOOD}\n")
    report, rows = ask(source, out)
    assert list(rows[0]) == ["note", "from", "to", "at", *ANSWER]
    assert (rows[1]["due_on"], rows[1]["possession_from"]) == ("2026-11-05", "2026-11-02T16:10")
    assert rows[0]["from"] == " R:03051"
    assert report.as_json()["statuses"] == {"guaranteed": 1}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asked.csv", "told.csv"]


def test_more_rows_than_a_chunk_keep_their_order(tmp_path: Path) -> None:
    source = tmp_path / "asked.csv"
    count = CHUNK_ROWS + 3
    with source.open("w") as stream:
        stream.write("id,from,to,at\n")
        for row in range(count):
            stream.write(f"{row},{GOOD if row % 1000 else 'nowhere,,'}\n")
    seen: list[tuple[int, int]] = []
    report = quote_batch(
        source, network(), PLAIN, words("en"), tmp_path / "told.csv",
        lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    with (tmp_path / "told.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["id"] for row in rows] == [str(row) for row in range(count)]
    assert all(bool(row["problem"]) == (int(row["id"]) % 1000 == 0) for row in rows)
    assert report.rows == count
    assert seen[-1] == (count, count)
    assert len(seen) == 2


def test_parquet_and_csv_tell_the_same(tmp_path: Path) -> None:
    at = [dt.datetime(2026, 11, 2, 16, 10), dt.datetime(2026, 11, 1, 1, 30), None]  # noqa: DTZ001
    table = pa.table(
        {
            "from": pa.array(["KR:03051", "US:10001", "ZZ"]).dictionary_encode(),
            "to": pa.array(["US:10001", "KR:03051", None], pa.large_string()),
            "at": pa.array(at, pa.timestamp("us")),
            "weight_g": pa.array([500, None, 3], pa.int32()),
            "carried": pa.array([[1], [], None], pa.list_(pa.int64())),
        }
    )
    asked = tmp_path / "asked.parquet"
    pq.write_table(table, asked)
    report = quote_batch(asked, network(), PLAIN, words("en"), tmp_path / "told.parquet")
    quote_batch(asked, network(), PLAIN, words("en"), tmp_path / "told.csv")
    told = pq.read_table(tmp_path / "told.parquet")
    assert told.select(table.column_names).to_pylist() == table.to_pylist()
    assert told.schema.field("carried").type == table.schema.field("carried").type
    assert told["due_on"].to_pylist() == [dt.date(2026, 11, 5), dt.date(2026, 11, 6), None]
    assert report.problems == {"place": 1}
    with (tmp_path / "told.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["due_on"] for row in rows] == ["2026-11-05", "2026-11-06", ""]
    assert [row["status"] for row in rows] == [one or "" for one in told["status"].to_pylist()]
    assert rows[2]["problem"] == told["problem"].to_pylist()[2]


def test_csv_in_parquet_out(tmp_path: Path) -> None:
    source = tmp_path / "asked.csv"
    source.write_bytes(f"from,to,at,note\n{GOOD},\xff\n{GOOD},y\n".encode("latin-1"))
    quote_batch(source, network(), PLAIN, words("ko"), tmp_path / "told.parquet")
    told = pq.read_table(tmp_path / "told.parquet").to_pylist()
    assert [row["status"] for row in told] == [None, "guaranteed"]
    assert "UTF-8" in told[0]["problem"]


# name of the file -> its bytes, and what the refusal says
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "no column"),
    "header.csv": (b"from,to,at\n", "no row"),
    "blank.csv": (b"from,to,at\n\n\n", "no row"),
    "columns.csv": (b"a,b\n1,2\n", "'from'"),
    "utf16.csv": ("from,to,at\n".encode("utf-16"), "UTF-8"),
    "quote.csv": (b'from,"to,at\n', "header"),
    "torn.parquet": (b"PAR1 and no more", "not a Parquet file"),
    "named.csv": (f"from,to,at,due_on\n{GOOD},x\n".encode(), "'due_on'"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_of_which_nothing_can_be_read_is_refused(name: str, tmp_path: Path) -> None:
    content, said = UNREADABLE[name]
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        ask(source, tmp_path / "told.csv")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_parquet_column_that_says_nothing_is_refused(tmp_path: Path) -> None:
    moments = pa.array([0], pa.timestamp("us", tz="UTC"))
    pq.write_table(pa.table({"from": ["KR"], "to": ["US"], "at": moments}), tmp_path / "a.parquet")
    with pytest.raises(UsageError, match=r"'at'.*time zone"):
        ask(tmp_path / "a.parquet", tmp_path / "told.csv")


def test_files_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "asked.csv"
    source.write_text(f"from,to,at\n{GOOD}\n")
    with pytest.raises(NotFound):
        ask(tmp_path / "nowhere.csv", tmp_path / "told.csv")
    with pytest.raises(UsageError, match=r"\.parquet"):
        ask(source, tmp_path / "told.xlsx")
    with pytest.raises(UsageError, match="another file"):
        ask(source, source)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.binary(max_size=60).filter(lambda raw: b"\n" not in raw), max_size=6))
def test_any_bytes_give_one_row_a_line(tmp_path: Path, lines: list[bytes]) -> None:
    source = tmp_path / "asked.csv"
    source.write_bytes(b"\n".join([b"from,to,at", GOOD.encode(), *lines, GOOD.encode()]))
    report, rows = ask(source, tmp_path / "told.csv")
    empty = sum(not line.decode(errors="replace").strip() for line in lines)
    assert report.rows == len(rows) == len(lines) + 2 - empty
    assert rows[0]["due_on"] == rows[-1]["due_on"] == "2026-11-05"
    assert report.statuses.total() + report.problems.total() == report.rows


# words after `quote` -> what the refusal says; each ends with code 2
MISUSE = {
    ("--week",): "--from",
    ("--from", "KR:03051"): "--to",
    ("--from", "KR:03051", "--to", "US:10001", "--week", "--by", "2026-12-01"): "different",
    ("--from", "KR:03051", "--batch", "a.csv"): "columns of the file",
    ("--at", "2026-11-02T16:10", "--batch", "a.csv"): "columns of the file",
    ("--from", "KR:03051", "--to", "US:10001", "--out", "a.csv"): "--batch",
    ("--from", "KR:03051", "--to", "US:10001", "--week", "--expected", "a.csv"): "one quote",
    ("--batch", "a.csv", "--expected", "a.csv"): "one quote",
    ("--batch", "a.csv", "--json"): "--out",
}


@pytest.mark.parametrize("words_", MISUSE, ids=" ".join)
def test_options_that_make_no_sense_together(words_: tuple[str, ...]) -> None:
    answer = say("quote", *words_)
    assert (answer.code, answer.out) == (2, "")
    assert MISUSE[words_] in " ".join(answer.err.replace("│", " ").split())


QUOTE = ("quote", "--from", "KR:03051", "--to", "US:10001")
AT = ("--at", "2026-11-27T16:10")


def test_week_latest_and_alternatives_as_commands() -> None:
    week = say(*QUOTE, *AT, "--week", "--json").json
    assert week["days"][0]["accepted_on"] == "2026-11-27"
    assert len(say(*QUOTE, *AT, "--week").out.splitlines()) == 9
    latest = say(*QUOTE, *AT, "--by", "2026-12-04", "--json").json
    assert (latest["chance"], latest["due_on"] <= "2026-12-04") == ("post_by", True)
    again = say(*QUOTE, "--at", latest["post_by"], "--json").json
    assert again["due_on"] == latest["due_on"]
    others = say(*QUOTE, *AT, "--alternatives", "--json").json
    assert {"channel", "product"} <= {one["change"] for one in others["alternatives"]}
    for words_ in (("--week",), ("--by", "2026-12-04"), ("--alternatives",)):
        assert say(*QUOTE, *AT, *words_).out != say(*QUOTE, *AT, *words_, "--lang", "ko").out


def test_a_batch_as_a_command(tmp_path: Path) -> None:
    source = tmp_path / "asked.csv"
    source.write_text(f"from,to,at\n{GOOD}\nnowhere,,\n")
    shown = say("quote", "--batch", source)
    assert shown.code == 0
    assert [row["status"] for row in csv.DictReader(io.StringIO(shown.out))] == ["guaranteed", ""]
    assert shown.err.splitlines()[0] == "2 rows answered: 1 guaranteed, 1 not asked."
    told = say("quote", "--batch", source, "--out", tmp_path / "told.csv", "--json")
    assert told.json["problems"] == {"place": 1}
    assert (tmp_path / "told.csv").read_text() == shown.out
    assert say("quote", "--batch", source, "--channel", "label").out.count("not_in_possession") == 1


def test_now_is_told_by_the_clock_of_the_origin() -> None:
    clock = FixedClock(parse_utc("2026-11-01T06:30Z"))  # the second half past one in New York
    asked = ask_now(network(), Route("US", "10001", "KR", "03051"), clock)
    assert (asked.accepted_local, asked.offset_min) == ("2026-11-01T01:30", -300)
    seoul = ask_now(network(), Route("KR", "03051", "US", "10001"), clock)
    assert (seoul.accepted_local, seoul.offset_min) == ("2026-11-01T15:30", 540)
    assert say(*QUOTE, "--json").json["status"]


HEAVY = ("pyarrow", "duckdb", "sqlalchemy", "deltalake")


@pytest.mark.parametrize(
    "words_", [AT, (*AT, "--week"), (*AT, "--by", "2026-12-04"), (*AT, "--alternatives"), ("csv",)],
    ids=" ".join,
)  # fmt: skip
def test_a_quote_loads_no_store(words_: tuple[str, ...], tmp_path: Path) -> None:
    source = tmp_path / "asked.csv"
    source.write_text(f"from,to,at\n{GOOD}\n")
    asked = ["quote", "--batch", str(source)] if words_ == ("csv",) else [*QUOTE, *words_]
    program = (
        "import sys; from datecertain.cli.app import app\n"
        f"app({asked!r}, standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_quote_ends_with_one_line_in_a_process_of_its_own(tmp_path: Path) -> None:
    answer = run("quote", "--batch", tmp_path / "nowhere.csv")
    assert answer.code == 1
    assert answer.err.count("\n") == 1
