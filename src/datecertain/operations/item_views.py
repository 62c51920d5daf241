"""Items as whoever asks may see them: of a number only the acceptances between two posts of which
it is one (req 57, 59). A number is used again after a year, perhaps to another post: what is known
of it then is another matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from datecertain.access import Viewer
from datecertain.moments import format_date, format_utc
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import item_rows
from datecertain.operations.explaining import acceptances, explain_item, without_record
from datecertain.operations.judging import with_places
from datecertain.operations.promise_views import for_partner
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.operations.timelines import Episode, Timeline, item_timeline, unknown
from datecertain.operations.told_items import VerdictTold
from datecertain.store import Workspace
from datecertain.verdict.explaining import Explanation

#: What stays at the counter of the origin post.
_OWN = ("postage_minor", "currency")


def seen_timeline(workspace: Workspace, number: str, who: Viewer) -> Timeline:
    """`item_timeline`, cut to what the viewer may see. Raises `NotFound`."""
    told = item_timeline(workspace, number)
    episodes = tuple(one for episode in told.episodes if (one := _episode(episode, who)))
    promises = tuple(
        row if who.acts_for(row["origin"]) else for_partner(row)
        for row in told.promises
        if who.sees_flow(row["origin"], row["destination"])
    )
    if not (episodes or promises):
        raise unknown(told.item_id)
    # What is odd about the number's mail may be another pair's: it is told where there is none.
    whole = len(episodes) == len(told.episodes) and len(promises) == len(told.promises)
    return replace(
        told, episodes=episodes, promises=promises,
        findings=told.findings if whole else (), set_aside=told.set_aside if whole else (),
    )  # fmt: skip


def _episode(one: Episode, who: Viewer) -> Episode | None:
    """What of an episode may be seen; None: nothing."""
    record = one.record
    if record is not None:
        if not who.sees_flow(record["origin"], record["destination"]):
            return None
        if who.acts_for(record["origin"]):
            return one
        return replace(one, record={**record, **dict.fromkeys(_OWN)})
    scans = tuple(scan for scan in one.scans if who.seen(scan.audiences))
    stated = tuple(row for row in one.stated if who.sees(row["audience"]))
    if not (scans or stated):
        return None
    carriage = one.carriage if len(scans) == len(one.scans) else None
    missing = one.missing if len(scans) == len(one.scans) else ()
    return replace(one, scans=scans, stated=stated, carriage=carriage, missing=missing)


def seen_explanation(
    workspace: Workspace, number: str, who: Viewer, as_of: int | None, clock: Clock,
    towards: str = "between", accepted_on: int | None = None,
) -> Explanation:  # fmt: skip
    """`explain_item`, of the acceptances that the viewer may see: the latest, or the one of a local
    date at the origin. Raises `NotFound`."""
    items = acceptances(workspace, number)
    days = _days_seen(items, who)
    wanted = days[-1] if accepted_on is None and days else accepted_on
    if wanted not in days:
        raise without_record(str(items["item_id"][0]))
    told = explain_item(workspace, number, as_of, clock, towards, wanted, items)
    others = tuple(day for day in told.basis.other_acceptances if day in days)
    return replace(told, basis=replace(told.basis, other_acceptances=others))


def _days_seen(items: Any, who: Viewer) -> list[int]:
    """The days of the acceptances that may be seen, in order."""
    columns = (items[name].to_pylist() for name in ("accepted_date", "origin", "destination"))
    return [day for day, *posts in zip(*columns, strict=True) if who.sees_flow(*posts)]


def seen_verdicts(workspace: Workspace, number: str, who: Viewer) -> list[VerdictTold]:
    """Every verdict that was ever given of an item number, in the order in which they were given,
    superseded ones too, of the acceptances that the viewer may see. Raises `NotFound`."""
    items = acceptances(workspace, number)
    if not _days_seen(items, who):
        raise without_record(str(items["item_id"][0]))
    rows = item_rows(workspace, VERDICTS_TABLE, items["item_id"][0].as_py())
    if not len(rows):
        return []
    ordered = with_places(workspace, rows).sort_by([("seq", "ascending")]).to_pylist()
    last = {row["item_key"]: row["seq"] for row in ordered}
    return [
        _verdict(row, last[row["item_key"]] == row["seq"])
        for row in ordered
        if who.sees(row["audience"])
    ]


_SAME = ("outcome", "outcome_reason", "sender_outcome", "days_late", "days_excused", "days_liable",
         "rules_version", "network_version")  # fmt: skip


def _verdict(row: Mapping[str, Any], stands: bool) -> VerdictTold:
    def date(name: str) -> str | None:
        return None if row[name] is None else format_date(row[name])

    told = {
        "accepted_on": format_date(row["accepted_date"]), "stands": stands,
        "judged_as_of": format_utc(row["judged_as_of"]), "promised_on": date("promised_on"),
        "delivered_on": date("delivered_on"), **{name: row[name] for name in _SAME},
    }  # fmt: skip
    return cast(VerdictTold, told)
