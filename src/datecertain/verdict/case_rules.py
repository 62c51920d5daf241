"""Which items a declared case can excuse, and from when on: its limits and the terms of a side
(req 24, 26).

Towards the sender the origin's published terms decide, between the posts their agreement; the two
verdicts may count the same case differently. Everything here is per case and item; where in its
journey an item stood inside a case is told in `declared`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints, Mask
from datecertain.network import Network, Scope
from datecertain.network.conditions import NOT_GIVEN
from datecertain.tracking.cases import GROUP, Action, ForceMajeureCase
from datecertain.verdict.lane_terms import LaneTerms

#: The terms read here, in both scopes.
CASE_TERMS = (
    "case_counts_when", "case_kinds", "case_kinds_after_acceptance", "case_late_notice",
)  # fmt: skip
NOTHING, FROM_NOTICE = "nothing", "from_notice"
NOTIFIED, UNCONTESTED, ACCEPTED = "notified", "uncontested", "accepted"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an acceptance record says that a case can be limited to. `standard` is D+n in calendar
    days from acceptance to the date that the network gives; -1: none. `value_usdr`: NOT_GIVEN
    where no value was declared."""

    accepted_at: Ints
    standard: Ints
    product: pa.StringArray
    contents: pa.StringArray
    value_usdr: Ints

    def __getitem__(self, stretch: slice) -> Asked:
        """A stretch of the items; nothing is copied."""
        return Asked(*(getattr(self, name)[stretch] for name in self.__slots__))

    def rows(self, index: Ints) -> Asked:
        """A copy of some items' rows."""
        chosen = pa.array(index, pa.int64())
        return Asked(
            self.accepted_at[index], self.standard[index], self.product.take(chosen),
            self.contents.take(chosen), self.value_usdr[index],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """What the terms of one side say of cases, item by item."""

    late_from_notice: Mask
    kinds: Mapping[str, Mask]
    after_acceptance: Mapping[str, Mask]
    though_contested: Mask  # counts once notified, whatever is said
    once_accepted: Mask  # counts only once it was accepted

    def rows(self, index: Ints) -> CaseTerms:
        """Some of the items."""

        def some(masks: Mapping[str, Mask]) -> dict[str, Mask]:
            return {kind: mask[index] for kind, mask in masks.items()}

        return CaseTerms(
            self.late_from_notice[index], some(self.kinds), some(self.after_acceptance),
            self.though_contested[index], self.once_accepted[index],
        )  # fmt: skip


def case_terms(
    terms: LaneTerms, scope: Scope, count: int, cases: Sequence[ForceMajeureCase]
) -> CaseTerms:
    """The terms of a side for `count` items and the kinds of these cases."""
    kinds = sorted({case.kind for case in cases})
    every = np.arange(count)

    def held(term: str) -> dict[str, Mask]:
        return {
            kind: terms.holds(scope, term, kinds, every, np.full(count, place))
            for place, kind in enumerate(kinds)
        }

    return CaseTerms(
        terms.is_value(scope, "case_late_notice", FROM_NOTICE), held("case_kinds"),
        held("case_kinds_after_acceptance"), terms.is_value(scope, "case_counts_when", NOTIFIED),
        terms.is_value(scope, "case_counts_when", ACCEPTED),
    )  # fmt: skip


def counts_from(
    network: Network, origin: Ints, destination: Ints, asked: Asked | None, terms: CaseTerms | None,
    case: ForceMajeureCase,
) -> tuple[Mask, Ints]:  # fmt: skip
    """([n] whether a case can excuse an item, [n] from which moment on).

    `origin` and `destination`: posts as indices of the network. Without `asked` a case that has
    such a limit excuses nothing: what is not known is in no limited scope. Without `terms` every
    case counts that came in time.
    """
    begin = np.full(len(origin), case.from_at, dtype=np.int64)
    inside = _within_limits(case, asked, len(origin))
    if case.late:
        from_notice = terms is not None and terms.late_from_notice
        inside = inside & from_notice
        begin = np.maximum(begin, case.known_from)
    if terms is None:
        return inside, begin
    inside = inside & terms.kinds[case.kind]
    if asked is not None:
        known_before = asked.accepted_at >= case.known_from
        inside = inside & (known_before | terms.after_acceptance[case.kind])
    contested, accepted = _said(network, origin, destination, case)
    inside = inside & (terms.though_contested | ~contested)
    return inside & (~terms.once_accepted | accepted), begin


def _within_limits(case: ForceMajeureCase, asked: Asked | None, count: int) -> Mask:
    inside = np.ones(count, dtype=bool)
    bounds = (case.value_from_usdr, case.value_to_usdr, case.accepted_from, case.accepted_to)
    if not (case.product or case.contents or case.standard or any(b is not None for b in bounds)):
        return inside
    if asked is None:
        return ~inside
    if case.product:
        inside = inside & _listed(asked.product, case.product)
    if case.contents:  # records and cases of before are kept as they were told
        inside = inside & _listed(pc.utf8_lower(asked.contents), case.contents.lower())
    if case.standard:
        days = [int(one.removeprefix("D+")) for one in case.standard.split()]
        inside = inside & np.isin(asked.standard, days)
    if case.value_from_usdr is not None or case.value_to_usdr is not None:
        inside = inside & (asked.value_usdr != NOT_GIVEN)
        inside = inside & _between(asked.value_usdr, case.value_from_usdr, case.value_to_usdr)
    return inside & _between(asked.accepted_at, case.accepted_from, case.accepted_to)


def _listed(column: pa.StringArray, text: str) -> Mask:
    listed: Mask = pc.is_in(column, pa.array(text.split(), pa.string())).to_numpy(
        zero_copy_only=False
    )
    return listed


def _between(values: Ints, low: int | None, high: int | None) -> Mask:
    inside = np.ones(len(values), dtype=bool)
    if low is not None:
        inside = inside & (values >= low)
    return inside if high is None else inside & (values <= high)


def _said(
    network: Network, origin: Ints, destination: Ints, case: ForceMajeureCase
) -> tuple[Mask, Mask]:
    """([n] contested, [n] accepted) by the latest word of the other post of the item's lane, or of
    the group for all."""
    posts = {post: place for place, post in enumerate(network.posts)}
    own = posts.get(case.post, -1)
    other = np.where(origin == own, destination, origin)
    contested, accepted = np.zeros((2, len(origin)), dtype=bool)
    for by, action in case.words:
        whose = np.ones(len(origin), dtype=bool) if by == GROUP else other == posts.get(by, -2)
        contested = np.where(whose, action == Action.CONTEST, contested)
        accepted = np.where(whose, action == Action.ACCEPT, accepted)
    return contested, accepted
