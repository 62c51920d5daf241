"""`datecertain journal`: the books as people and programs ask for them."""

from __future__ import annotations

from command_line import say
from month_of_mail import CLOCK, Month

from datecertain.moments import format_utc

BOOKED = format_utc(CLOCK.now())
BEFORE = format_utc(CLOCK.now() - 1)


def test_verify_gives_a_digest_that_is_found_again(month: Month) -> None:
    told = say("journal", "verify", "-w", month.settled, "--json").json
    assert told["lines"] > 100
    again = say("journal", "verify", "--kept", told["digest"], "-w", month.settled)
    assert (again.code, again.out.splitlines()[1]) == (0, "The digest kept is in it.")
    other = say("journal", "verify", "--kept", "0" * 63 + "1", "-w", month.settled)
    assert other.code == 4
    assert "lines are gone" in other.out


def test_balances_sum_to_zero_in_every_post_s_books_and_were_empty_before(month: Month) -> None:
    now = say("journal", "balance", "--at", BOOKED, "-w", month.settled, "--json").json
    sums: dict[tuple[str, str], int] = {}
    for row in now["rows"]:
        key = (row["owner"], row["currency"])
        sums[key] = sums.get(key, 0) + row["amount"]
    assert sums
    assert not any(sums.values())
    before = say("journal", "balance", "--at", BEFORE, "-w", month.settled, "--json").json
    assert (before["rows"], before["lines"], before["digest"]) == ([], 0, "0" * 64)
    of_one = say("journal", "balance", "--post", "KR", "-w", month.settled, "--json").json
    assert {row["owner"] for row in of_one["rows"]} == {"KR"}
    unknown = say("journal", "balance", "--post", "ZZ", "-w", month.settled)
    assert (unknown.code, "post 'ZZ' is not known: " in unknown.err) == (1, True)


def test_what_posts_owe_each_other_stands_alike_in_both_their_books(month: Month) -> None:
    rows = say("journal", "balance", "-w", month.settled, "--json").json["rows"]
    owed = {
        (row["owner"], row["counterparty"]): row["amount"]
        for row in rows
        if row["account"] == "posts.receivable"
    }
    owes = {
        (row["counterparty"], row["owner"]): -row["amount"]
        for row in rows
        if row["account"] == "posts.payable"
    }
    assert owed == owes


def test_the_entries_about_an_item(month: Month) -> None:
    entries = say("journal", "show", "--period", "2026-10", "-w", month.settled, "--json").json
    item = next(entry["item_id"] for entry in entries if entry["item_id"])
    mine = say("journal", "show", "--item", item, "-w", month.settled, "--json").json
    assert {entry["item_id"] for entry in mine} == {item}
    one = say("journal", "show", "--entry", mine[0]["entry_id"], "-w", month.settled)
    assert mine[0]["entry_id"] in one.out
    assert "refunds.expense" in one.out or "posts.receivable" in one.out
    none = say("journal", "show", "--item", "EE000000005KR", "-w", month.settled)
    assert (none.code, none.out) == (1, "")
