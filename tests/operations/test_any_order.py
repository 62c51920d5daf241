"""The same messages in any order, any number of times, in any files, late or at once: the same
current verdicts and the same money (issue 2; requirements 16, 17)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from canonical_state import balances_of, events_of, payments_of, verdicts_of
from mail_bags import (
    Mailbox,
    delivered_apart,
    doubled,
    in_few_files,
    one_by_one,
    read_bag,
    renamed,
    write_bag,
)
from month_of_mail import SMALL_CHUNK, Month, judge_month, run_through, settle, take_in

from datecertain.moments import parse_utc

Copy = Callable[[Path], Path]
Change = Callable[[Mailbox, Random], Mailbox]

pytestmark = pytest.mark.slow


def demand_the_same(folder: Path, month: Month) -> None:
    """Verdicts, balances and payments are those of the undisturbed run."""
    expected = verdicts_of(month.settled)
    assert len(expected) > 100
    assert set(verdicts_of(folder)) ^ set(expected) == set()
    assert balances_of(folder) == balances_of(month.settled) != {}
    assert payments_of(folder) == payments_of(month.settled) != []


def everything_at_once(bag: Mailbox, chance: Random) -> Mailbox:
    """Doubled, taken apart, shuffled, put together otherwise."""
    return in_few_files(doubled(bag, chance), chance)


@pytest.mark.parametrize(
    "change", [renamed, one_by_one, everything_at_once], ids=lambda change: change.__name__
)
def test_order_files_and_repeats_do_not_matter(
    change: Change, month: Month, workspace: Copy, tmp_path: Path
) -> None:
    bag = change(read_bag(month.mailbox), Random(change.__name__))
    folder = workspace(month.made)
    report = run_through(folder, write_bag(tmp_path / "mailbox", bag), SMALL_CHUNK)
    assert report.clean
    assert (report.interchanges_repeated > 0) == (change is everything_at_once)
    demand_the_same(folder, month)


def test_an_interchange_taken_in_twice_counts_once(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    bag = one_by_one(read_bag(month.mailbox), Random("twice"))
    again = {f"again-{name}": data + b"\r\n" for name, data in bag.items() if name[-3:] == "edi"}
    folder = workspace(month.made)
    report = take_in(folder, write_bag(tmp_path / "mailbox", bag | again), SMALL_CHUNK)
    assert report.interchanges == 2 * len(again)
    assert report.interchanges_repeated == len(again)
    assert report.clean
    assert events_of(folder).num_rows == events_of(month.ingested).num_rows == report.events


@pytest.mark.parametrize("late_of_ten", [1, 6])
def test_late_delivery_ends_in_the_same_verdicts_and_money(
    late_of_ten: int, month: Month, workspace: Copy, tmp_path: Path
) -> None:
    chance = Random(f"late {late_of_ten}")
    first, later = delivered_apart(doubled(read_bag(month.mailbox), chance), chance, late_of_ten)
    folder = workspace(month.made)
    run_through(folder, write_bag(tmp_path / "first", first))
    assert verdicts_of(folder) != verdicts_of(month.settled), "what is late is to matter at first"
    assert balances_of(folder) != balances_of(month.settled)
    run_through(folder, write_bag(tmp_path / "later", later))
    demand_the_same(folder, month)


def test_judged_and_settled_too_early_is_put_right_at_the_closing(
    month: Month, workspace: Copy
) -> None:
    folder = workspace(month.ingested)
    judge_month(folder, parse_utc("2026-10-25T00:00Z"))
    settle(folder)
    assert balances_of(folder) != balances_of(month.settled)
    judge_month(folder)
    settle(folder)
    assert set(verdicts_of(folder, "judged_as_of")) == set(
        verdicts_of(month.settled, "judged_as_of")
    )
    assert balances_of(folder) == balances_of(month.settled)
    assert payments_of(folder) == payments_of(month.settled)
