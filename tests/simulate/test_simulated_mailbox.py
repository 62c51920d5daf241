"""The mailbox of a simulated month: what is in the files is what was simulated, bit by bit."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from simulated_months import closure, month_with, ordinary_month, plan_of, rows, world

from datecertain.errors import UsageError
from datecertain.messages import ReadResult, bundled_profiles, joined, read_parts
from datecertain.moments import parse_date, parse_local, zone
from datecertain.network import Network
from datecertain.promise.acceptance import ACCEPTANCE_FILE
from datecertain.promise.quoting import Requests, quote_many
from datecertain.simulate import Chances, Simulation, simulate, write_mailbox, write_truth
from datecertain.simulate.mailbox import scanned_events
from datecertain.tracking.cases import NOTICE_FILE
from worlds import texts


def _written(month: Simulation, folder: Path) -> dict[str, bytes]:
    write_mailbox(month, folder, month.plan)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _read_back(files: dict[str, bytes]) -> ReadResult:
    sources = [(name, io.BytesIO(data)) for name, data in files.items() if name.endswith(".edi")]
    received = parse_date("2026-12-01")
    return joined(read_parts(sources, bundled_profiles(), received_on=received))


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    digests = []
    for name, seed in (("one", 11), ("again", 11), ("other", 12)):
        month = ordinary_month(400, seed, disruptions=(closure("NRT"),))
        files = _written(month, tmp_path / name)
        write_truth(month, tmp_path / f"{name}.parquet")
        truth = (tmp_path / f"{name}.parquet").read_bytes()
        whole = repr(sorted(files.items())).encode() + truth
        digests.append(hashlib.sha256(whole).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_a_month_without_trouble_reads_back_without_findings(tmp_path: Path) -> None:
    month = month_with()
    read = _read_back(_written(month, tmp_path))
    assert read.findings == []
    assert read.quarantined == []
    # EMA, EMB, EMC, EMD, EDB, EDC, EMF, EMG, EDG, EMI of every item.
    assert len(read.events) == len(month.scans) == 10 * month.plan.items


def test_every_event_of_the_simulation_is_read_back_as_it_was(tmp_path: Path) -> None:
    month = ordinary_month(1500)
    report = write_mailbox(month, tmp_path, month.plan)
    files = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    read = _read_back(
        {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*.edi")}
    )
    assert read.findings == []
    assert len(read.interchanges) == report.interchanges
    assert len(read.events) == report.events == len(month.scans)
    assert report.acceptances == month.plan.items
    assert len(files) > 0
    simulated = scanned_events(month)
    names = simulated.column_names
    assert _sorted(read.events.select(names)) == _sorted(simulated)


def _sorted(table: pa.Table) -> list[str]:
    return sorted(repr(row) for row in table.to_pylist())


def test_control_references_count_up_without_gaps(tmp_path: Path) -> None:
    read = _read_back(_written(ordinary_month(800), tmp_path))
    seen = defaultdict(list)
    for one in sorted(read.interchanges, key=lambda one: (one.prepared_date, one.prepared_min)):
        seen[one.sender, one.recipient].append(int(one.control_ref))
        assert one.sender != one.recipient
        assert one.sender.startswith("J1C")
    assert len(seen) == 6  # three posts, both ways
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen.values())


def test_events_are_told_by_the_post_that_holds_the_item(tmp_path: Path) -> None:
    month = month_with()
    read = _read_back(_written(month, tmp_path)).events
    lane = {row["item_id"]: (row["origin"], row["destination"]) for row in rows(month)}
    operators = {f"J1C{post.operator}": post.post for post in world().data.posts}
    for event in read.to_pylist():
        sides = operators[event["sender"]], operators[event["recipient"]]
        outward = event["code"] in ("EMA", "EMB", "EMC")
        assert sides == (lane[event["item_id"]] if outward else lane[event["item_id"]][::-1])
    areas = {row["item_id"]: row["destination_area"] for row in rows(month)}
    delivered = read.filter(pa.compute.equal(read["code"], "EMI"))
    assert [areas[item] for item in delivered["item_id"].to_pylist()] == (
        delivered["office"].to_pylist()
    )


def test_stated_times_are_local_at_the_place(tmp_path: Path) -> None:
    month = month_with()
    read = _read_back(_written(month, tmp_path)).events.to_pylist()
    truth = {row["item_id"]: row for row in rows(month)}
    delivered = [event for event in read if event["code"] == "EMI"]
    for event in delivered:
        clock = zone(world().area(event["office"]).zone)
        moment, _ = clock.to_utc([event["event_date"]], [event["event_min"]])
        # The hour that occurs twice when New York's clocks go back may be read an hour early.
        assert truth[event["item_id"]]["delivered_at"] - int(moment[0]) in (0, 60)
        assert event["event_date"] == truth[event["item_id"]]["delivered_on"]


def test_late_and_repeated_transmissions_stand_in_later_interchanges(tmp_path: Path) -> None:
    calm = month_with()
    month = simulate(world(), plan_of(chances=Chances.none(sent_late=0.2, sent_twice=0.2)))
    read = _read_back(_written(month, tmp_path))
    assert read.findings == []
    assert len(read.events) > 1.1 * len(calm.scans)
    sent = defaultdict(list)
    for event in read.events.to_pylist():
        key = event["item_id"], event["code"], event["event_date"], event["event_min"]
        sent[key].append(event["prepared_date"])
    assert len(sent) == len(calm.scans)
    repeated = [days for days in sent.values() if len(days) > 1]
    assert all(len(set(days)) == 2 for days in repeated)
    assert len(repeated) > 0.1 * len(sent)
    waits = [min(days) - key[2] for key, days in sent.items()]
    assert sum(wait > 1 for wait in waits) > 0.1 * len(sent)


def test_a_missent_item_is_told_to_sender_and_destination(tmp_path: Path) -> None:
    month = month_with(missent=1.0)
    read = _read_back(_written(month, tmp_path)).events.to_pylist()
    missent = {row["item_id"]: row for row in rows(month) if row["wrong_office"]}
    onward = [event for event in read if event["code"] == "EMK"]
    assert {event["item_id"] for event in onward} == set(missent)
    assert len(onward) == 2 * len(missent)
    for event in onward:
        row = missent[event["item_id"]]
        assert (event["office"], event["next_office"]) == (
            row["wrong_office"],
            row["inward_office"],
        )
        assert event["dispatch"].startswith(row["wrong_office"] + row["inward_office"])


def test_a_dispatch_is_one_closing_of_one_pair_of_offices() -> None:
    month = month_with()
    events = scanned_events(month).to_pylist()
    left = [event for event in events if event["code"] == "EMC"]
    arrived = {event["item_id"]: event for event in events if event["code"] == "EMD"}
    for event in left:
        assert event["dispatch"][:12] == event["office"] + event["next_office"]
        assert event["dispatch"] == arrived[event["item_id"]]["dispatch"]
    numbers = {event["dispatch"] for event in left}
    assert 20 < len(numbers) < len(left)


def test_acceptance_files_hold_the_items_of_their_post_and_day(tmp_path: Path) -> None:
    month = ordinary_month(500)
    files = {name: data for name, data in _written(month, tmp_path).items() if "acceptance" in name}
    records = []
    posts = {post.operator: post.post for post in world().data.posts}
    for name, data in files.items():
        operator, _, day = name.removesuffix(".csv").replace("/acceptance-", " ").partition(" ")
        found = list(csv.DictReader(io.StringIO(data.decode())))
        assert found
        assert all(tuple(record) == ACCEPTANCE_FILE for record in found)
        assert {record["origin"] for record in found} == {posts[operator]}
        assert {record["accepted_local"][:10].replace("-", "") for record in found} == {day}
        records += found
    assert len(records) == month.plan.items
    told = {row["item_id"]: row["date_told"] for row in rows(month)}
    for record in records:
        day = parse_date(record["date_told"]) if record["date_told"] else None
        assert told[record["item_id"]] == day
        assert int(record["postage_minor"]) > 0


def test_the_date_told_is_the_one_that_the_product_quotes(tmp_path: Path) -> None:
    month = month_with()
    records = month.acceptances.to_pylist()
    local = [parse_local(record["accepted_local"]) for record in records]
    quotes = quote_many(world(), _requests(records, local))
    told = [parse_date(record["date_told"]) for record in records]
    assert told == quotes.due_day.tolist()


def _requests(records: list[dict[str, str]], local: list[tuple[int, int]]) -> Requests:
    return Requests(
        [record["origin"] for record in records],
        [record["origin_postcode"] for record in records],
        [record["destination"] for record in records],
        [record["destination_postcode"] for record in records],
        np.array([day for day, _ in local]),
        np.array([minute for _, minute in local]),
    )


def test_notices_stand_in_the_folder_of_the_post_that_publishes_them(tmp_path: Path) -> None:
    month = simulate(world(), plan_of(200, disruptions=(closure("NRT"),)))
    files = {name: data for name, data in _written(month, tmp_path).items() if "notices" in name}
    assert list(files) == ["JPA/notices.csv"]
    (notice,) = csv.DictReader(io.StringIO(files["JPA/notices.csv"].decode()))
    assert tuple(notice) == NOTICE_FILE
    assert (notice["post"], notice["office"], notice["leg"]) == ("JP", "JPKWSA", "")
    assert notice["from_utc"] == "2026-10-28T00:00Z"
    assert notice["to_utc"] == "2026-10-29T06:00Z"
    assert notice["published_utc"] == "2026-10-28T04:00Z"


def test_the_truth_is_no_part_of_the_mailbox(tmp_path: Path) -> None:
    month = ordinary_month(300)
    names = _written(month, tmp_path / "mailbox")
    assert all(
        Path(name).name.split("-")[0] in ("acceptance", "emsevt", "notices.csv") for name in names
    )
    write_truth(month, tmp_path / "truth" / "truth.parquet")
    assert pq.read_table(tmp_path / "truth" / "truth.parquet").equals(month.truth)


def test_progress_ends_with_all_files_and_another_plan_is_refused(tmp_path: Path) -> None:
    month = month_with()
    said: list[tuple[int, int]] = []
    report = write_mailbox(
        month, tmp_path, month.plan, lambda done, total: said.append((done, total))
    )
    assert said[-1] == (report.files, report.files)
    assert [done for done, _ in said] == list(range(1, report.files + 1))
    with pytest.raises(UsageError, match="another plan"):
        write_mailbox(month, tmp_path, plan_of(seed=8))


def test_no_open_lane_and_an_empty_plan_are_refused_in_words() -> None:
    closed = texts()
    closed["lanes.csv"] = "origin,destination,event,on,note_en,note_ko,source\n"
    with pytest.raises(UsageError, match="no lane"):
        simulate(Network.from_texts(closed), plan_of(10))
    with pytest.raises(UsageError, match="at least one item"):
        plan_of(0)
