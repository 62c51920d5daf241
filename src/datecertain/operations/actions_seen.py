"""The action register for whoever asks: every post reads what a meeting decided; a figure of it is
told to those whose own it is, and to all where the group may publish it (req 57, 70)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from datecertain.access import EVERYTHING, Right, Viewer
from datecertain.errors import NotAllowed, NotFound
from datecertain.operations.clock import Clock
from datecertain.operations.meeting_actions import (
    Decided,
    add_action,
    finish_action,
    list_actions,
)
from datecertain.operations.published_cards import withheld_names
from datecertain.store import Workspace

#: What of a month's table of lanes and sums may not be shown: `published_cards.withheld_names`.
Withheld = Callable[[str], frozenset[str]]


def withheld_of(workspace: Workspace) -> Withheld:
    """The same of a workspace; each month is asked for once."""
    return cache(lambda month: withheld_names(workspace, month))


def tells(viewer: Viewer, figure: str, month: str, withheld: Withheld) -> bool:
    """Whether a viewer may be told a figure (`on_time:KR>US`) of a month."""
    name, _, of = figure.partition(":")
    origin, _, destination = of.partition(">")
    if name == "on_time" and destination:
        own, cell = viewer.sees_flow(origin, destination), f"lane {of}"
    elif name == "on_time":
        own, cell = viewer.post == EVERYTHING, "all"
    else:
        own, cell = viewer.sees(of), f"origin {of}"
    return own or cell not in withheld(month)


def as_told(
    actions: Iterable[dict[str, Any]], viewer: Viewer, withheld: Withheld
) -> list[dict[str, Any]]:
    """Actions (`list_actions`) as a viewer may see them: a figure that is withheld is as one of
    which nothing is known."""
    found = []
    for one in actions:
        cut = {
            when: one[when] | _UNKNOWN for when in ("at_meeting", "now")
            if one[when]["period"] and one[when]["n"] is not None
            and not tells(viewer, one["figure"], one[when]["period"], withheld)
        }  # fmt: skip
        found.append(one | cut)
    return found


_UNKNOWN = {"good": None, "n": None, "share": None, "digest": ""}


def actions_seen(
    workspace: Workspace, viewer: Viewer, month: str | None, now: int, as_of: int | None = None
) -> list[dict[str, Any]]:
    """The register (`list_actions`), its figures cut to what a viewer may be told."""
    return as_told(list_actions(workspace, month, now, as_of), viewer, withheld_of(workspace))


def demand_told(workspace: Workspace, viewer: Viewer, figure: str, month: str) -> None:
    """Raises `NotFound` for a figure of a month that a viewer may not be told."""
    if not tells(viewer, figure, month, withheld_of(workspace)):
        raise NotFound(f"{figure} of {month} rests on too few items to be published")


def filtered(
    actions: Iterable[dict[str, Any]], state: str = "", owner: str = "", meeting: str = ""
) -> list[dict[str, Any]]:
    """Those in a state, of an owner, of the meeting of a day; empty: any."""
    return [
        one for one in actions
        if state in ("", one["state"]) and owner in ("", one["owner"])
        and meeting in ("", one["meeting"])
    ]  # fmt: skip


def decide(workspace: Workspace, viewer: Viewer, decided: Decided, clock: Clock) -> int:
    """Write down what a meeting decided, for all posts to read; its number. Raises what
    `add_action` raises, and `NotFound` for a figure that may not be published."""
    if decided.figure and decided.measured:
        demand_told(workspace, viewer, decided.figure, decided.measured)
    return add_action(workspace, decided, viewer.name, clock)


def action_seen(workspace: Workspace, viewer: Viewer, number: int, now: int) -> dict[str, Any]:
    """One action, as a viewer may see it. Raises `NotFound`."""
    for one in actions_seen(workspace, viewer, None, now):
        if one["action"] == number:
            return one
    raise NotFound(f"no action {number} is in the register")


def end_action(
    workspace: Workspace, viewer: Viewer, number: int, note: str, clock: Clock
) -> dict[str, Any]:
    """Write down that an action is done, for the post that it was given to or for the central
    office; the action. Raises `NotFound`, `NotAllowed`."""
    owner = action_seen(workspace, viewer, number, clock.now())["owner"]
    if not may_end(viewer, owner):
        raise NotAllowed(f"action {number} is for {owner} to do")
    finish_action(workspace, number, note, viewer.name, clock)
    return action_seen(workspace, viewer, number, clock.now())


def may_end(viewer: Viewer, owner: str) -> bool:
    """Whether a viewer may say that an action of a post is done."""
    if viewer.group:
        return viewer.may(Right.PACKS_WRITE)
    return viewer.may(Right.ACTIONS) and viewer.acts_for(owner)
