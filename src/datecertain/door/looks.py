"""Looks at personal data: each is written down before anything is shown (req 40, 59)."""

from __future__ import annotations

from datecertain.access import Right, Viewer
from datecertain.door.opened import Door


def audit_look(door: Door, viewer: Viewer, what: str, subject: str) -> None:
    """Write down that somebody looks at personal data: who, what (`inquiry.persons`,
    `letter.persons`), of which subject (the id of an inquiry or an item; never a name).

    One call for each look, before the data are opened: where it cannot be written down, nothing is
    shown. Raises `NotAllowed` without `Right.PERSONS`. This is the one place that is to be joined
    to the audit trail; what an operation writes down by itself (an inquiry keeps who saw its
    persons) stands beside it.
    """
    viewer.demand(Right.PERSONS)
