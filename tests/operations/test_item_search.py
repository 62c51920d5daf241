"""The search for items (req 14, 57) finds what a look at every row finds, in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from month_of_mail import Month

from datecertain.access import Role, Viewer
from datecertain.access.viewers import EVERYTHING
from datecertain.moments import parse_date
from datecertain.operations.evidence import current_items
from datecertain.operations.item_search import Open, Wanted, every_item, search_items
from datecertain.operations.judging import current_verdicts
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.verdict.outcomes import Outcome

_PLACES = ("origin_area", "destination_area", "office")


@pytest.fixture
def judged(month: Month, workspace: Callable[[Path], Path]) -> Iterator[Workspace]:
    with open_workspace(workspace(month.judged)) as opened:
        yield opened


def slowly(opened: Workspace, wanted: Wanted, viewer: Viewer) -> list[str]:
    """The numbers of the items that are looked for, row by row."""
    items = current_items(opened, None).to_pylist()
    months = sorted({row["month"] for row in items})
    verdicts = {
        row["item_key"]: row
        for one in months
        for row in current_verdicts(opened, [one], range(64)).to_pylist()
    }

    def fits(row: Mapping[str, Any]) -> bool:
        verdict = verdicts.get(row["item_key"], {})
        outcome = verdict.get("sender_outcome") or Outcome.PENDING
        delivered = verdict.get("delivered_on") is not None
        places = {row[name] for name in _PLACES} | {verdict.get("inward_office")}
        return (
            viewer.post in (EVERYTHING, row["origin"], row["destination"])
            and wanted.number in row["item_id"]
            and wanted.origin in ("", row["origin"])
            and wanted.destination in ("", row["destination"])
            and (wanted.first is None or wanted.first <= row["accepted_date"])
            and (wanted.last is None or row["accepted_date"] <= wanted.last)
            and wanted.outcome in ("", outcome)
            and (not wanted.state or delivered == (wanted.state == Open.DELIVERED))
            and (not wanted.office or wanted.office in places)
        )

    found = sorted((row for row in items if fits(row)), key=lambda row: row["item_key"])
    return [row["item_id"] for row in sorted(found, key=lambda row: -row["accepted_at"])]


def test_a_search_finds_what_a_look_at_every_row_finds(judged: Workspace) -> None:
    rows = current_items(judged, None).to_pylist()
    some = rows[len(rows) // 2]
    day = some["accepted_date"]
    asked = [
        Wanted(), Wanted(number=some["item_id"][3:8]), Wanted(number="NOTHING"),
        Wanted(origin=some["origin"]), Wanted(destination=some["destination"]),
        Wanted(origin="XX"), Wanted(first=day, last=day), Wanted(last=day - 1),
        Wanted(office=some["destination_area"]), Wanted(office="NOWHERE"),
        *(Wanted(outcome=str(one)) for one in Outcome),
        Wanted(state=Open.ON_THE_WAY), Wanted(state=Open.DELIVERED),
        Wanted(origin=some["origin"], outcome=str(Outcome.ON_TIME), state=Open.DELIVERED),
    ]  # fmt: skip
    nothing = 0
    for post in (EVERYTHING, some["origin"], "ZZ"):
        viewer = Viewer("someone", post, (Role.CARE,))
        for wanted in asked:
            expected = slowly(judged, wanted, viewer)
            nothing += not expected
            found = [row["item_id"] for row in every_item(judged, wanted, viewer, 10**6)]
            assert found == expected, (post, wanted)
    assert nothing < len(asked) * 2  # most of them look for something that is there


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_put_together_are_the_whole(judged: Workspace, limit: int) -> None:
    viewer = Viewer("someone", EVERYTHING, (Role.CARE,))
    wanted = Wanted(last=parse_date("2100-01-01"))
    whole = slowly(judged, wanted, viewer)[: 5 * limit]
    found, after = list[str](), ""
    while len(found) < len(whole):
        page = search_items(judged, wanted, viewer, after, limit)
        found += [row["item_id"] for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert found[: len(whole)] == whole
    assert search_items(judged, replace(wanted, number="NOTHING"), viewer).rows == ()
