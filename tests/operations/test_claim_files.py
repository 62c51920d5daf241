"""Many claims in one file, and the commands: good rows done, bad rows listed with their reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from claim_workspaces import LATE_ITEM, OPEN_ITEM, claims_workspace
from command_line import Answer, say

NOW = ("--now", "2026-11-03T00:00Z")

# What a row says -> filed and its state, or why not.
ROWS = """
EE000000005KR,sender,2026-11-01T09:00+09:00,,KRW,postage insurance,,A1,     -> granted guarantee
EE000000014KR,,,,,,,A2,                                                     -> waiting undecided
EE000000014KR,,,,,,,A3,                                                     -> claimed_already
EE000000005KR,sender,2026-11-01T09:00+09:00,,KRW,postage insurance,,A1,     -> granted guarantee
EE000000031KR,,,,,,,,                                                       -> unknown_item
EE000000006KR,,,,,,,,                                                       -> unreadable
EE000000005KR,neighbour,,,,,,,                                              -> unreadable
EE000000005KR,,3 November,,,,,,                                             -> unreadable
EE000000005KR,,,,,,maybe,,                                                  -> unreadable
EE000000005KR,,,,,,                                                         -> unreadable
EE000000005KR,,,cash,,,,,                                                   -> unreadable
EE000000005KR,,2026-12-01T00:00Z,,,,,A9,                                    -> not_received_yet
EE000000005KR,,,,,,,A10,2026-10-01                                          -> unknown_item
"""
HEADER = "item_id,claimant,received,remedy,currency,asks,waiver,reference,accepted_on"


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """A workspace into which the file was taken, and what was answered."""
    folder = claims_workspace(tmp_path_factory.mktemp("files") / "w")
    rows = [line.split("->")[0].strip() for line in ROWS.strip().splitlines()]
    (folder.parent / "claims.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return folder, say(*_taking(folder), "--json")


@pytest.fixture
def folder(filed: tuple[Path, Answer]) -> Path:
    return filed[0]


def _taking(folder: Path) -> tuple[str | Path, ...]:
    return ("claim", "open", "--file", folder.parent / "claims.csv", "-w", folder, *NOW)


def _done(answer: Answer) -> list[str]:
    """What became of each row, in order."""
    told = answer.json
    found = {row["row"]: f"{row['state']} {row['reason']}" for row in told["filed"]}
    found |= {row["row"]: row["reason"] for row in told["bad"]}
    assert told["rows"] == len(found)
    return [found[row] for row in sorted(found)]


def test_a_file_with_mixed_rows(filed: tuple[Path, Answer]) -> None:
    folder, first = filed
    words = _taking(folder)
    assert first.code == 3
    assert _done(first) == [line.split("->")[1].strip() for line in ROWS.strip().splitlines()]
    again = say(*words, "--json")
    assert _done(again) == _done(first)
    assert all(row["again"] for row in again.json["filed"])
    plain = say(*words)
    assert plain.out.startswith("13 rows: 3 filed (3 of them before), 10 not.")


def test_the_commands_tell_what_they_did(folder: Path) -> None:
    shown = say("claim", "show", LATE_ITEM, "-w", folder)
    assert "granted, not paid" in shown.out
    assert say("claim", "show", LATE_ITEM, "-w", folder, "--json").json["refund"] == {
        "amount_minor": 30000, "mode": "claim_driven", "by_this_case": True,
    }  # fmt: skip
    listed = say("claim", "list", "--state", "waiting", "-w", folder, "--json").json["cases"]
    assert [row["item_id"] for row in listed] == [OPEN_ITEM]
    assert say("claim", "list", "--overdue", "-w", folder, "--json", *NOW).json["cases"] == []
    korean = say("claim", "show", OPEN_ITEM, "-w", folder, "--lang", "ko")
    assert "우편물 판정 대기" in korean.out
    moved = say("claim", "decide", "--all", "-w", folder, "--json", "--now", "2026-11-17T00:00Z")
    assert moved.json["events"] == {"granted": 1}
    paid = ("claim", "decide", OPEN_ITEM, "--as", "paid", "--actor", "KRA", "-w", folder)
    assert say(*paid, "--json", "--now", "2026-11-17T01:00Z").json["state"] == "paid"
    assert say("refunds", "run", "--month", "2026-10", "-w", folder, "--json").json["granted"] == 0
    totals = say("refunds", "list", "--month", "2026-10", "-w", folder, "--json").json["refunds"]
    assert sum(row["amount_minor"] for row in totals) == 60000
    forecast = say("refunds", "forecast", "--month", "2026-10", "-w", folder, "--json").json
    assert [lane["mode"] for lane in forecast["lanes"]] == ["claim_driven"]
    for words in (("refunds", "list"), ("refunds", "forecast")):
        assert say(*words, "--month", "2026-10", "-w", folder).code == 0
    assert say("claim", "waiting", "--period", "2026-10", "-w", folder).code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("claim", "open"), "give an item's number, or --file"),
        (("claim", "open", "EE000000031KR"), "has no acceptance record here"),
        (("claim", "show", "EE000000031KR"), "no claim was filed here"),
        (("claim", "decide"), "give a case, or --all"),
        (("claim", "decide", LATE_ITEM, "--as", "paid"), "no actor"),
        (("claim", "appeal", LATE_ITEM, "--actor", "sender", "--reason", "why"), "cannot be"),
        (("refunds", "run", "--month", "2026-13"), "is not a month"),
        (("refunds", "run", "--month", "2026-09"), "no item of 2026-09 was judged here"),
    ],
)
def test_errors_are_one_clear_line(folder: Path, words: tuple[str, ...], told: str) -> None:
    answer = say(*words, "-w", folder)
    assert (answer.code, answer.out) == (1, "")
    (line,) = answer.err.splitlines()
    assert told in line
