"""An event first sent after an inquiry proves a delivery, and makes no excuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from inquiry_cases import ask
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, ITEM, acceptance_file, interchange, take_in_files

from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.operations.explaining import explain_item
from datecertain.operations.judging import current_verdicts, judge_period
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.verdict.explaining_json import as_json
from datecertain.verdict.telling import in_words
from datecertain.wording import LANGUAGES, words
from worlds import with_rows

AS_OF = parse_utc("2026-12-01T00:00Z")
RULE = "relation,*,*,events_after_inquiry,EMB EMC EMD EMG EMI,,,test"
BEFORE, AFTER = "202610292330", "202611032330"  # somebody asks at 10:00 in Seoul on 2 November


def workspace_of(folder: Path, hold_told: str, rule: str = RULE) -> Path:
    """The item was kept by customs for two days, which was told at some time, and delivered, which
    was told on inquiry."""
    folder.parent.mkdir(exist_ok=True)
    Workspace.init(folder)
    with open_workspace(folder, write=True) as opened:
        rows = with_rows("terms.csv", *([rule] if rule else []))
        publish_network(opened, Network.from_texts(rows, "the small world"), CLOCK)
    us = {"sender": "USA", "recipient": "KRA"}
    mail = {
        "acc.csv": acceptance_file(ACCEPTED),
        "a.edi": interchange(
            ("EMD", "202610221400", "USJFKA"), reference="1", prepared="202610230330", **us
        ),
        "b.edi": interchange(
            ("EME", "202610221600", "USJFKA'STS+2+19"), ("EDC", "202610281600", "USJFKA"),
            reference="2", prepared=hold_told, **us,
        ),
        "c.edi": interchange(
            ("EMI", "202610301000", "USJFKA"), reference="3", prepared=AFTER, **us
        ),
    }  # fmt: skip
    take_in_files(folder, folder.parent / "mail", mail)
    return folder


def verdict(folder: Path) -> dict[str, Any]:
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, "2026-10", AS_OF, CLOCK)
        (row,) = current_verdicts(opened, ["2026-10"]).to_pylist()
    return dict(row)


@pytest.mark.parametrize(
    ("hold_told", "rule", "stops"), [(BEFORE, RULE, 1), (AFTER, RULE, 0), (AFTER, "", 1)]
)
def test_a_hold_told_on_inquiry_excuses_nothing(
    tmp_path: Path, hold_told: str, rule: str, stops: int
) -> None:
    folder = workspace_of(tmp_path / "w" / "x", hold_told, rule)
    ask(folder)
    row = verdict(folder)
    assert row["delivered_on"] is not None
    assert (row["clock_stops"], row["clock_stops_void"]) == (stops, 0)
    assert (row["days_excused"] > 0) == bool(stops)
    with open_workspace(folder) as opened:
        one = explain_item(opened, ITEM, AS_OF, CLOCK)
    assert (one.days_excused, str(one.outcome)) == (row["days_excused"], row["outcome"])
    late = [] if stops else ["EME", "EDC"]
    assert [scan.code for scan in one.after_inquiry] == late
    assert len(as_json(one)["after_inquiry_proving_nothing"]) == len(late)
    for language in LANGUAGES:
        told = "\n".join(in_words(one, words(language)))
        assert ("2026-11-02T01:00Z" in told) == bool(late)


def test_an_inquiry_that_is_recorded_later_has_the_item_judged_again(tmp_path: Path) -> None:
    folder = workspace_of(tmp_path / "w" / "x", AFTER)
    assert verdict(folder)["clock_stops"] == 1
    ask(folder)
    assert verdict(folder)["clock_stops"] == 0
