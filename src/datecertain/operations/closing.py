"""A period closed: its statements made final, over no gap that nobody accepted (req 43, 46, 77)."""

from __future__ import annotations

from datecertain.errors import UsageError
from datecertain.moments import format_utc
from datecertain.operations.clock import Clock
from datecertain.operations.period_gaps import open_gaps
from datecertain.operations.statements import list_statements, write_events
from datecertain.settlement.life import WHOLE_STATEMENT, Act, Event, State, contest_ends
from datecertain.store import Workspace


def finalise(workspace: Workspace, period: str, waived: str, clock: Clock) -> int:
    """Make a period's statements final; how many. `waived`: why the posts waive what is left of the
    contest window; empty: they do not.

    Raises `UsageError` while a window is open, naming the moment at which the last one ends, and
    while there are gaps of money that nobody accepted by name.
    """
    now = clock.now()
    found = [one for one in list_statements(workspace, period)
             if one.standing.state is State.PROVISIONAL]  # fmt: skip
    if not found:
        return 0
    ends = max(contest_ends(one.written_at, one.terms) for one in found)
    if ends > now and not waived:
        raise UsageError(
            f"the statements of {period} can be contested until {format_utc(ends)}: make them "
            "final after that, or give the reason for which the posts waive the rest (--waived)"
        )
    if gaps := open_gaps(workspace, period):
        names = ", ".join(gap.name for gap in gaps[:5]) + (" …" if len(gaps) > 5 else "")
        raise UsageError(
            f"{period} has {len(gaps)} gaps between dispatches, items and bills ({names}): look "
            "with `datecertain reconcile`, then settle again or accept each by its name"
        )
    said = Event(Act.FINALISED, "", WHOLE_STATEMENT, "", now, waived)
    write_events(workspace, [(one, [said]) for one in found], now)
    return len(found)
