# ruff: noqa: E501 - one line a case
"""A mailbox with damaged files in it: every usable message is used, the rest is set aside with its
place and its reason, and what goes in comes out (issue 2; requirements 16, 17)."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from canonical_state import events_of, rows_of
from command_line import Answer, run
from mail_bags import Mailbox, interchanges, is_interchanges, read_bag, write_bag
from month_of_mail import Month, take_in
from workspace_copies import copied

from datecertain.store import records

Key = tuple[object, ...]

#: After these the interchange is not known by its reference: it may come again whole.
_NOT_WHOLE = {
    "message-not-closed", "segment-count", "message-reference", "layout-unknown",
    "interchange-header-unreadable",
}  # fmt: skip
_KEY = (
    "item_id",
    "code",
    "event_date",
    "event_min",
    "office",
    "sender",
    "recipient",
    "interchange",
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to one interchange, and what is to be said of it. `used`: its events are used
    all the same."""

    name: str
    apply: Callable[[bytes], bytes]
    reason: str
    used: bool = False


def swapped(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    """One text for another; it must be there."""

    def change(data: bytes) -> bytes:
        found = re.sub(old, new, data, count=count)
        assert found != data, (old, data)
        return found

    return change


def other_check_digit(data: bytes) -> bytes:
    """The first item with a check digit one higher."""

    def higher(found: re.Match[bytes]) -> bytes:
        return found[1] + b"%d" % ((int(found[2]) + 1) % 10)

    return re.sub(rb"(CNI\+1\+..\d{8})(\d)", higher, data, count=1)


DAMAGES = (
    Damage("cut off in the message", lambda d: d[: d.rindex(b"LOC+14")], "message-not-closed"),
    Damage("cut off before the UNZ", lambda d: d[: d.index(b"UNZ+")], "", used=True),
    Damage("UNT counts wrong", swapped(rb"UNT\+\d+", rb"UNT+77"), "segment-count"),
    Damage("UNT counts nothing", swapped(rb"UNT\+\d+", rb"UNT+x"), "segment-count"),
    Damage("UNT of another message", swapped(rb"(UNT\+\d+)\+1'", rb"\1+2'"), "message-reference"),
    Damage("UNZ counts wrong", swapped(rb"UNZ\+1", rb"UNZ+4"), "interchange-trailer", used=True),
    Damage("UNZ of another", swapped(rb"(UNZ\+1\+)\d", rb"\1X"), "interchange-trailer", used=True),
    Damage("a layout nobody knows", swapped(rb"EMSEVT:3:0:ZZ", rb"EMSEVT:9:0:UN"), "layout-unknown"),
    Damage("a letter for a digit", swapped(rb"(CNI\+1\+..\d{7})\d", rb"\1O"), "item-shape"),
    Damage("a check digit", other_check_digit, "item-check-digit"),
    Damage("office in another character set", swapped(rb"LOC\+14\+..", "LOC+14+서울".encode("euc-kr"), 99), "office-unplaced"),
    Damage("office of no country", swapped(rb"LOC\+14\+..", rb"LOC+14+XX", 99), "office-unplaced"),
    Damage("no office", swapped(rb"LOC\+14\+[A-Z0-9-]+'", rb"LOC+14'", 99), "event-office-missing"),
    Damage("a time that is none", swapped(rb"DTM\+334:\d{8}", rb"DTM+334:2026AB99", 99), "event-time-unreadable"),
    Damage("an event in the future", swapped(rb"DTM\+334:2026", rb"DTM+334:2027", 99), "event-in-future"),
    Damage("a sender nobody knows", swapped(rb"UNA:\+\.\? 'UNB\+UNOA:3\+J1C...", rb"UNA:+.? 'UNB+UNOA:3+J1CXXX"), "sender-unknown"),
    Damage("a recipient nobody knows", swapped(rb"(UNB\+UNOA:3\+J1C...\+J1C)...", rb"\1XXX"), "recipient-unknown"),
    Damage("a test", swapped(rb"\+\+EMSEVT'", rb"++EMSEVT++++1'"), "interchange-test"),
    Damage("no reference", swapped(rb"(UNB\+.*?:\d{4}\+)\d+", rb"\1"), "interchange-header-unreadable"),
    Damage("rubbish in front", lambda d: b"\x00\xff\xfeRUBBISH" + d, "not-edifact", used=True),
    Damage("rubbish between messages", swapped(rb"UNZ\+", b"\x80\x81\x82'UNZ+"), "segment-outside-message", used=True),
)  # fmt: skip


def events_in(data: bytes) -> int:
    """How many events a text begins to tell."""
    return len(re.findall(rb"STS\+1\+", data))


def keys(events: pa.Table) -> Counter[Key]:
    """Events by what they say, wherever they stand."""
    return Counter(zip(*(events[name].to_pylist() for name in _KEY), strict=True))


@dataclass(frozen=True, slots=True)
class Accident:
    """A damaged interchange: the file it stands in now, and what it told before."""

    damage: Damage
    file: str
    whole: bytes
    events: Counter[Key]


def damaged(clean: Mailbox, facts: pa.Table) -> tuple[Mailbox, list[Accident]]:
    """The mailbox with an interchange for each damage, in a file of its own."""
    bag, accidents = dict(clean), []
    names = [name for name in sorted(clean) if is_interchanges(name)]
    for number, damage in enumerate(DAMAGES):
        name = names[3 + number * (len(names) // len(DAMAGES))]
        first, *others = interchanges(bag.pop(name))
        file = f"{name[:3]}/damaged-{number:02d}.edi"
        bag[file] = damage.apply(first)
        if others:
            bag[name] = b"".join(others)
        here = pc.and_(pc.equal(facts["source"], name), pc.less(facts["byte_offset"], len(first)))
        accidents.append(Accident(damage, file, first, keys(facts.filter(here))))
    assert all(one.events for one in accidents)
    return bag, accidents


@dataclass(frozen=True, slots=True)
class Aftermath:
    """A workspace that took the damaged mailbox in, and what the command said."""

    workspace: Path
    bag: Mailbox
    accidents: list[Accident]
    answer: Answer

    def set_aside(self, file: str) -> list[dict[str, Any]]:
        """What of a file stands in quarantine."""
        return [row for row in rows_of(self.workspace, records.quarantine) if row["source"] == file]


@pytest.fixture(scope="module")
def aftermath(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    top = tmp_path_factory.mktemp("malformed")
    bag, accidents = damaged(read_bag(month.mailbox), events_of(month.ingested))
    bag |= {"KRA/empty.edi": b"", "KRA/rubbish.bin": Random(7).randbytes(5000)}
    workspace = copied(month.made, top / "workspace")
    mailbox = write_bag(top / "mailbox", bag)
    return Aftermath(workspace, bag, accidents, run("ingest", mailbox, "-w", workspace, "--json"))


def test_exit_code_and_summary_say_that_something_was_set_aside(aftermath: Aftermath) -> None:
    assert aftermath.answer.code == 3
    assert aftermath.answer.err == ""
    told = aftermath.answer.json
    assert told["clean"] is False
    assert told["files"] == len(aftermath.bag)
    assert told["quarantined"] == len(rows_of(aftermath.workspace, records.quarantine))
    assert told["findings"].keys() >= {one.damage.reason for one in aftermath.accidents} - {""}
    assert told["findings"]["interchange-truncated"] == 2
    assert told["events"] == events_of(aftermath.workspace).num_rows


@pytest.mark.parametrize("number", range(len(DAMAGES)), ids=lambda n: DAMAGES[n].name)
def test_each_damage_is_set_aside_with_place_and_reason(number: int, aftermath: Aftermath) -> None:
    one = aftermath.accidents[number]
    aside = aftermath.set_aside(one.file)
    if not one.damage.reason:
        assert aside == []
    for row in aside:
        assert re.fullmatch(r"byte \d+", row["position"])
        begin = int(row["position"].split()[1])
        raw = row["raw"]
        if raw.startswith(b"{"):  # an event that could be read, as it was read
            assert json.loads(raw)["byte_offset"] == begin
        else:
            assert aftermath.bag[one.file][begin : begin + len(raw)] == raw
    assert {row["reason_code"] for row in aside} >= {one.damage.reason} - {""}
    facts = keys(events_of(aftermath.workspace))
    used = sum((facts & one.events).values())
    assert used == (sum(one.events.values()) if one.damage.used else 0)


def test_the_other_messages_are_all_used(aftermath: Aftermath, month: Month) -> None:
    lost = sum((one.events for one in aftermath.accidents if not one.damage.used), Counter[Key]())
    assert keys(events_of(aftermath.workspace)) == keys(events_of(month.ingested)) - lost


def test_every_event_that_came_in_is_in_the_facts_or_set_aside(aftermath: Aftermath) -> None:
    came = sum(events_in(data) for data in aftermath.bag.values())
    aside = rows_of(aftermath.workspace, records.quarantine)
    read = {(row["source"], row["position"]) for row in aside if row["raw"].startswith(b"{")}
    unread = sum(events_in(row["raw"]) for row in aside if not row["raw"].startswith(b"{"))
    assert came == events_of(aftermath.workspace).num_rows + len(read) + unread


def test_the_mailbox_comes_again_undamaged(
    aftermath: Aftermath, month: Month, tmp_path: Path
) -> None:
    """What was broken is used now. What could be read before under the same reference, with other
    bytes, is a conflict and kept whole: nothing is lost either way."""
    folder = Path(shutil.copytree(aftermath.workspace, tmp_path / "workspace"))
    report = take_in(folder, month.mailbox)
    assert set(report.findings) >= {"interchange-conflict"}
    facts = keys(events_of(folder))
    kept = [row["raw"] for row in rows_of(folder, records.quarantine)]
    broken = [one for one in aftermath.accidents if one.damage.reason in _NOT_WHOLE]
    assert len(broken) > 5
    for one in aftermath.accidents:
        if one in broken or one.damage.used:
            assert one.events <= facts
        assert one.events <= facts or one.whole in kept, one.damage.name
    unread = sum((one.events for one in aftermath.accidents if one.whole in kept), Counter[Key]())
    assert set(keys(events_of(month.ingested))) <= set(facts) | set(unread)
