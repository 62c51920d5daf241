"""What dispatches tell, among the figures of data quality and the lists (all mail is invented)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from command_line import say
from mail_bags import Mailbox
from small_workspaces import ACCEPTED, acceptance_file, small_workspace, take_in_files
from test_transport_mail import PREDES, RESDES

ACCEPTANCE = acceptance_file(
    ACCEPTED | {"accepted_local": "2026-11-19T10:00", "date_told": "2026-11-24"}
)
ADVISED: Mailbox = {"a.csv": ACCEPTANCE, "p.edi": PREDES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def figures(folder: Path, *more: str) -> dict[str, tuple[int, int]]:
    """Wrong of how many, by kind, of what the destination has to answer for."""
    words = ("quality", "--period", "2026-11", "--as-of", "2026-12-20T00:00Z", "--json", "-w")
    told = say(*words, folder, *more).json
    about = ("dispatch_not_received", "receptacle_unadvised")
    rows = [one for one in told["lines"] if one["kind"] in about]
    return {f"{one['kind']} {one['name']} {one['post']}": (one["wrong"], one["of"]) for one in rows}


def wrong(found: dict[str, tuple[int, int]], kind: str) -> tuple[int, int]:
    """The one figure of a kind."""
    (figure,) = (figure for name, figure in found.items() if name.startswith(f"{kind} "))
    return figure


def test_a_dispatch_that_never_came(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", ADVISED)
    assert wrong(figures(folder), "dispatch_not_received") == (1, 1)


def test_what_came_unadvised_and_the_lists(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", ADVISED | {"r.edi": RESDES})
    found = figures(folder, "--out", str(tmp_path / "lists"))
    assert wrong(found, "dispatch_not_received") == (0, 1)
    assert found["receptacle_unadvised no_dispatch KR"] == (1, 2)
    file = tmp_path / "lists" / "2026-11.KR.receptacle_unadvised.csv"
    with file.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["post"], row["partner"]) for row in rows] == [("KR", "US")]


def test_without_transport_messages_nothing_is_said_of_dispatches(
    folder: Path, tmp_path: Path
) -> None:
    take_in_files(folder, tmp_path / "mail", {"a.csv": ACCEPTANCE})
    assert figures(folder) == {}
