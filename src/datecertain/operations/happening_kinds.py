"""The kinds of happenings, and the right that seeing each needs (issue: what happens is told)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from datecertain.access import Right, Viewer
from datecertain.errors import UsageError


class Kind(StrEnum):
    """What can happen."""

    PROMISE_AT_RISK = "promise_at_risk"  # an item may come late: what saves it, and until when
    PROMISE_SAVED = "promise_saved"  # an item that was at risk will be, or was, in time
    LATE = "late"  # its verdict is late now, liable or excused
    VERDICT_CHANGED = "verdict_changed"  # a decided item was judged otherwise
    REFUND = "refund"  # granted, paid, reversed, restored, changed, kept
    CLAIM_DECIDED = "claim_decided"  # granted, refused, upheld
    INQUIRY = "inquiry"  # asked, answered, overdue
    STATEMENT = "statement"  # issued, accepted, final
    DISPUTE = "dispute"  # a line of a statement: disputed, maintained, conceded, withdrawn
    LANE = "lane"  # opened, closed
    NETWORK = "network"  # put in force


#: What seeing a kind in the list needs; None: nothing more. A webhook belongs to its post and is
#: told what the post sees.
RIGHTS: Mapping[Kind, Right | None] = {
    Kind.PROMISE_AT_RISK: Right.WATCH, Kind.PROMISE_SAVED: Right.WATCH,
    Kind.LATE: Right.ITEMS, Kind.VERDICT_CHANGED: Right.ITEMS, Kind.REFUND: Right.REFUNDS_SEE,
    Kind.CLAIM_DECIDED: Right.CLAIMS_SEE, Kind.INQUIRY: Right.INQUIRIES_SEE,
    Kind.STATEMENT: Right.STATEMENTS, Kind.DISPUTE: Right.STATEMENTS,
    Kind.LANE: Right.LANES, Kind.NETWORK: None,
}  # fmt: skip


def kinds_of(names: Iterable[str]) -> tuple[Kind, ...]:
    """Kinds by their names, each once, in their order. Raises `UsageError` for one that is none."""
    found = set()
    for name in names:
        if name not in {str(one) for one in Kind}:
            raise UsageError(f"no kind {name!r}: choose among {', '.join(Kind)}")
        found.add(Kind(name))
    return tuple(sorted(found, key=list(Kind).index))


def kinds_seen(viewer: Viewer, wanted: Collection[Kind] = ()) -> tuple[Kind, ...]:
    """Of the kinds that are wanted (none: all) those that a viewer may see."""
    needs = ((kind, RIGHTS[kind]) for kind in Kind if not wanted or kind in wanted)
    return tuple(kind for kind, right in needs if right is None or viewer.may(right))
