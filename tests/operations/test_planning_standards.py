"""`datecertain plan`: history files in every form, answers for programs and people."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from command_line import say
from month_of_mail import PERIOD, Month

from datecertain.operations.judging import current_verdicts
from datecertain.operations.workspaces import open_workspace

FIRST = dt.date(2026, 1, 5)


def items(n: int = 160) -> list[tuple[str, str, str, str]]:
    """Two lanes: one of n items in five days, one of ten items."""
    rows = []
    for number in range(n + 10):
        lane = "KR-US" if number < n else "KR-ES"
        accepted = FIRST + dt.timedelta(days=number % 150)
        delivered = accepted + dt.timedelta(days=4 + number % 2)
        rows.append((lane, f"{accepted}", f"{delivered}", f"{accepted + dt.timedelta(days=6)}"))
    return rows


def as_csv(rows: list[tuple[str, ...]]) -> bytes:
    head = "lane,accepted_on,delivered_on,promised_on\n"
    return (head + "".join(",".join(row) + "\n" for row in rows)).encode()


def test_every_form_of_file_gives_the_same_answer(tmp_path: Path) -> None:
    rows = items()
    (tmp_path / "h.csv").write_bytes(as_csv(rows))
    (tmp_path / "h.csv.gz").write_bytes(gzip.compress(as_csv(rows)))
    timed = [(lane, f"{a}T09:30+09:00", f"{d} 17:05:59", p) for lane, a, d, p in rows]
    (tmp_path / "times.csv").write_bytes(b"\xef\xbb\xbf" + as_csv(timed).replace(b"\n", b"\r\n"))
    columns = list(zip(*rows, strict=True))
    days = [np.array(column, dtype="datetime64[D]") for column in columns[1:]]
    names = ["accepted_on", "delivered_on", "promised_on"]
    table = pa.table(
        {"weight": range(len(rows)), "lane": columns[0], **dict(zip(names, days, strict=True))}
    )
    pq.write_table(table, tmp_path / "dates.parquet")
    stamps = [pa.array(column.astype("datetime64[us]")) for column in days]
    lanes = pa.array(columns[0]).dictionary_encode()
    pq.write_table(
        pa.table({"lane": lanes, **dict(zip(names, stamps, strict=True))}),
        tmp_path / "stamps.parquet",
    )
    answers = []
    for name in ("h.csv", "h.csv.gz", "times.csv", "dates.parquet", "stamps.parquet"):
        answer = say("plan", "standard", "--history", tmp_path / name, "--json")
        assert answer.code == 0, answer.err
        found = answer.json
        # Only one of the files has a further column.
        assert found.pop("columns")["parted_by"] == []
        answers.append(found)
    assert all(one == answers[0] for one in answers)
    spain, states = answers[0]["lanes"]
    assert {key: states[key] for key in ("lane", "days", "n", "status")} == {
        "lane": "KR-US", "days": 5, "n": 160, "status": "assured",
    }  # fmt: skip
    assert states["expected_on_time"] == 1
    assert 0.96 <= states["lower_bound"] < 1
    assert (spain["lane"], spain["days"], spain["n"]) == ("KR-ES", None, 10)
    assert spain["status"] == "not_enough_items"
    assert states["after_given"] == {"days": -1, "mean_days": 5.0}


def with_services(rows: int = 1200) -> pa.Table:
    """Three lanes whose goods take longer than documents; beside that what tells nothing."""
    rng = np.random.default_rng(7)
    accepted = np.datetime64(FIRST) + np.arange(rows) // 10
    goods = rng.random(rows) < 0.5
    days = np.ceil(np.where(goods, 9.0, 4.0) * np.exp(0.1 * rng.standard_normal(rows)))
    return pa.table({
        "item": [f"EE{number:09d}KR" for number in range(rows)],
        "lane": rng.choice(["KR-US", "KR-JP", "KR-ES"], rows),
        "accepted_on": accepted, "delivered_on": accepted + days.astype(np.int64),
        "service": np.where(goods, "goods", "documents"),
        "weight": rng.integers(100, 30_000, rows), "insured": rng.random(rows) < 0.3,
        "handed_over": accepted + 1, "step": rng.integers(1, 6, rows), " ": np.arange(rows),
    })  # fmt: skip


def test_other_columns_of_a_file_part_lanes_where_that_shortens_dates(tmp_path: Path) -> None:
    table = with_services()
    pq.write_table(
        table.append_column("list", pa.array([[1]] * len(table))), tmp_path / "h.parquet"
    )
    pa.csv.write_csv(table, tmp_path / "h.csv")
    answers = []
    for name in ("h.csv", "h.parquet"):
        answer = say("plan", "standard", "--history", tmp_path / name, "--json")
        assert answer.code == 0, answer.err
        # Dates are no values, and neither is what has no name; a list is none either.
        tried = answer.json["columns"]["tried"]
        assert tried == ["item", "service", "weight", "insured", "step"]
        answers.append(answer.json)
    assert answers[0]["lanes"] == answers[1]["lanes"]
    by = answers[0]["columns"]["parted_by"]
    assert [(one["name"], one["groups"]) for one in by] == [("service", ["documents", "goods"])]
    assert 0 <= by[0]["p"] < 1e-6
    spain = answers[0]["lanes"][0]
    documents, goods = spain["parts"]
    assert (documents["values"], goods["values"]) == (
        {"service": "documents"},
        {"service": "goods"},
    )
    assert documents["days"] < spain["days"] <= goods["days"]
    assert documents["n"] + goods["n"] == spain["n"]
    whole = say("plan", "standard", "--history", tmp_path / "h.csv", "--whole-lanes", "--json").json
    assert whole["columns"] == {"tried": [], "parted_by": []}
    assert [lane["days"] for lane in whole["lanes"]] == [
        lane["days"] for lane in answers[0]["lanes"]
    ]
    assert "parts" not in whole["lanes"][0]


def test_parts_of_lanes_for_people_in_both_languages(tmp_path: Path) -> None:
    pq.write_table(with_services(), tmp_path / "h.parquet")
    told = say("plan", "standard", "--history", tmp_path / "h.parquet")
    assert "Lanes are parted by service where that brings dates down" in told.out
    assert "item, weight, insured, step." in told.out
    lines = told.out.splitlines()
    lane = next(number for number, line in enumerate(lines) if line.startswith("KR-ES"))
    assert lines[lane + 1].startswith("  documents")
    assert lines[lane + 2].startswith("  goods")
    korean = say("plan", "standard", "--history", tmp_path / "h.parquet", "--lang", "ko")
    assert "구간을 나눈 열: service." in korean.out
    tried = say(
        "plan", "backtest", "--history", tmp_path / "h.parquet", "--train-until", "2026-04-10"
    )
    assert tried.code == 0, tried.err
    assert "- whole lanes" in tried.out
    methods = say(
        "plan", "backtest", "--history", tmp_path / "h.parquet", "--train-until", "2026-04-10",
        "--json",
    ).json["methods"]  # fmt: skip
    assert methods["assured"]["on_time"] >= 0.96
    assert methods["assured"]["mean_days"] < methods["assured_lanes"]["mean_days"] - 1


def test_a_lane_is_parted_by_another_column(tmp_path: Path) -> None:
    rows = ["lane,accepted_on,delivered_on,service"]
    for number in range(200):
        accepted = FIRST + dt.timedelta(days=number % 90)
        days, service = (3, "documents") if number % 2 else (6, "goods")
        rows.append(f"KR-US,{accepted},{accepted + dt.timedelta(days=days)},{service}")
    rows.append(f",{FIRST},{FIRST},goods")
    (tmp_path / "h.csv").write_text("\n".join(rows), encoding="utf-8")
    answer = say("plan", "standard", "--history", tmp_path / "h.csv", "--by", "service", "--json")
    assert [(row["lane"], row["days"]) for row in answer.json["lanes"]] == [
        ("KR-US / documents", 3), ("KR-US / goods", 6),
    ]  # fmt: skip
    assert answer.json["findings"]["counts"] == {"lane-missing": 1}
    wrong = say("plan", "standard", "--history", tmp_path / "h.csv", "--by", "colour")
    assert "colour missing" in wrong.err


def test_a_backtest_names_every_method(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_bytes(as_csv(items(2000)))
    answer = say(
        "plan", "backtest", "--history", tmp_path / "h.csv", "--train-until", "2026-04-20",
        "--target", "0.9", "--confidence", "0.9", "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    found = answer.json
    assert found["train_n"] + found["test_n"] == 2010
    assert found["target"] == 0.9
    assert found["drift"]["fired"] is False
    for name in ("assured", "given", "percentile", "fixed"):
        method = found["methods"][name]
        assert {"on_time", "mean_days", "lanes", "lanes_below_target"} <= set(method)
        assert (method["on_time"], method["lanes_below_target"]) == (1, 0)
    assert found["methods"]["given"]["mean_days"] == 6
    assert found["methods"]["assured"]["mean_days"] == 5
    assert found["methods"]["given"]["at_equal_on_time"] == {
        "by": -1, "on_time": 1, "mean_days": 5,
    }  # fmt: skip


def test_rows_that_cannot_be_used_are_told_and_the_others_used(tmp_path: Path) -> None:
    rows: list[tuple[str, ...]] = [
        ("KR-US", "2026-01-05", "2026-01-09", "2026-01-10"),
        ("KR-US", "2026-01-05"),
        ("", "2026-01-05", "2026-01-09", ""),
        ("KR-US", "05.01.2026", "2026-01-09", ""),
        ("KR-US", "2026-02-30", "2026-03-09", ""),
        ("KR-US", "2026-01-05", "soon", ""),
        ("KR-US", "2026-01-05", "2026-01-04", ""),
        ("KR-US", "2026-01-05", "", "never"),
    ]
    (tmp_path / "h.csv").write_bytes(as_csv(rows))
    answer = say(
        "plan", "standard", "--history", tmp_path / "h.csv", "--json",
        "--findings", tmp_path / "bad.csv",
    )  # fmt: skip
    found = answer.json["findings"]
    assert (found["rows"], found["set_aside"]) == (8, 6)
    assert found["counts"] == {
        "row-columns": 1, "lane-missing": 1, "accepted-unreadable": 2, "delivered-unreadable": 1,
        "delivered-before-accepted": 1, "promised-unreadable": 1,
    }  # fmt: skip
    told = (tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()
    assert sorted(int(line.split(",")[0]) for line in told[1:]) == [3, 4, 5, 6, 7, 8, 9]
    (lane,) = answer.json["lanes"]
    assert (lane["n"], lane["open"]) == (2, 1)


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"lane,accepted_on\nA,2026-01-05\n", [], "needs the columns"),
        (b"lane,lane,accepted_on,delivered_on\n", [], "each once"),
        (b"", [], "needs the columns"),
        (b"lane,accepted_on,delivered_on\n", [], "none of 0 rows"),
        (b"lane,accepted_on,delivered_on\nA,x,\n", [], "accepted-unreadable 1"),
        (b"lane,accepted_on,delivered_on\nA,\xff\xfe,\n", [], "CSV in UTF-8"),
        (b"\x1f\x8bnot gzip", [], "header"),
        (b"PAR1 no parquet", [], "not a Parquet file"),
        (b"lane,accepted_on,delivered_on\nA,2026-01-05,\n", ["--target", "96"], "0.96"),
        (b"lane,accepted_on,delivered_on\nA,2026-01-05,\n", ["--confidence", "1"], "between 0"),
        (b"lane,accepted_on,delivered_on\nA,2026-01-05,\n", ["--as-of", "5/1"], "YYYY-MM-DD"),
        (b"lane,accepted_on,delivered_on\nA,2026-01-05,\n", ["--as-of", "2025-01-05"], "nothing"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    content: bytes, options: list[str], says: str, tmp_path: Path
) -> None:
    (tmp_path / "h.csv").write_bytes(content)
    answer = say("plan", "standard", "--history", tmp_path / "h.csv", *options)
    assert answer.code == 1
    assert says in answer.err
    assert answer.err.count("\n") == 1


def test_tables_for_people_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_bytes(as_csv(items()))
    english = say("plan", "standard", "--history", tmp_path / "h.csv").out
    assert "D+5" in english
    assert "not enough items" in english
    korean = say("plan", "standard", "--history", tmp_path / "h.csv", "--lang", "ko").out
    assert "물량 부족" in korean
    tried = say("plan", "backtest", "--history", tmp_path / "h.csv", "--train-until", "2026-05-01")
    assert "one D+n" in tried.out
    assert not say("plan", "standard", "--history", tmp_path / "none.csv").out


def test_the_items_of_a_workspace_are_a_history_too(month: Month) -> None:
    with open_workspace(month.judged) as workspace:
        verdicts = current_verdicts(workspace, [PERIOD]).to_pylist()
    lanes: dict[str, list[int | None]] = {}
    for row in verdicts:
        days = None if row["delivered_on"] is None else row["delivered_on"] - row["accepted_date"]
        lanes.setdefault(f"{row['origin']}-{row['destination']}", []).append(days)
    answer = say("plan", "standard", "--target", "0.5", "--json", "-w", month.judged)
    assert answer.code == 0, answer.err
    rows = {row["lane"]: row for row in answer.json["lanes"]}
    assert {lane: row["n_all"] for lane, row in rows.items()} == {
        lane: len(days) for lane, days in lanes.items()
    }
    kept = [(row, lanes[lane]) for lane, row in rows.items() if row["status"] == "assured"]
    assert kept
    for row, days in kept:
        within = sum(one is not None and one <= row["days"] for one in days)
        assert within / len(days) > 0.5
    by_month = say("plan", "standard", "--target", "0.5", "--json", "-w", month.judged,
                   "--period", PERIOD)  # fmt: skip
    assert by_month.json == answer.json
    none = say("plan", "standard", "-w", month.judged, "--period", "2020-01")
    assert none.code == 1
    assert "judge a month first" in none.err
