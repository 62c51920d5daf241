"""What the reasons and measures in events make of them, by the terms of each item (req 19, 21, 24).

A hold counts or does not, an attempt counts or does not, an event proves an exclusion: that is read
here, once per event that states a reason, towards the sender and between the posts. What comes out
is columns, a row an item; column 0 is between the posts and column 1 towards the sender.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.network import Mode, Scope
from datecertain.network.exclusions import EXCLUSIONS
from datecertain.verdict.lane_terms import LaneTerms

#: The two sides of a verdict in the order of their columns.
SIDES = (Scope.RELATION, Scope.SENDER)
CUSTOMS = EXCLUSIONS.index("customs")
NONE = np.int64(len(EXCLUSIONS))
_BLANK = dict.fromkeys(("hold_exclusion", "clipped_by", "taken_out"), -1)


@dataclass(frozen=True, slots=True)
class ReasonedScans:
    """Events whose reason matters, in any order. `code`, `reason` and `measure` are indices into
    the lists; -1 where an event states none that any term or exclusion names."""

    item: Ints  # row of the item
    code: Ints
    at: Ints
    reason: Ints
    measure: Ints
    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    measures: tuple[str, ...]
    again: Mask | None = None  # EME of a later hold (`later_holds`); None: no item has one
    alone: Mask | None = None  # EMH that a flagged place leaves nothing of (`downgrading`)

    def of(self, code: str) -> Ints:
        """The rows of a code."""
        return np.flatnonzero(self.code == self.codes.index(code))


@dataclass(frozen=True, slots=True)
class Reasoned:
    """What the reasons came to; moments are UNKNOWN where there is none, exclusions -1."""

    #: [n, 2] first EME with a reason that is valid for a clock-stop, of the first hold.
    retained_valid: Ints
    hold_exclusion: Ints  # [n, 2] the exclusion under which that hold is excused
    export_held: Ints  # [n, 2] first EXB with a valid reason
    attempted: Ints  # [n, 2] first EMH whose reason and measure let an attempt count
    notified: Ints  # [n, 2] first EMH whose measure is a notification of the addressee
    clipped_from: Ints  # [n, 2] first EMH after which the time is nobody's
    clipped_by: Ints  # [n, 2] the exclusion that it proves
    taken_out: Ints  # [n, 2] the exclusion that takes the guarantee away
    taken_out_at: Ints  # [n, 2] the first event that proves it
    authority: Ints  # [n, 2] first EXX or EDX that excuses the item

    def rows(self, index: Ints | slice) -> Reasoned:
        """Some of the items (of a stretch of them: nothing is copied)."""
        return Reasoned(*(getattr(self, name)[index] for name in self.__slots__))


def read_reasons(scans: ReasonedScans, terms: LaneTerms, count: int) -> Reasoned:
    """The columns of `count` items. `terms` are those of the items, row for row.

    Few items have such a scan: the rules run over those, the others have none of it.
    """
    rows, item = np.unique(scans.item, return_inverse=True)
    few, own = replace(scans, item=item), terms.rows(rows)
    sides = [_side(few, own, len(rows), scope) for scope in SIDES]
    columns = []
    for name in Reasoned.__slots__:
        column = np.full((count, len(SIDES)), _BLANK.get(name, UNKNOWN), dtype=np.int64)
        column[rows] = np.stack([getattr(side, name) for side in sides], axis=1)
        columns.append(column)
    return Reasoned(*columns)


def _side(scans: ReasonedScans, terms: LaneTerms, count: int, scope: Scope) -> Reasoned:
    held, exported, tried = (scans.of(code) for code in ("EME", "EXB", "EMH"))
    if scans.again is not None:
        held = held[~scans.again[held]]
    if scans.alone is not None:
        tried = tried[~scans.alone[tried]]
    valid, exported = (
        rows[_holds(scans, terms, scope, "retention_reasons", rows)] for rows in (held, exported)
    )
    retained = _first(scans, valid, count)
    counting = _holds(scans, terms, scope, "attempt_reasons", tried)
    clipped_from, clipped_by = np.full(count, NEVER), np.full(count, NONE)
    taken_out, taken_at = np.full(count, NONE), np.full(count, NEVER)
    authority = np.full(count, UNKNOWN)
    hold = np.where(retained == UNKNOWN, NONE, CUSTOMS)
    for name, mode in terms.named(scope, "EMH"):
        proven = terms.proves(
            scope, (name, mode), "EMH", scans.reasons, scans.item[tried], scans.reason[tried]
        )
        if mode == Mode.ATTEMPT:
            counting |= proven
        elif mode == Mode.CLIPS:
            _earlier(scans, tried[proven], EXCLUSIONS.index(name), clipped_from, clipped_by)
    for code in ("EME", "EXX", "EDX", "EMH"):
        rows = scans.of(code)
        for name, mode in terms.named(scope, code):
            mine = rows[
                terms.proves(
                    scope, (name, mode), code, scans.reasons, scans.item[rows], scans.reason[rows]
                )
            ]
            number = EXCLUSIONS.index(name)
            if mode == Mode.NOT_GUARANTEED:
                _foremost(scans, mine, number, taken_at, taken_out)
            elif mode == Mode.EXCLUDES:
                authority = _earlier_of(authority, _first(scans, mine, count))
            elif code == "EME":  # another name for the hold that counts
                same = mine[scans.at[mine] == retained[scans.item[mine]]]
                np.minimum.at(hold, scans.item[same], number)
    counting &= _holds(scans, terms, scope, "attempt_measures", tried, measures=True)
    notices = _holds(scans, terms, scope, "notification_measures", tried, measures=True)
    return Reasoned(
        retained, _or_none(hold), _first(scans, exported, count),
        _first(scans, tried[counting], count), _first(scans, tried[notices], count),
        np.where(clipped_from == NEVER, UNKNOWN, clipped_from), _or_none(clipped_by),
        _or_none(taken_out), np.where(taken_at == NEVER, UNKNOWN, taken_at), authority,
    )  # fmt: skip


def _holds(
    scans: ReasonedScans, terms: LaneTerms, scope: Scope, term: str, rows: Ints,
    measures: bool = False,
) -> Mask:  # fmt: skip
    texts, text = (
        (scans.measures, scans.measure) if measures else (scans.reasons, scans.reason)
    )  # fmt: skip
    return terms.holds(scope, term, texts, scans.item[rows], text[rows])


def _first(scans: ReasonedScans, rows: Ints, count: int) -> Ints:
    first = np.full(count, NEVER, dtype=np.int64)
    np.minimum.at(first, scans.item[rows], scans.at[rows])
    return np.where(first == NEVER, UNKNOWN, first)


def _earlier_of(first: Ints, second: Ints) -> Ints:
    known = np.minimum(
        np.where(first == UNKNOWN, NEVER, first), np.where(second == UNKNOWN, NEVER, second)
    )
    return np.where(known == NEVER, UNKNOWN, known)


def _earlier(scans: ReasonedScans, rows: Ints, number: int, at: Ints, by: Ints) -> None:
    """Put the events in, with their exclusion, where they come before what is there."""
    mine = np.full(len(at), NEVER, dtype=np.int64)
    np.minimum.at(mine, scans.item[rows], scans.at[rows])
    sooner = (mine < at) | ((mine == at) & (mine < NEVER) & (number < by))
    at[sooner], by[sooner] = mine[sooner], number


def _foremost(scans: ReasonedScans, rows: Ints, number: int, at: Ints, by: Ints) -> None:
    """Put the events in, with their exclusion, where it comes before the one that is there in the
    catalogue, or is the same and proved sooner."""
    mine = np.full(len(at), NEVER, dtype=np.int64)
    np.minimum.at(mine, scans.item[rows], scans.at[rows])
    before = (mine < NEVER) & ((number < by) | ((number == by) & (mine < at)))
    at[before], by[before] = mine[before], number


def _or_none(exclusion: Ints) -> Ints:
    return np.where(exclusion == NONE, -1, exclusion)
