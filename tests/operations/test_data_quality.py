"""`datecertain quality` over the simulated month: the same timeliness that money is paid by, the
same void holds that verdicts count, and lists that a partner can be sent."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import say
from month_of_mail import AS_OF, CLOSING, ITEMS, PERIOD, Month
from pydantic import TypeAdapter

from datecertain.errors import NotFound
from datecertain.moments import NEVER
from datecertain.operations.data_quality import QualityReport, quality_report
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import current_verdicts
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.operations.telling_quality import QualityTold, quality_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.quality import Kind
from datecertain.settlement import (
    EVENT_TIMES,
    Period,
    bundled_tariff,
    performance_events,
    sent_by_rules,
)
from datecertain.store import Workspace
from datecertain.tracking.event_times import TIMED_EVENT_COLUMNS, TimeSearch


@pytest.fixture(scope="module")
def report(month: Month) -> QualityReport:
    with open_workspace(month.judged) as workspace:
        return quality_report(workspace, PERIOD, AS_OF)


def paid_by(workspace: Workspace) -> pa.Table:
    """The events that pay-for-performance would be paid by."""
    items = current_items(workspace, None)
    search = TimeSearch(items, AS_OF)
    search.take(workspace.facts(EVENTS_TABLE).arrow(columns=TIMED_EVENT_COLUMNS))
    columns = {name: items[name] for name in ("item_key", "origin", "destination")}
    columns |= {name: pa.array(at, mask=at == NEVER) for name, at in search.found().items()}
    times = pa.table([columns[name] for name in EVENT_TIMES.names], schema=EVENT_TIMES)
    return performance_events(bundled_tariff(), Period.month(PERIOD), sent_by_rules(times))


def test_timeliness_is_what_pay_for_performance_pays_by(
    month: Month, report: QualityReport
) -> None:
    with open_workspace(month.judged) as workspace:
        paid = paid_by(workspace).to_pylist()
    compared = 0
    for line in report.quality.lines:
        if line.kind is not Kind.LATE or line.name != "pay_for_performance":
            continue
        lane = [r for r in paid if (r["destination"], r["origin"]) == (line.post, line.partner)]
        event = line.code.lower()
        has = sum(row[f"has_{event}"] for row in lane)
        in_time = sum(row[f"{event}_in_time"] for row in lane)
        assert (line.of, line.of - line.bad) == (has, in_time), line
        compared += has
    assert compared == sum(row[f"has_{e}"] for row in paid for e in ("emd", "emh", "emi")) > 500


def test_void_holds_are_those_that_the_verdicts_count(month: Month, report: QualityReport) -> None:
    with open_workspace(month.judged) as workspace:
        verdicts = current_verdicts(workspace, [PERIOD]).to_pylist()
    void = {row["item_id"] for row in verdicts if row["clock_stops_void"]}
    listed = report.quality.listed.to_pylist()
    assert {row["item_id"] for row in listed if row["kind"] == Kind.VOID_HOLD} == void
    assert void


def test_what_void_holds_cost_is_told_to_the_post_that_made_them(
    month: Month, report: QualityReport
) -> None:
    costs = report.quality.hold_costs
    listed = [row for row in report.quality.listed.to_pylist() if row["kind"] == Kind.VOID_HOLD]
    told = sorted((row["post"], row["partner"], row["name"], row["item_id"]) for row in listed)
    for cost in costs:
        side = (cost.post, cost.partner, cost.why)
        assert cost.items == sum(row[:3] == side for row in told)
        assert 0 <= cost.open <= cost.items
        assert (cost.hours > 0) == (cost.open < cost.items)
    assert sum(cost.items for cost in costs) == len(told)
    worst = max(costs, key=lambda cost: cost.hours)
    words = ("quality", "--period", PERIOD, "--as-of", CLOSING, "-w", month.judged)
    english = say(*words, "--post", worst.post)
    assert f"Customs holds of {worst.post} on items of {worst.partner} " in english.out
    assert f"they cost {worst.post} {round(worst.hours):,} hours" in english.out
    korean = say(*words, "--post", worst.post, "--lang", "ko")
    assert f"{worst.post} 부담 {round(worst.hours):,}시간" in korean.out
    data = json.loads(say(*words, "--post", worst.post, "--json").out)
    told_as = asdict(worst)
    told_as["hours"] = told_as.pop("minutes") / 60
    assert told_as in data["hold_costs"]
    assert {one["post"] for one in data["hold_costs"]} == {worst.post}


def test_what_is_told_is_what_the_api_declares(report: QualityReport) -> None:
    told = quality_as_json(report)
    assert told["hold_costs"]
    assert TypeAdapter(QualityTold).validate_python(told, extra="forbid") == told


def test_departures_that_were_never_sent_are_asked_for(month: Month, report: QualityReport) -> None:
    truth = pq.read_table(month.folder / "truth.parquet").to_pylist()
    missing = {
        row["item_id"] for row in truth
        if "EMC" in row["missing_scans"].split() and "EMD" not in row["missing_scans"].split()
        and row["inward_in_at"] is not None
    }  # fmt: skip
    rows = report.quality.listed.to_pylist()
    assert {row["item_id"] for row in rows if row["name"] == "departed"} == missing
    assert missing


def test_the_command_tells_every_post_in_two_languages(month: Month) -> None:
    words = ("quality", "--period", PERIOD, "--as-of", CLOSING, "-w", month.judged)
    english, korean = say(*words), say(*words, "--lang", "ko")
    assert english.code == korean.code == 0
    assert f"{ITEMS} items" in english.out
    assert f"{ITEMS}건" in korean.out
    assert all(post in english.out for post in ("KR", "US", "JP", "FR"))


def test_the_lists_hold_what_the_figures_count(month: Month, tmp_path: Path) -> None:
    told = say(
        "quality", "--period", PERIOD, "--as-of", CLOSING, "-w", month.judged, "--post", "US",
        "--out", tmp_path, "--json",
    )  # fmt: skip
    assert told.code == 0
    wrong = {}
    for line in told.json["lines"]:
        assert line["post"] == "US"
        wrong[line["kind"]] = wrong.get(line["kind"], 0) + line["wrong"]
    files = {path.name: path for path in tmp_path.iterdir()}
    assert set(files) == {f"{PERIOD}.US.{kind}.csv" for kind, count in wrong.items() if count}
    for kind, count in wrong.items():
        if count:
            text = files[f"{PERIOD}.US.{kind}.csv"].read_text(encoding="utf-8")
            rows = list(csv.DictReader(text.splitlines()))
            assert len(rows) == count
            assert all(row["post"] == "US" and row["item_id"] and row["says"] for row in rows)


def test_a_claim_opens_the_screen_for_what_was_sent_after_it(month: Month) -> None:
    """Claims are given by the caller: nothing here keeps them yet."""
    with open_workspace(month.judged) as workspace:
        items = current_items(workspace, None)["item_id"].to_pylist()
        without = quality_report(workspace, PERIOD, AS_OF)
        claims = dict.fromkeys(items, int(NEVER) - 1)
        with_claims = quality_report(workspace, PERIOD, AS_OF, claims)
    code = "sent-after-claim"
    assert [one for one in without.quality.screens if one.code == code] == []
    found = [one for one in with_claims.quality.screens if one.code == code]
    assert found
    assert all(one.hits == 0 for one in found)  # claimed long after everything was told


def test_a_month_without_items_is_named(month: Month) -> None:
    with open_workspace(month.judged) as workspace, pytest.raises(NotFound, match="2026-02"):
        quality_report(workspace, "2026-02", AS_OF)


@pytest.mark.parametrize(("post", "says"), [("XX", "no post 'XX'"), ("us", "no post 'us'")])
def test_a_post_that_told_nothing_is_named(month: Month, post: str, says: str) -> None:
    answer = say("quality", "--period", PERIOD, "-w", month.judged, "--post", post)
    assert answer.code == 1
    assert says in answer.err
