"""What is kept of open items from look to look: the watch list is the same as if everything were
looked at each time, whatever came in between and whoever asks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from mail_bags import Mailbox
from month_of_mail import CLOCK, Month, take_in
from small_workspaces import acceptance_file, interchange, take_in_files
from test_proven_handovers import ACCEPTANCE_ROW, left
from test_proven_handovers import workspace as agreed
from test_transport_mail import BAG

import transport_cases as cases
from datecertain.claims.inquiries import Kind
from datecertain.identifiers import ItemNumber, compose_many
from datecertain.moments import DAY, parse_utc
from datecertain.operations import open_items
from datecertain.operations.clock import FixedClock
from datecertain.operations.fact_keeping import compact_facts
from datecertain.operations.inquiries import Question, open_inquiry
from datecertain.operations.open_items import OpenItems
from datecertain.operations.watch_list import Asked, WatchList, watch_list
from datecertain.operations.workspaces import open_workspace
from thorough import often

BEGIN = parse_utc("2026-10-02T09:00Z")
HOUR = 60


class Reading:
    """How often a part was read whole, and how many numbers were read alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.whole, self.numbers = 0, 0
        turn = open_items._Turn
        whole, some = turn._read, turn._with_named

        def read(*given: Any) -> Any:
            self.whole += 1
            return whole(*given)

        def named(*given: Any) -> Any:
            self.numbers += len(given[-1])
            return some(*given)

        monkeypatch.setattr(turn, "_read", read)
        monkeypatch.setattr(turn, "_with_named", named)


def same(kept: WatchList, anew: WatchList) -> None:
    assert kept.rows.to_pylist() == anew.rows.to_pylist()
    assert (kept.looked_at, kept.states) == (anew.looked_at, anew.states)


def both(folder: Path, moment: int, kept: OpenItems, asked: Asked | None = None) -> WatchList:
    """The list from what is kept; the same as one made of everything."""
    with open_workspace(folder) as workspace:
        found = watch_list(workspace, moment, asked, kept=kept)
        same(found, watch_list(workspace, moment, asked))
    return found


def test_time_goes_on_and_nothing_comes_in(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every few hours of a month of which all was told at once, later moments included."""
    kept, reading, chance = OpenItems(), Reading(monkeypatch), Random("watch")
    moment, seen = BEGIN, 0
    for _ in range(often(40)):
        seen = max(seen, len(both(month.ingested, moment, kept).rows))
        moment += chance.choice((1, 7 * HOUR, 11 * HOUR, 19 * HOUR))
    assert seen > 50
    assert 0 < reading.whole < 20, "parts are read whole at first, and where much became known"
    assert reading.numbers > 100
    both(month.ingested, BEGIN + DAY, kept)  # and back


def test_whoever_asks_sees_the_same(month: Month) -> None:
    kept, moment = OpenItems(), BEGIN + 10 * DAY
    lanes = {f"{row['origin']}-{row['destination']}"
             for row in both(month.ingested, moment, kept).rows.to_pylist()}  # fmt: skip
    for lane in sorted(lanes)[:5]:
        both(month.ingested, moment, kept, Asked(lane=lane))
    with open_workspace(month.ingested) as workspace:

        def of_korea(origin: str, destination: str) -> bool:
            return "KR" in (origin, destination)

        mine = watch_list(workspace, moment, kept=kept, sees_flow=of_korea)
        same(mine, watch_list(workspace, moment, sees_flow=of_korea))
    assert len(mine.rows) > 0


@contextmanager
def one_by_one(month: Month, folder: Path) -> Iterator[list[Callable[[], object]]]:
    """The month's mail in a dozen bags, each a step that takes one in."""
    files = sorted(path for path in month.mailbox.rglob("*") if path.is_file())
    Random("bags").shuffle(files)
    steps: list[Callable[[], object]] = []
    for number in range(12):
        bag = folder / f"bag-{number}"
        for path in files[number::12]:
            to = bag / path.relative_to(month.mailbox)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
        steps.append(lambda bag=bag: take_in(folder / "w", bag))  # type: ignore[misc]
    yield steps


def test_mail_comes_in_meanwhile(
    month: Month, workspace: Callable[[Path], Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """In any order, much of it late; now and then the facts are compacted, and of items that had
    arrived something more is told."""
    workspace(month.made).rename(tmp_path / "w")
    folder, kept, reading = tmp_path / "w", OpenItems(), Reading(monkeypatch)
    chance, moment = Random("mail"), BEGIN + 8 * DAY
    with one_by_one(month, tmp_path) as steps:
        for number, step in enumerate(steps):
            step()
            if number in (5, 9):
                compact_facts(folder, CLOCK)
            both(folder, moment, kept)
            moment += chance.choice((1, 5 * HOUR, 23 * HOUR))
    before = reading.whole
    arrived = delivered_before(folder, moment)
    told = tmp_path / "again"
    told.mkdir()
    for place, number in enumerate(arrived[:5]):
        (told / f"{place}.edi").write_bytes(
            interchange(("EMC", "202610200900", "USORDA"), item=number, reference=str(place))
        )
    take_in(folder, told)
    assert len(both(folder, moment + 1, kept).rows) > 10
    assert reading.whole - before < 5, "only what the mail names is read again"
    assert reading.numbers >= 5


def delivered_before(folder: Path, moment: int) -> list[str]:
    with open_workspace(folder) as opened:
        rows = opened.facts("events").arrow(["item_id", "code", "event_at"]).to_pylist()
    return sorted({
        str(ItemNumber.parse(row["item_id"])) for row in rows
        if row["code"] == "EMI" and row["event_at"] < moment - DAY
    })  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(sorted(BAG)))[::6])
def test_messages_about_receptacles_come_in_meanwhile(
    order: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the items in the bag are looked at again; a handover proven by it moves what is due."""
    numbers = [cases.ONE, *compose_many("EE", range(800, 820), "KR").to_pylist()]
    mail: Mailbox = {"a.csv": acceptance_file(*({**ACCEPTANCE_ROW, "item_id": number}
                                                for number in numbers))}  # fmt: skip
    mail |= {f"{place}.edi": left(number, str(place)) for place, number in enumerate(numbers)}
    folder = agreed(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", mail)
    kept, reading = OpenItems(), Reading(monkeypatch)
    moment = parse_utc("2026-11-20T20:00Z")
    assert len(both(folder, moment, kept).rows) == len(numbers)
    whole = reading.whole
    for name in order:
        take_in_files(folder, tmp_path / name, {name: BAG[name]})
        for _ in range(2):
            moment += 5 * HOUR
            both(folder, moment, kept)
    assert reading.whole == whole
    assert 0 < reading.numbers < len(numbers) * len(order)


def test_who_asks_for_an_item_is_heard(
    month: Month, workspace: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, kept, reading = workspace(month.ingested), OpenItems(), Reading(monkeypatch)
    moment = BEGIN + 10 * DAY
    rows = both(folder, moment, kept).rows.to_pylist()
    before = reading.whole
    with open_workspace(folder, write=True) as opened:
        for row in rows[:3]:
            question = Question(row["item_id"], Kind.DELAYED, "desk", asked=row["destination"])
            open_inquiry(opened, question, FixedClock(moment))
    both(folder, moment + 1, kept)
    assert (reading.whole, reading.numbers >= 3) == (before, True)
