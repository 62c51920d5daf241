"""Which items a change to a network can touch at all (req 65).

A verdict is asked of terms and of step functions: of those that begin at the places where the item
was seen, for its addressee. Where none of them is another, the same journey, the same promise and
the same verdict come out, and nobody need ask again. What is not compared here function by function
touches every item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.network import Network, Stage
from datecertain.network.claim_terms import CLAIM_TERMS
from datecertain.network.compiling import COMPILED_FILES, CompiledNetwork
from datecertain.network.steps import StepTable
from datecertain.verdict.case_rules import CASE_TERMS

#: Files that no promise and no verdict asks.
_ELSEWHERE = frozenset({"relations.csv", "journey_rules.csv"})
#: Files that a promise asks besides step functions, and no verdict.
_QUOTED = frozenset(
    {"network.toml", "lanes.csv", "lane_terms.csv", "products.csv", "conditions.csv",
     "standards.csv", "postcodes.csv"}
)  # fmt: skip
#: Files by which scans are read, not only judged.
_READ_BY = ("exclusions.csv", "weakened_evidence.csv", "tag_times.csv", "carriage.csv")
#: Terms of which only a verdict is made; others may say how scans are read, or whose word counts.
_JUDGED_TERMS = frozenset({
    "customs", "customs_ends", "customs_days", "tolerance_days", "clock_stop_closing",
    "attempt_stops", "notification_stops", "pickup_stops", "unresolved_after_days",
    "lost_after_days", "undetermined_ends_as", "undetermined_ends_after_days", "burden_of_proof",
    "gap_decided_by", "gap_decided_after_days", "sharing", *CASE_TERMS,
})  # fmt: skip
#: Terms of refunds: no verdict asks them.
_OF_REFUNDS = frozenset({
    "refund_percent", "refund_remedy", "claim_window_days", "claim_window_from",
    "claim_window_counts", "label_expires_days", *CLAIM_TERMS,
})  # fmt: skip
_OUTWARD = (Stage.OUTWARD_IN, Stage.OUTWARD_OUT)
_INWARD = (Stage.INWARD_IN, Stage.CUSTOMS_IN, Stage.CUSTOMS_OUT, Stage.INWARD_OUT)


@dataclass(frozen=True, slots=True)
class Seen:
    """Where items were seen, by the numbers of the network before; -1: not known. Any whole
    numbers will do."""

    origin: Any  # [n] posts
    destination: Any
    origin_area: Any  # [n]
    destination_area: Any
    office: Any  # [8][n] offices of the scans, by `Checkpoint`


@dataclass(frozen=True)
class Reach:
    """What a change touches. None: every item, or for `lanes` and `quoted_lanes` none beyond the
    step functions."""

    functions: _Functions | None
    judged: bool  # every item may be judged otherwise
    quoted: bool  # every item may be promised otherwise
    judged_lanes: Mask | None  # [origin post, destination post]
    quoted_lanes: Mask | None

    def journeys(self, seen: Seen) -> Mask:
        """Which items may come at another time, or be judged otherwise at the same."""
        count = len(seen.origin)
        if self.judged or self.functions is None:
            return np.ones(count, dtype=bool)
        return self.functions.of(seen) | self.judged_otherwise(seen)

    def judged_otherwise(self, seen: Seen) -> Mask:
        """Which items may be judged otherwise though neither journey nor promise is another."""
        return _of_lanes(seen, self.judged, self.judged_lanes)

    def promises(self, seen: Seen) -> Mask:
        """Which items may be told another date."""
        found = _of_lanes(seen, self.quoted or self.functions is None, self.quoted_lanes)
        return found if self.functions is None else found | self.functions.of_promise(seen)


def _of_lanes(seen: Seen, everything: bool, lanes: Mask | None) -> Mask:
    if everything:
        return np.ones(len(seen.origin), dtype=bool)
    if lanes is None:
        return np.zeros(len(seen.origin), dtype=bool)
    unknown = (np.asarray(seen.origin) < 0) | (np.asarray(seen.destination) < 0)
    return np.asarray(lanes[seen.origin, seen.destination] | unknown, dtype=bool)


def reach_of(before: Network, after: Network) -> Reach:
    """What the change from one network to another touches."""
    texts, others = before.data.texts, after.data.texts
    differ = {name for name in {*texts, *others} if texts.get(name) != others.get(name)}
    differ -= _ELSEWHERE
    same_posts = list(before.posts) == list(after.posts)
    functions = _functions(before, after) if same_posts else None
    judged = bool(differ - _QUOTED - COMPILED_FILES - {"terms.csv"})
    quoted = judged or bool(differ & _QUOTED - {"lane_terms.csv"})
    quoted |= _covered(before) != _covered(after)
    lanes = quoted_lanes = None
    if "terms.csv" in differ and same_posts:
        rows = _differing(before.data.terms, after.data.terms)
        lanes = _lanes(before, (row for row in rows if row.term not in _OF_REFUNDS))
    if "lane_terms.csv" in differ and same_posts:
        quoted_lanes = _lanes(before, _differing(before.data.lane_terms, after.data.lane_terms))
    return Reach(functions, judged, quoted, lanes, quoted_lanes)


def _covered(network: Network) -> list[Any]:
    """What else is said of the areas than their rounds: whether they are guaranteed, since when."""
    return [replace(row, delivery="", line=0, source="") for row in network.data.areas]


def reads_otherwise(before: Network, after: Network) -> bool:
    """Whether scans are read otherwise: what their reasons make of them, and which prove what."""
    texts, others = before.data.texts, after.data.texts
    if any(texts.get(name) != others.get(name) for name in _READ_BY):
        return True
    rows = _differing(before.data.terms, after.data.terms)
    return not {row.term for row in rows} <= _JUDGED_TERMS | _OF_REFUNDS


def refunds_otherwise(before: Network, after: Network) -> bool:
    """Whether the same verdicts would come to other refunds, or be settled otherwise."""
    texts, others = before.data.texts, after.data.texts
    differ = {name for name in {*texts, *others} if texts.get(name) != others.get(name)}
    return bool(differ - COMPILED_FILES - _QUOTED)


def _differing(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    def said(row: Any) -> tuple[Any, ...]:
        names = row.__dataclass_fields__.keys() - {"source", "line"}
        return tuple(getattr(row, name) for name in sorted(names))

    mine, theirs = {said(row): row for row in one}, {said(row): row for row in other}
    return [row for key, row in {**mine, **theirs}.items() if (key in mine) != (key in theirs)]


def _lanes(network: Network, rows: Iterable[Any]) -> Mask:
    """The lanes that any of the rows is about."""
    posts = list(network.posts)
    found = np.zeros((len(posts), len(posts)), dtype=bool)
    for row in rows:
        origin, destination = (
            [True] * len(posts) if name == "*" else [post == name for post in posts]
            for name in (row.origin, row.destination)
        )
        found |= np.outer(origin, destination)
    return found


@dataclass(frozen=True, slots=True)
class _Functions:
    """Where step functions are not the same: tables with a last row and column for -1."""

    accepted: Mask  # [area, area] from the acceptance, and whatever hangs on either area
    promised: Mask  # [area, area] the date at the acceptance
    outward: Mask  # [office, area]
    inward: Mask  # [office, area]
    flown: Mask  # [office, office]
    any_flown: bool

    def of(self, seen: Seen) -> Mask:
        """Which items ask a function that is another."""
        area = seen.destination_area
        found = self.accepted[seen.origin_area, area]
        out = [seen.office[stage] for stage in _OUTWARD]
        into = [seen.office[stage] for stage in _INWARD]
        for office in out:
            found |= self.outward[office, area]
        for office in into:
            found |= self.inward[office, area]
        if self.any_flown:
            for one in out:
                for other in into:
                    found |= self.flown[one, other]
        return np.asarray(found, dtype=bool)

    def of_promise(self, seen: Seen) -> Mask:
        """Which items may be promised another date by the functions."""
        return np.asarray(self.promised[seen.origin_area, seen.destination_area], dtype=bool)


def _functions(before: Network, after: Network) -> _Functions | None:
    """None where the functions cannot be compared one by one: other places, or other ways."""
    one, two = before.compiled, after.compiled
    areas, offices = len(before.areas), len(before.offices)
    if one is two:
        nothing = [np.zeros((a + 1, b + 1), dtype=bool)
                   for a, b in ((areas, areas), (offices, areas), (offices, offices))]  # fmt: skip
        return _Functions(nothing[0], nothing[0], nothing[1], nothing[1], nothing[2], False)
    if not _comparable(before, after):
        return None
    due = _other(one.due, two.due)
    export = _other(one.export, two.export)
    classes = int(one.class_of.max(initial=-1)) + 1
    onward = due[int(one.due_base[Stage.OUTWARD_IN]) + np.arange(offices * classes)]
    onward = onward.reshape(offices, classes)[:, one.class_of]  # [office, area]
    promised = np.zeros((areas, areas), dtype=bool)
    for links in one.export_of.T:
        there = np.flatnonzero(links >= 0)
        promised[there] |= export[links[there], None] | onward[one.export_office[links[there]]]
    if _other(one.channel, two.channel).any():
        promised[:] = True
    days = _other(one.delivery_days.table, two.delivery_days.table)
    promised = _with_unknown(promised | days[:, None] | days[None, :], unknown=True)
    to_area = days | _other(one.delivery, two.delivery) | _due(one, due, Stage.DELIVERY_OFFICE)
    accepted = promised.copy()
    accepted[:, :-1] |= to_area
    outward = onward | _other(one.closing, two.closing)[:, None]
    left = due[int(one.due_base[Stage.OUTWARD_OUT]) + np.arange(offices * classes)]
    outward |= left.reshape(offices, classes)[:, one.class_of]
    flown = _at(_other(one.transport, two.transport), one.pair_of)
    return _Functions(
        accepted, promised, _with_unknown(outward), _with_unknown(_inward(one, two, due)),
        _with_unknown(flown), bool(flown.any()),
    )  # fmt: skip


def _inward(one: CompiledNetwork, two: CompiledNetwork, due: Mask) -> Mask:
    """[office, area] whether anything from an inward office on is another."""
    found = _at(_other(one.inland, two.inland), one.import_of)
    for stage in (*_INWARD, Stage.CUSTOMS_HELD):
        found |= _at(_due(one, due, stage), one.import_of)
    for name in ("presentation", "customs", "forwarding"):
        found |= _other(getattr(one, name), getattr(two, name))[:, None]
    return found


def _due(compiled: CompiledNetwork, due: Mask, stage: Stage) -> Mask:
    """Of a stage's own due functions (by office and area, or by area), which are another."""
    first = int(compiled.due_base[stage])
    size = len(compiled.areas) if stage == Stage.DELIVERY_OFFICE else compiled.inland.size
    return due[first : first + size]


def _at(functions: Mask, keys: Ints) -> Mask:
    """The functions at these keys; False where there is none (-1)."""
    return np.where(keys >= 0, np.append(functions, False)[keys], False)


def _with_unknown(table: Mask, unknown: bool = False) -> Mask:
    """The table with a last row and column for what is not known."""
    return np.pad(table, ((0, 1), (0, 1)), constant_values=unknown)


def _comparable(before: Network, after: Network) -> bool:
    """Whether places and functions have the same numbers in both."""
    one, two = before.compiled, after.compiled
    arrays = ("export_of", "export_office", "pair_of", "import_of", "class_of", "channel_of",
              "zone_of", "due_base")  # fmt: skip
    return (
        list(before.areas) == list(after.areas)
        and list(before.offices) == list(after.offices)
        and before.zone_names == after.zone_names
        and (before.data.first_day, before.data.last_day)
        == (after.data.first_day, after.data.last_day)
        and all(_equal(before.data, after.data, name) for name in ("channels", "posts"))
        and all(np.array_equal(getattr(one, name), getattr(two, name)) for name in arrays)
        and all(getattr(one, name).size == getattr(two, name).size
                for name in ("export", "closing", "transport", "presentation", "customs",
                             "forwarding", "inland", "delivery", "channel", "due"))
        and one.delivery_days.table.size == two.delivery_days.table.size
    )  # fmt: skip


def _equal(one: Any, other: Any, name: str) -> bool:
    mine, theirs = getattr(one, name), getattr(other, name)
    return bool(mine == theirs)


def _other(one: StepTable, other: StepTable) -> Mask:
    """Per key whether the functions of two tables of one size differ."""
    counts = np.diff(one.start)
    found = counts != np.diff(other.start)
    if not found.any() and np.array_equal(one.words, other.words):
        differs = np.asarray(one.done != other.done)
        found[one.keys[differs]] = True
        return np.asarray(found, dtype=bool)
    keys = np.flatnonzero(~found)
    same, size = counts[keys], counts[keys].sum()
    place = np.arange(size) - np.repeat(np.cumsum(same) - same, same)
    mine, theirs = (np.repeat(table.start[keys], same) + place for table in (one, other))
    differs = (one.words[mine] != other.words[theirs]) | (one.done[mine] != other.done[theirs])
    found[np.repeat(keys, same)[differs]] = True
    return np.asarray(found, dtype=bool)
