"""Promises through the operations: recorded once, never moved, voided in time, expired, handed on
to judging."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import run, say
from small_workspaces import interchange, small_workspace, take_in_files

from datecertain.errors import KeyReused, NotFound, PromiseRefused, UsageError
from datecertain.moments import format_date, parse_date, parse_utc
from datecertain.network import Network
from datecertain.operations.clock import FixedClock
from datecertain.operations.evidence import current_items
from datecertain.operations.networks import publish_network
from datecertain.operations.promise_rows import StoredPromise
from datecertain.operations.promise_views import (
    Asked,
    export_acceptances,
    list_promises,
    show_promise,
)
from datecertain.operations.promising import (
    Possession,
    expire_labels,
    possess,
    record_promise,
    void_promise,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Route
from datecertain.promise.recordings import Recording
from worlds import small_network, with_rows

ITEM, OTHER, THIRD = "EE000000005KR", "EE000000014KR", "EE000000028KR"
NOW = FixedClock(parse_utc("2026-10-21T01:30Z"))  # 10:30 in Seoul
#: By hand: the Friday's flight to New York (XA201), delivered on Saturday the 24th. Handed over on
#: Friday at nine it goes by Los Angeles, and is delivered on Monday the 26th.
ROUTE = Route("KR", "03051", "US", "10001", contents="documents")


def clock(text: str) -> FixedClock:
    return FixedClock(parse_utc(text))


def recording(
    at: str = "2026-10-21T10:00", item: str | None = ITEM, told: str = "", **route: str
) -> Recording:
    ask = replace(Ask.at(ROUTE._replace(**route), at), weight_g=500)
    return Recording(
        ask, "counter-3", item, parse_date(told) if told else None, "SEL-1", 30000, "KRW"
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "workspace")


def record(workspace: Path, made: Recording, at: FixedClock = NOW) -> StoredPromise:
    with open_workspace(workspace, write=True) as opened:
        return record_promise(opened, made, at)


def void(workspace: Path, name: str, at: FixedClock = NOW, **more: str) -> StoredPromise:
    given = {"actor": "boss", "reason": "wrong country", **more}
    with open_workspace(workspace, write=True) as opened:
        return void_promise(opened, name, clock=at, **given)


def hand_over(workspace: Path, name: str, possession: Possession, at: FixedClock) -> StoredPromise:
    with open_workspace(workspace, write=True) as opened:
        return possess(opened, name, possession, at)


def told(promise: StoredPromise) -> tuple[str, str | None]:
    day = promise.standing.binding_on
    return str(promise.standing.state), None if day is None else format_date(day)


def test_a_promise_is_recorded_with_what_decided_it(workspace: Path) -> None:
    promise = record(workspace, recording())
    assert told(promise) == ("held", "2026-10-24")
    with open_workspace(workspace) as opened:
        shown = show_promise(opened, ITEM)
    assert shown["given"]["network_version"] == small_network().version
    assert shown["given"]["rules_version"]
    assert shown["given"]["tzdata_version"]
    assert (shown["office"], shown["postage_minor"], shown["weight_g"]) == ("SEL-1", 30000, 500)
    for language, quote in shown["quote"].items():
        assert quote["due_on"] == "2026-10-24", language
        assert quote["steps"], language
    assert shown["quote"]["en"]["steps"] != shown["quote"]["ko"]["steps"]
    assert json.loads(json.dumps(shown)) == shown


def test_contents_are_recorded_as_they_are_compared(workspace: Path) -> None:
    promise = record(workspace, recording(contents=" Merchandise"))
    assert promise.ask.route.contents == "merchandise"
    assert record(workspace, recording(contents="merchandise")) == promise


def test_the_same_key_gives_the_same_promise_and_another_request_is_refused(
    workspace: Path,
) -> None:
    first = record(workspace, replace(recording(), key="monday-1"))
    again = record(workspace, replace(recording(), key="monday-1"), clock("2026-10-22T01:00Z"))
    assert again == first
    with pytest.raises(KeyReused, match="monday-1"):
        record(workspace, replace(recording(told="2026-10-27"), key="monday-1"))


def test_an_item_has_one_promise_that_stands(workspace: Path) -> None:
    record(workspace, recording())
    with pytest.raises(PromiseRefused, match="has a promise already"):
        record(workspace, recording("2026-10-21T10:05"))
    void(workspace, ITEM)
    assert told(record(workspace, recording("2026-10-21T10:05"))) == ("held", "2026-10-24")


def slower() -> Network:
    """The small world after a change: Seoul's office sends nothing until November."""
    return Network.from_texts(
        with_rows(
            "closures.csv", "KRSELB,outward,2026-10-20,2026-10-31,2026-10-19,Storm.,폭풍,test"
        )
    )


def test_a_later_network_moves_no_promise_and_gives_the_next_one(workspace: Path) -> None:
    before = record(workspace, recording())
    with open_workspace(workspace, write=True) as opened:
        publish_network(opened, slower(), clock("2026-10-21T02:00Z"))
    later = record(workspace, recording(item=OTHER), clock("2026-10-21T02:10Z"))
    assert told(later) > ("held", "2026-11-01")
    with open_workspace(workspace) as opened:
        shown, other = show_promise(opened, ITEM), show_promise(opened, OTHER)
    assert shown["binding_on"] == shown["quote"]["en"]["due_on"] == "2026-10-24"
    assert shown["given"]["network_version"] == before.given.network_version
    assert other["given"]["network_version"] == slower().version
    assert record(workspace, recording(), clock("2026-10-21T03:00Z")) == before


def test_what_the_sender_was_told_binds_and_is_flagged(workspace: Path) -> None:
    promise = record(workspace, recording(told="2026-10-23"))
    assert told(promise) == ("held", "2026-10-23")
    assert promise.standing.given.misquoted
    record(workspace, recording(item=OTHER))
    with open_workspace(workspace) as opened:
        (found,) = list_promises(opened, Asked(misquoted=True)).promises
    assert found == promise


# scan (local time and office), when it is voided -> what comes of it
LEFT = """
-                          2026-10-21T05:00Z voided
EMB 202610212030 KRSELB    2026-10-21T12:00Z voided
EMC 202610212300 KRSELB    2026-10-21T13:59Z voided
EMC 202610212300 KRSELB    2026-10-21T14:00Z refused
EMD 202610221030 USJFKA    2026-10-23T00:00Z refused
EMI 202610261000 USJFKA    2026-10-27T00:00Z refused
EMC 202605042300 KRSELB    2026-10-21T14:00Z voided
"""


@pytest.mark.parametrize("case", LEFT.strip().splitlines())
def test_a_misquote_is_voided_only_until_the_item_has_left(
    workspace: Path, tmp_path: Path, case: str
) -> None:
    *scan, at, expected = case.split()
    record(workspace, recording(told="2026-10-23"))
    if scan != ["-"]:
        sender = "USA" if scan[2].startswith("US") else "KRA"
        event = (scan[0], scan[1], scan[2])
        mail = interchange(event, sender=sender, recipient="USA" if sender == "KRA" else "KRA",
                           prepared="202610272330")  # fmt: skip
        assert take_in_files(workspace, tmp_path / "mail", {"a.edi": mail}).clean
    if expected == "refused":
        with pytest.raises(PromiseRefused, match=r"the date told binds .*2026-10-23"):
            void(workspace, ITEM, clock(at))
        return
    voided = void(workspace, ITEM, clock(at))
    assert told(voided) == ("voided", None)
    assert (voided.standing.ended_by, voided.standing.ended_because) == ("boss", "wrong country")


def test_a_withdrawal_needs_a_reason_and_an_actor_and_is_done_once(workspace: Path) -> None:
    record(workspace, recording())
    for missing in ({"reason": " "}, {"actor": ""}):
        with pytest.raises(UsageError, match="a reason and an actor"):
            void(workspace, ITEM, **missing)
    first = void(workspace, ITEM)
    assert void(workspace, ITEM) == first
    with pytest.raises(PromiseRefused, match="it was voided"):
        void(workspace, ITEM, reason="another reason")
    with pytest.raises(NotFound, match="has no promise here"):
        void(workspace, OTHER)


def label(workspace: Path) -> StoredPromise:
    return record(
        workspace, replace(recording(item=None, channel="label"), key="web-1", postage_minor=-1,
                           currency="")
    )  # fmt: skip


HANDED = Possession("2026-10-23T09:00", "c3", ITEM, "", None, 520, 30000, "KRW")


def test_the_clock_of_a_label_starts_when_the_item_is_handed_over(workspace: Path) -> None:
    estimate = label(workspace)
    assert told(estimate) == ("estimated", None)
    assert estimate.given.standard_on == parse_date("2026-10-24")
    # Recorded by a bulk scan in the evening: the evidence of the morning counts.
    held = hand_over(workspace, estimate.promise_id, HANDED, clock("2026-10-23T11:00Z"))
    assert told(held) == ("held", "2026-10-26")
    assert told(record(workspace, recording("2026-10-23T09:00", OTHER))) == told(held)
    assert held.standing.estimate == estimate.given
    again = hand_over(workspace, estimate.promise_id, HANDED, clock("2026-10-24T01:00Z"))
    assert again == held
    with open_workspace(workspace) as opened:
        shown = show_promise(opened, ITEM)
    assert shown["estimate"]["standard_on"] == "2026-10-24"
    assert (shown["weight_g"], shown["postage_minor"]) == (520, 30000)
    assert [event["event"] for event in shown["events"]] == ["recorded", "possessed"]


def test_a_label_is_quoted_anew_by_the_network_of_its_handing_over(workspace: Path) -> None:
    estimate = label(workspace)
    with open_workspace(workspace, write=True) as opened:
        publish_network(opened, slower(), clock("2026-10-22T00:00Z"))
    held = hand_over(workspace, estimate.promise_id, HANDED, clock("2026-10-23T11:00Z"))
    assert held.standing.given.network_version == slower().version
    assert told(held) > ("held", "2026-11-01")
    assert held.standing.estimate == estimate.given


def test_a_label_is_not_handed_over_twice_nor_promised_beside(workspace: Path) -> None:
    promise = label(workspace)
    hand_over(workspace, promise.promise_id, HANDED, clock("2026-10-23T11:00Z"))
    with pytest.raises(PromiseRefused, match="holds the item already"):
        hand_over(workspace, promise.promise_id, replace(HANDED, accepted="2026-10-23T09:10"),
                  clock("2026-10-23T11:00Z"))  # fmt: skip
    with pytest.raises(PromiseRefused, match="has a promise already"):
        record(workspace, recording("2026-10-23T10:00"))


# handed over (local), expired beforehand? -> state. The label of the 21st expires with the 28th.
EXPIRY = """
2026-10-28T23:59 no  held
2026-10-29T00:00 no  refused
2026-10-28T23:59 yes held
2026-10-29T00:00 yes refused
2026-10-19T10:00 no  refused
"""


@pytest.mark.parametrize("case", EXPIRY.strip().splitlines())
def test_a_label_expires_to_the_minute(workspace: Path, case: str) -> None:
    at, expired, expected = case.split()
    promise = label(workspace)
    late = clock("2026-10-29T05:00Z")
    if expired == "yes":
        with open_workspace(workspace, write=True) as opened:
            assert expire_labels(opened, clock("2026-10-28T14:59Z"), actor="night") == []
            (over,) = expire_labels(opened, clock("2026-10-28T15:00Z"), actor="night")
            assert told(over) == ("expired", None)
            assert expire_labels(opened, late, actor="night") == []
    possession = replace(HANDED, accepted=at)
    if expected == "refused":
        with pytest.raises(PromiseRefused):
            hand_over(workspace, promise.promise_id, possession, late)
    else:
        assert told(hand_over(workspace, promise.promise_id, possession, late))[0] == expected


def test_what_is_still_to_come_is_no_evidence(workspace: Path) -> None:
    promise = label(workspace)
    with pytest.raises(PromiseRefused, match="still to come"):
        hand_over(workspace, promise.promise_id, HANDED, NOW)
    with pytest.raises(UsageError, match="nothing was handed over"):
        hand_over(workspace, promise.promise_id, replace(HANDED, channel="label"), NOW)


def test_lists_go_page_by_page(workspace: Path) -> None:
    numbers = [ITEM, OTHER, THIRD, "EE000000031KR", "EE000000045KR"]
    for number in numbers:
        record(workspace, recording(item=number))
    void(workspace, OTHER)
    with open_workspace(workspace) as opened:
        found: list[str | None] = []
        after: str | None = ""
        while after is not None:
            page = list_promises(opened, Asked(state="held"), after=after, limit=2)
            assert len(page.promises) <= 2
            found += [promise.standing.item_id for promise in page.promises]
            after = page.after
        assert found == [number for number in numbers if number != OTHER]
        assert len(list_promises(opened, Asked(origin="US")).promises) == 0
        assert len(list_promises(opened, Asked(period="2026-10", made="online")).promises) == 5
        with pytest.raises(UsageError, match="state 'gone'"):
            list_promises(opened, Asked(state="gone"))
        with pytest.raises(UsageError, match="no place in a list"):
            list_promises(opened, after="yesterday")


def test_promises_reach_judging_as_acceptance_records(workspace: Path, tmp_path: Path) -> None:
    record(workspace, recording(told="2026-10-23"))
    record(workspace, recording(item=OTHER))
    void(workspace, OTHER)
    record(workspace, recording(item=THIRD, channel="contract"))
    record(workspace, replace(recording(item="EE000000031KR"), postage_minor=-1, currency=""))
    handed = label(workspace)
    hand_over(workspace, handed.promise_id, replace(HANDED, item_id="EE000000045KR"),
              clock("2026-10-23T11:00Z"))  # fmt: skip
    record(workspace, replace(recording(item=None, channel="label"), key="web-2"))
    with open_workspace(workspace) as opened:
        data, findings = export_acceptances(opened, "2026-10")
    assert [(one.code, one.item) for one in findings] == [
        ("acceptance-incomplete", "EE000000031KR")
    ]
    report = take_in_files(workspace, tmp_path / "mail", {"promises.csv": data})
    assert report.clean
    with open_workspace(workspace) as opened:
        items = {row["item_id"]: row for row in current_items(opened, None).to_pylist()}
    accepted = {name: (row["accepted_date"], row["accepted_min"]) for name, row in items.items()}
    day = parse_date("2026-10-21")
    assert accepted == {
        ITEM: (day, 600), OTHER: (day, 600), THIRD: (day, 18 * 60 + 30),
        "EE000000045KR": (day + 2, 540),
    }  # fmt: skip
    promised = {name: row["promised_on"] for name, row in items.items()}
    assert promised == {
        ITEM: parse_date("2026-10-23"), OTHER: None, THIRD: items[THIRD]["standard_on"],
        "EE000000045KR": parse_date("2026-10-26"),
    }  # fmt: skip


def test_the_commands_say_what_the_operations_do(workspace: Path) -> None:
    made = ["promise", "record", "--from", "KR:03051", "--to", "US:10001", "--at",
            "2026-10-21T10:00", "--item", ITEM, "--actor", "c3", "--weight", "500",
            "--postage", "30000", "--currency", "KRW", "-w", workspace]  # fmt: skip
    answer = say(*made, "--told", "2026-10-23", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["binding_on"] == "2026-10-23"
    assert answer.json["misquoted"] is True
    shown = say("promise", "show", ITEM, "-w", workspace, "--lang", "ko")
    assert "2026년 10월 23일(금)" in shown.out
    voided = say("promise", "void", ITEM, "--reason", "misread", "--actor", "boss", "-w", workspace)
    assert voided.out.splitlines() == [f"Promise {ITEM}: voided by boss: misread. No date binds."]
    listed = say("promise", "list", "-w", workspace, "--state", "voided", "--json")
    assert [row["ended_by"] for row in listed.json["promises"]] == ["boss"]
    twice = say("promise", "void", ITEM, "--reason", "again", "--actor", "boss", "-w", workspace)
    assert twice.code == 1
    assert twice.err.endswith("it was voided: record a new promise\n")
    assert say("promise", "expire", "--actor", "n", "-w", workspace).out == "0 labels expired.\n"


def test_the_help_gives_an_example() -> None:
    answer = run("promise", "record", "--help")
    assert answer.code == 0
    assert "Example: datecertain promise record" in answer.out
