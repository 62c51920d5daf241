"""The history of a judged month, against counting item by item; and quotes that show it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from canonical_state import differences, state_of
from command_line import say
from month_of_mail import ITEMS, PERIOD, Month

from datecertain.errors import NotFound
from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.operations.evidence import current_items
from datecertain.operations.expecting import make_history, shifts
from datecertain.operations.judging import current_verdicts
from datecertain.operations.workspaces import open_workspace
from worlds import small_network

QUOTE = ("quote", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-11-27T16:10")


def delivery_days(network: Network, area: str) -> list[int]:
    table = network.compiled.delivery_days.table
    start, end = table.bounds(network.areas[area])
    return list(table.done[start:end].tolist())


def slow_shift(days: list[int], standard: int, delivered: int | None) -> int | None:
    """Delivery days from the standard date to the one on which it was delivered, one by one."""
    if delivered is None:
        return None
    while delivered not in days:
        delivered += 1
    step = 1 if delivered >= standard else -1
    passed, day = 0, standard
    while day != delivered:
        day += step
        passed += (day if step > 0 else day + 1) in days
    return step * passed


def test_the_history_counts_every_judged_item_once(month: Month) -> None:
    network = bundled_ready()
    with open_workspace(month.judged) as workspace:
        history = make_history(workspace)
        verdicts = current_verdicts(workspace, [PERIOD]).to_pylist()
        items = current_items(workspace, None).to_pylist()
    standard = {row["item_key"]: row["standard_on"] for row in items}
    expected: Counter[tuple[str, str, str, int | None]] = Counter()
    for row in verdicts:
        on = standard[row["item_key"]]
        if on is None or row["destination_area"] is None:
            continue
        days = delivery_days(network, row["destination_area"])
        lane = (row["origin"], row["destination"], row["destination_area"])
        expected[(*lane, slow_shift(days, on, row["delivered_on"]))] += 1
    counted = {
        (row.origin, row.destination, row.to_area, row.days): row.items for row in history.shifts
    }
    assert counted == expected
    assert ITEMS * 0.9 < sum(counted.values()) <= ITEMS
    assert all(PERIOD in row.source for row in history.shifts)
    first, last = parse_date("2026-10-01"), parse_date("2026-10-31")
    assert all(first <= row.first <= row.last <= last for row in history.shifts)


# standard, delivered -> delivery days between, in New York: Monday to Saturday, not on 11 November
SHIFTS = """
2026-11-05 2026-11-05  0
2026-11-05 2026-11-06  1
2026-11-07 2026-11-09  1
2026-11-07 2026-11-08  1
2026-11-10 2026-11-11  1
2026-11-10 2026-11-12  1
2026-11-09 2026-11-07 -1
2026-11-09 2026-11-08  0
2026-11-12 2026-11-09 -2
"""


def test_a_delivery_between_two_delivery_days_counts_as_the_next() -> None:
    network = small_network()
    area = np.array([network.areas["US-NYC"]])
    for case in SHIFTS.strip().splitlines():
        standard, delivered, days = case.split()
        found = shifts(
            network, area, np.array([parse_date(standard)]), np.array([parse_date(delivered)])
        )
        assert found.tolist() == [int(days)], case


def test_a_month_that_was_not_judged_has_no_history(month: Month) -> None:
    with open_workspace(month.ingested) as workspace, pytest.raises(NotFound, match="judge"):
        make_history(workspace)
    with open_workspace(month.judged) as workspace, pytest.raises(NotFound):
        make_history(workspace, ["2027-03"])


def test_a_quote_shows_the_history_of_its_workspace(
    month: Month, workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = workspace(month.judged)
    assert say(*QUOTE, "-w", folder, "--json").json["expected"] is None
    told = say("expected", "-w", folder, "--minimum", "1", "--json").json
    assert (told["history"], told["minimum_items"]) == (str(folder / "expected.csv"), 1)
    plain, shown = say(*QUOTE).out.splitlines(), say(*QUOTE, "-w", folder).out.splitlines()
    assert [line for line in shown if line not in plain] == [shown[1]]
    assert shown[0].startswith("Guaranteed")
    assert shown[1].startswith("Expected, not guaranteed: half by ")
    elsewhere = shutil.move(folder / "expected.csv", tmp_path / "history.csv")
    by_file = say(*QUOTE, "--expected", elsewhere, "--json").json
    assert by_file["expected"]["items"] >= 1
    assert by_file["expected"]["pool"] in ("area", "lane", "origin")
    assert say(*QUOTE, "--expected", tmp_path / "nowhere.csv").code == 1
    few = say("expected", "-w", folder, "--period", PERIOD, "--out", tmp_path / "few.csv")
    assert few.code == 0
    korean = say(*QUOTE, "--expected", tmp_path / "few.csv", "--lang", "ko")
    assert "배달예정일" in korean.out.splitlines()[1]
    assert differences(state_of(folder), state_of(month.judged)) == []
