"""All that whoever answers for an item needs at once: what is known of it, both verdicts, how it
stands now, what is owed and until when it may be claimed, what was claimed and asked (req 14, 16,
29, 37, 63). Seen by the two posts that it goes between; of money what is its origin's stays there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datecertain.access import Right, Viewer
from datecertain.kept import Kept
from datecertain.network import Network
from datecertain.operations.claim_items import look_up
from datecertain.operations.claim_rows import StandingRefund, StoredCase, cases_of_item, refund_of
from datecertain.operations.clock import Clock
from datecertain.operations.explaining import acceptances
from datecertain.operations.inquired import asked_for
from datecertain.operations.inquiries import Shown, list_inquiries
from datecertain.operations.item_views import seen_explanations, seen_timeline
from datecertain.operations.networks import current_network
from datecertain.operations.timelines import Episode, Timeline
from datecertain.operations.watch_list import live_item
from datecertain.store import Workspace
from datecertain.verdict.explaining import Explanation
from datecertain.verdict.live_chance import Histories


@dataclass(frozen=True, slots=True)
class ItemCare:
    """One item as a desk wants it. `timeline` is cut to what may be seen, and `episode` is the
    acceptance that is looked at (the latest); both verdicts and `live` are of it. `owed`: its row
    of `ENTITLEMENTS`; what the rights of whoever looks do not cover is None or empty."""

    now: int
    timeline: Timeline
    episode: Episode
    network: Network
    sender: Explanation | None
    between: Explanation | None
    live: Mapping[str, Any] | None
    owed: Mapping[str, Any] | None
    refund: StandingRefund | None
    cases: tuple[StoredCase, ...]
    inquiries: tuple[Shown, ...]

    @property
    def record(self) -> Mapping[str, Any] | None:
        """The acceptance record; None: only scans are known."""
        return self.episode.record


def item_care(
    workspace: Workspace, number: str, viewer: Viewer, clock: Clock,
    histories: Histories | None = None,
) -> ItemCare:  # fmt: skip
    """Everything about the latest acceptance of a number that the viewer may see. Raises
    `NotFound`, alike for what is not there and what may not be seen."""
    with workspace.holding():
        return _item_care(workspace, number, viewer, clock, histories)


def _item_care(
    workspace: Workspace, number: str, viewer: Viewer, clock: Clock, histories: Histories | None
) -> ItemCare:
    network = current_network(workspace)
    told = seen_timeline(workspace, number, viewer)
    episode = told.episodes[-1] if told.episodes else Episode(None, None, None, (), (), None)
    sender = between = live = owed = refund = None
    cases: tuple[StoredCase, ...] = ()
    if (record := episode.record) is not None:
        if viewer.may(Right.EXPLAIN):
            sender, between = _explained(workspace, viewer, episode, record, clock)
        stopped = sender is not None and sender.stopped_on is not None
        if not stopped and _latest(workspace, told.item_id, record):
            live = live_item(workspace, told.item_id, clock.now(), histories)
        if viewer.may(Right.CLAIMS_SEE):
            owed, refund, cases = _claimed(workspace, network, record, viewer, clock)
    asked: tuple[Shown, ...] = ()
    if viewer.may(Right.INQUIRIES_SEE):
        asked = tuple(
            one for one in list_inquiries(workspace, told.item_id)
            if viewer.sees_flow(one.inquiry.asking, one.inquiry.asked)
        )  # fmt: skip
    return ItemCare(
        clock.now(), told, episode, network, sender, between, live, owed, refund, cases, asked
    )


#: What was explained lately. It rests on the facts, on when somebody first asked for the item, and
#: where no verdict stands on the moment; what a viewer may see of it hangs on its post.
_EXPLAINED: Kept[tuple[Explanation, Explanation]] = Kept(256)


def _explained(
    workspace: Workspace, viewer: Viewer, episode: Episode, record: Mapping[str, Any], clock: Clock
) -> tuple[Explanation, Explanation]:
    """(towards the sender, between the posts)."""
    number, day = record["item_id"], record["accepted_date"]
    asked = asked_for(workspace, [number])["opened_at"].to_pylist()
    key = (
        *workspace.stand, number, day, *sorted(asked),
        clock.now() if episode.verdict is None else None, viewer.post, viewer.kind,
    )  # fmt: skip

    def explained() -> tuple[Explanation, Explanation]:
        sides = ("sender", "between")
        sender, between = seen_explanations(workspace, number, viewer, None, clock, sides, day)
        return sender, between

    return _EXPLAINED.get(key, explained)


def _latest(workspace: Workspace, number: str, record: Mapping[str, Any]) -> bool:
    last = acceptances(workspace, number)["accepted_date"].to_pylist()[-1]
    return bool(last == record["accepted_date"])


def _claimed(
    workspace: Workspace, network: Network, record: Mapping[str, Any], viewer: Viewer, clock: Clock
) -> tuple[Mapping[str, Any] | None, StandingRefund | None, tuple[StoredCase, ...]]:
    found = look_up(workspace, network, [record["item_id"]], clock.now())
    key = record["item_key"]
    owed = next(
        (one.row for one in found.get(record["item_id"], ()) if one.record["item_key"] == key), None
    )
    if owed is not None and not viewer.acts_for(record["origin"]):
        owed = {**owed, **dict.fromkeys(("postage_minor", "amount_minor"))}
    with workspace.reading() as view:
        cases = tuple(cases_of_item(view.connection, key))
        return owed, refund_of(view.connection, key), cases
