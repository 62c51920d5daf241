"""What happens is told once, whatever did it: by looking at what the stores hold, on SQLite and on
PostgreSQL. The world is the small invented one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from claim_workspaces import (
    LATE_ITEM,
    OPEN_ITEM,
    claim,
    claims_workspace,
    delivered,
    do,
    judge,
    take_in,
)
from command_line import say
from inquiry_cases import ask, late_item
from sqlalchemy import insert

from datecertain.access import keeper
from datecertain.claims.cases import Actor, Event
from datecertain.moments import DAY, parse_utc
from datecertain.operations import happening_limits
from datecertain.operations.happening_kinds import Kind
from datecertain.operations.happening_verdicts import MARK
from datecertain.operations.happenings import Happening, happenings_after, tell, tell_warnings
from datecertain.operations.watch_looks import looks
from datecertain.operations.workspaces import open_workspace
from datecertain.store import batch_id
from datecertain.store.claim_records import refunds
from datecertain.store.happening_book import HappeningBook
from datecertain.store.lane_records import lane_acts
from datecertain.store.records import audience_of
from datecertain.store.settlement_records import statement_events, statements

NOW = parse_utc("2026-11-05T00:00Z")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which an item came late, and was judged before anybody looked."""
    return claims_workspace(tmp_path_factory.mktemp("told") / "w")


@pytest.fixture
def book(untouched: Path, tmp_path: Path) -> Iterator[HappeningBook]:
    """The book of that workspace."""
    with HappeningBook(Path(shutil.copytree(untouched, tmp_path / "w"))) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HappeningBook]:
    """The same, on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("book")
        return
    url = request.getfixturevalue("postgres_url")
    with HappeningBook(claims_workspace(tmp_path / "pg", records=url)) as opened:
        yield opened


def told(book: HappeningBook, after: int = 0) -> list[Happening]:
    """All that stands in the book after a number."""
    return list(happenings_after(book, keeper(), after, 1000))


def in_short(rows: list[Happening]) -> list[tuple[str, Any, Any]]:
    return [(str(one.kind), one.body.get("item"), one.body["state"]) for one in rows]


def test_claims_refunds_and_verdicts_are_told_once(either: HappeningBook) -> None:
    book = either
    assert tell(book, NOW) == 1  # the network was put in force; what was judged before is past
    assert in_short(told(book)) == [("network", None, "in_force")]
    case = claim(book.folder, "2026-11-02T00:00Z")
    do(book.folder, "2026-11-02T02:00Z", Event.PAID, Actor.ORIGIN)
    take_in(book.folder, "2", delivered(OPEN_ITEM, "202610291000", "2"))
    judge(book.folder, "2026-11-03T00:00Z")
    assert tell(book, NOW) == 4
    assert tell(book, NOW) == 0
    assert in_short(told(book, 1)) == [
        ("refund", LATE_ITEM, "granted"), ("claim_decided", LATE_ITEM, "granted"),
        ("refund", LATE_ITEM, "paid"), ("late", OPEN_ITEM, "late_liable"),
    ]  # fmt: skip
    late = told(book)[-1]
    assert (late.audience, late.at) != ("", 0)
    assert late.body["promised_on"] == "2026-10-24"
    assert (late.body["was"], late.body["stopped_on"]) == ("pending", "2026-10-29")
    assert {one.audience for one in told(book, 1)} == {"KR+US"}
    assert case.case_id == told(book)[2].subject


def test_more_late_items_than_the_limit_are_one_row(
    book: HappeningBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(book, NOW)
    monkeypatch.setattr(
        "datecertain.operations.happening_verdicts.limits_on",
        lambda day: happening_limits.Limits(0, 1, (5,), 4, 30, 20),
    )
    take_in(book.folder, "2", delivered(OPEN_ITEM, "202610291000", "2"))
    judge(book.folder, "2026-11-03T00:00Z")
    assert tell(book, NOW) == 1
    (one,) = told(book, 1)
    assert one.body == {"period": "2026-10", "audience": "KR+US", "items": 1}


def test_a_decided_item_that_is_judged_otherwise_is_told(book: HappeningBook) -> None:
    tell(book, NOW)
    # A later scan says that the late item was delivered in time after all.
    take_in(book.folder, "2", delivered(LATE_ITEM, "202610261000", "2"))
    judge(book.folder, "2026-11-03T00:00Z")
    tell(book, NOW)
    (one,) = told(book, 1)
    assert (one.kind, one.body["item"], one.body["was"]) == (
        Kind.VERDICT_CHANGED, LATE_ITEM, "late_liable",
    )  # fmt: skip
    assert one.body["days_liable"] != one.body["days_liable_was"]


def test_inquiries_are_told_without_the_persons_in_them(tmp_path: Path) -> None:
    folder = late_item(tmp_path / "w")
    inquiry = ask(folder)
    with HappeningBook(folder) as book:
        tell(book, NOW)
        (one,) = [one for one in told(book) if one.kind is Kind.INQUIRY]
    assert (one.subject, one.audience) == (inquiry, "KR+US")
    assert one.body == {
        "inquiry": inquiry, "item": "EE000000005KR", "asks": "delayed", "asking": "KR",
        "asked": "US", "state": "asked",
    }  # fmt: skip


def test_an_item_at_risk_is_told_when_that_changes(tmp_path: Path) -> None:
    folder = late_item(tmp_path / "w")
    moments = [parse_utc(f"2026-10-{day}T00:00Z") for day in (22, 25, 26, 27, 28, 29)]
    assert [tell_warnings(folder, moment) for moment in moments] == [0, 0, 1, 0, 1, 0]
    take_in(folder, "2", delivered("EE000000005KR", "202610261000", "2"))
    assert [tell_warnings(folder, moments[-1] + days * DAY) for days in (9, 10)] == [1, 0]
    with HappeningBook(folder) as book:
        rows = told(book)
    assert [(one.kind, one.body["state"]) for one in rows] == [
        (Kind.PROMISE_AT_RISK, "at_risk"), (Kind.PROMISE_AT_RISK, "beyond_saving"),
        (Kind.PROMISE_SAVED, "saved"),
    ]  # fmt: skip
    assert rows[0].body["save_by"] == "2026-10-26T00:00Z"


def test_by_the_command_line(book: HappeningBook) -> None:
    folder = book.folder
    assert say("happenings", "look", "-w", folder, "--json").json == {"told": 1}
    assert say("happenings", "look", "--watch", "-w", folder, "--json").json["told"] >= 0
    listed = say("happenings", "list", "-w", folder, "--json").json
    assert (listed["items"][0]["kind"], listed["next"]) == ("network", None)
    assert say("happenings", "list", "--kind", "late", "-w", folder).out == ""
    assert say("happenings", "list", "--kind", "x", "-w", folder).code == 1
    shown = say("happenings", "list", "--lang", "ko", "-w", folder).out
    assert "운송망" in shown


def test_what_was_judged_before_anybody_looked_is_not_told(book: HappeningBook) -> None:
    assert book.last_judging(MARK)[1] is None
    tell(book, NOW)
    judged, mark = book.last_judging(MARK)
    assert judged == mark


def test_a_month_may_be_judged_meanwhile(book: HappeningBook) -> None:
    with open_workspace(book.folder, write=True):  # somebody holds the workspace
        assert tell(book, NOW) == 1


def test_a_run_of_many_refunds_is_one_row_a_pair(
    either: HappeningBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = either
    tell(book, NOW)
    monkeypatch.setattr(
        "datecertain.operations.happening_sources.limits_on",
        lambda day: happening_limits.Limits(2, 1, (5,), 4, 30, 20),
    )
    with open_workspace(book.folder, write=True) as opened:
        for run, pairs in (("small", ["US"] * 2), ("large", ["US", "US", "JP"])):
            with opened.commit("refunds", batch_id("refunds", run), now=NOW) as commit:
                rows = [_refund(f"{run}-{n}", to, commit.batch_id) for n, to in enumerate(pairs)]
                commit.records(lambda link, rows=rows: link.execute(insert(refunds), rows))  # type: ignore[misc]
    assert tell(book, NOW) == 4
    assert tell(book, NOW) == 0
    found = told(book, 1)
    assert sorted((one.audience, one.body["state"], one.body.get("items")) for one in found) == [
        ("JP+KR", "many", 1), ("KR+US", "granted", None), ("KR+US", "granted", None),
        ("KR+US", "many", 2),
    ]  # fmt: skip


def _refund(item: str, to: str, batch: str) -> dict[str, Any]:
    texts = {
        "item_key": item, "item_id": item, "origin": "KR", "destination": to, "owner": "KR",
        "audience": audience_of(["KR", to]), "month": "2026-10", "ground": "late",
        "mode": "automatic", "currency": "KRW", "remedy": "money", "paying_office": "KRSELB",
        "means": "original", "terms_source": "test", "verdict_batch": "v", "batch_id": batch,
    }  # fmt: skip
    numbers = {"accepted_date": 20_000, "postage_minor": 1, "percent": 100, "amount_minor": 1}
    return texts | numbers | {"granted_at": NOW}


def test_long_looks_are_not_taken_again_because_something_else_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, looked = late_item(tmp_path / "w"), list[int]()

    def interrupted(*given: Any) -> Iterator[Any]:
        looked.append(1)
        with HappeningBook(folder) as other:
            tell(other, NOW)  # the network
        yield from looks(*given)

    monkeypatch.setattr("datecertain.operations.happening_warnings.looks", interrupted)
    assert tell_warnings(folder, parse_utc("2026-10-26T00:00Z")) == 1
    with HappeningBook(folder) as book:
        assert ([one.kind for one in told(book)], len(looked)) == (
            [Kind.NETWORK, Kind.PROMISE_AT_RISK], 1,
        )  # fmt: skip

    def quicker(*given: Any) -> Iterator[Any]:
        monkeypatch.setattr("datecertain.operations.happening_warnings.looks", looks)
        tell_warnings(folder, parse_utc("2026-10-28T00:00Z"))
        yield from looks(*given)

    monkeypatch.setattr("datecertain.operations.happening_warnings.looks", quicker)
    with HappeningBook(folder) as book:
        before = book.last()
        tell_warnings(folder, parse_utc("2026-10-28T00:00Z"))
        assert book.last() == before + 1  # by the quicker one alone


def test_statements_disputes_and_lanes(book: HappeningBook) -> None:
    tell(book, NOW)
    posts = {"owner": "KR", "audience": "KR+US", "actor": "KR"}
    said = posts | {"statement_id": "s-1", "reason": "our scan"}
    lane = posts | {
        "number": None, "origin": "KR", "destination": "US", "sha256": "", "network_version": "v",
        "reason": "storm",
    }  # fmt: skip
    batch = {"batch_id": batch_id("settle", "test")}
    statement = batch | {
        "statement_id": "s-1", "post_a": "KR", "post_b": "US", "owner": "KR",
        "audience": "KR+US", "period": "2026-10", "version": 1, "state": "provisional",
        "sha256": "", "content": b"{}", "created_at": NOW,
    }  # fmt: skip
    events = [
        said | batch
        | {"seq": seq, "event": event, "line": line, "item": item, "at": NOW + seq}
        for seq, (event, line, item) in enumerate(
            [("disputed", 2, "EE000000005KR"), ("conceded", 2, ""), ("corrected", 2, ""),
             ("finalised", 0, ""), ("accepted", 0, "")], start=1,
        )
    ]  # fmt: skip
    acts = [
        lane | {"seq": seq, "act": act, "at": NOW + 10 + seq}
        for seq, act in enumerate(["signed", "published", "closed"], start=1)
    ]  # fmt: skip
    with (
        open_workspace(book.folder, write=True) as opened,
        opened.commit("settle", batch["batch_id"], now=NOW) as commit,
    ):
        commit.records(lambda link: link.execute(insert(statements), [statement]))
        commit.records(lambda link: link.execute(insert(statement_events), events))
        commit.records(lambda link: link.execute(insert(lane_acts), acts))
    tell(book, NOW)
    found = told(book, 1)
    assert [(str(one.kind), one.subject, one.body["state"]) for one in found] == [
        ("statement", "s-1", "issued"), ("dispute", "s-1", "disputed"),
        ("dispute", "s-1", "conceded"), ("statement", "s-1", "final"),
        ("statement", "s-1", "accepted"), ("lane", "KR-US", "opened"), ("lane", "KR-US", "closed"),
    ]  # fmt: skip
    assert (found[1].body["line"], found[1].body["item"]) == (2, "EE000000005KR")
    assert "our scan" not in str(found)
