"""What is told of items has the shape that the description of the API declares, no member more and
none less: over items of a simulated (synthetic) month."""

from __future__ import annotations

from typing import Any

from month_of_mail import CLOCK, Month
from pydantic import TypeAdapter

from datecertain.access import keeper
from datecertain.moments import parse_utc
from datecertain.operations.evidence import current_items
from datecertain.operations.explaining import explain_item
from datecertain.operations.item_views import seen_verdicts
from datecertain.operations.telling_items import as_json
from datecertain.operations.telling_watch import as_json as live_as_json
from datecertain.operations.timelines import item_timeline
from datecertain.operations.told_items import LiveTold, TimelineTold, VerdictTold
from datecertain.operations.watch_list import watch_list
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.explaining_json import as_json as explanation_as_json
from datecertain.verdict.told import ExplanationTold

MID = parse_utc("2026-10-15T06:00Z")


def fits(shape: TypeAdapter[Any], told: Any) -> None:
    """The shape takes it, strictly, and gives it back whole: it drops what it does not name."""
    assert shape.validate_python(told, strict=True) == told


def test_items_and_verdicts_have_their_shapes(month: Month) -> None:
    timeline, explanation = TypeAdapter(TimelineTold), TypeAdapter(ExplanationTold)
    verdicts, live = TypeAdapter(list[VerdictTold]), TypeAdapter(LiveTold)
    with open_workspace(month.judged) as opened:
        numbers = sorted(set(current_items(opened, None)["item_id"].to_pylist()))
        for number in numbers[::8]:
            fits(timeline, as_json(item_timeline(opened, number)))
            fits(verdicts, seen_verdicts(opened, number, keeper()))
            for side in ("between", "sender"):
                told = explain_item(opened, number, None, CLOCK, side)
                fits(explanation, explanation_as_json(told))
        rows = watch_list(opened, MID, limit=50).rows.to_pylist()
        assert rows
        for row in rows:
            fits(live, live_as_json(row))
