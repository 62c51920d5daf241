"""Items that went astray in the report of a month, by command: one missent item of two, and what is
found in a simulated month. (All messages are invented.)"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from command_line import say
from month_of_mail import AS_OF, CLOCK, PERIOD, Month
from small_workspaces import (
    ACCEPTED,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    take_in_files,
)
from workspace_copies import copied

from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.operations.astray import astray_items
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.evidence import current_items
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_period
from datecertain.operations.networks import current_network, publish_network
from datecertain.operations.reporting import month_report
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from worlds import texts

CLOSING = parse_utc("2026-11-20T00:00Z")
RULES = "origin,destination,fact,scoring,proof,valid_from,valid_to,source\n"
IF_PROVEN = RULES + "*,*,missent,left_out_if_proven,EMC EMK,2026-10-21,,test\n"
LATER = RULES + "*,*,missent,left_out,,2026-10-22,,test\n"
STRAIGHT = (("EMI", "202610231000", "US-NYC"),)
BAG = {
    "a.csv": acceptance_file(ACCEPTED, ACCEPTED | {"item_id": OTHER_ITEM}),
    "one.edi": interchange(("EMC", "202610211900", "KRSELB")),
    "other.edi": interchange(("EMC", "202610211900", "KRSELB"), item=OTHER_ITEM, reference="2"),
    "home.edi": interchange(*STRAIGHT, sender="USA", recipient="KRA", reference="3",
                            item=OTHER_ITEM, prepared="202610240100"),
    "late.edi": interchange(("EMI", "202610301000", "US-NYC"), sender="USA", recipient="KRA",
                            reference="4", prepared="202610310100"),
}  # fmt: skip


def tokyo(*events: tuple[str, str, str]) -> bytes:
    return interchange(*events, sender="JPA", recipient="KRA", reference="5",
                       prepared="202610230100")  # fmt: skip


INTO = ("EMD", "202610221000", "JPKWSA")
SENT_ON = ("EMK", "202610222000", "JPKWSA")


def reported(folder: Path, rules: str, *events: tuple[str, str, str]) -> dict[str, str]:
    """The lines of `datecertain report` on the month of two items, one of which Tokyo got."""
    changes = {"journey_rules.csv": rules} if rules else {}
    Workspace.init(folder / "w")
    with open_workspace(folder / "w", write=True) as opened:
        publish_network(opened, Network.from_texts(texts(changes), "the small world"), CLOCK)
    take_in_files(folder / "w", folder / "mail", BAG | {"tokyo.edi": tokyo(*events)})
    with open_workspace(folder / "w", write=True) as opened:
        judge_period(opened, PERIOD, CLOSING, CLOCK)
    told = say("report", "--period", PERIOD, "-w", folder / "w", "--json").json
    return dict(told["summary"])


@pytest.mark.parametrize(
    ("rules", "events", "missent", "judged"),
    [
        ("", (INTO, SENT_ON), "1", 2),
        (IF_PROVEN, (INTO, SENT_ON), "1, of which left out of the score: 1", 1),
        (IF_PROVEN, (INTO,), "1", 2),
        (LATER, (INTO, SENT_ON), "1", 2),
    ],
    ids=["no rule", "proven", "not proven", "a rule of the next day"],
)
def test_a_missent_item_is_shown_and_left_out_by_rule(
    tmp_path: Path, rules: str, events: tuple[tuple[str, str, str], ...], missent: str, judged: int
) -> None:
    lines = reported(tmp_path, rules, *events)
    assert lines["Items accepted"] == "2"
    assert lines["Missent"] == missent
    assert lines["On-time share"].endswith(f"of {judged} judged")
    assert lines.get("Left out of the score") == (None if judged == 2 else "1")
    assert int(lines.get("Late, liable", 0)) == judged - 1
    with (tmp_path / "w" / "reports" / f"report-{PERIOD}.lanes.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["items"], row["left_out"]) == ("2", str(2 - judged))
    page = (tmp_path / "w" / "reports" / f"report-{PERIOD}.ko.html").read_text("utf-8")
    assert "오송" in page


@pytest.fixture(scope="module")
def strayed(tmp_path_factory: pytest.TempPathFactory, month: Month) -> Path:
    """A synthetic month of which every second item was put into a wrong bag."""
    folder = tmp_path_factory.mktemp("strayed")
    plan = month_plan(PERIOD, 60, 7)
    write_month(replace(plan, chances=replace(plan.chances, missent=0.5)), folder)
    copied(month.made, folder / "w")
    with open_workspace(folder / "w", write=True) as opened:
        ingest(opened, folder / "mailbox", CLOCK)
        judge_period(opened, PERIOD, AS_OF, CLOCK)
    return folder


def test_the_items_that_the_simulator_sent_wrong_are_found(strayed: Path) -> None:
    """Third posts that got an item told of it; an own office that got it made it misrouted."""
    true = pq.read_table(strayed / "truth.parquet").to_pylist()
    wrong = {row["item_id"]: row["wrong_office"] for row in true if row["wrong_office"]}
    with open_workspace(strayed / "w") as opened:
        items = current_items(opened, None)
        network = current_network(opened)
        found = astray_items(opened, network, PERIOD, items, AS_OF)
        figures = month_report(opened, PERIOD, CLOCK).figures
    assert found is not None
    lanes = {row["item_key"]: row for row in items.to_pylist()}
    missent = [row for row in found.to_pylist() if row["kind"] == "missent"]
    assert len(missent) > 5
    for row in missent:
        item = lanes[row["item_key"]]
        assert (
            wrong[item["item_id"]][:2] == row["post"] not in (item["origin"], item["destination"])
        )
        assert row["left_out"]  # the bundled rule, and an EMK by the post that got it
    for row in found.to_pylist():
        if row["kind"] == "misrouted":
            assert wrong[lanes[row["item_key"]]["item_id"]][:2] == row["post"]
    assert figures.total.items == len(items)
    out = found["item_key"].filter(found["left_out"])
    assert figures.total.left_out == pc.count_distinct(out).as_py()
    assert sum(row.items for row in figures.astray or ()) == len(found)
