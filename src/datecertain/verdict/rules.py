"""The versions of the rules: what each judges otherwise than the next one.

A verdict says by which version it was made. An old period verifies by its own version; what changed
between two versions is recorded here and in docs/reference/terms.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datecertain.errors import UsageError
from datecertain.verdict.outcomes import RULES_VERSION


@dataclass(frozen=True, slots=True)
class Rules:
    """What a version of the rules does."""

    version: str
    #: The sender's staircase is cut where the sender's own clock stopped, not where the posts' did.
    own_replay: bool
    #: An authority's stop excuses only an item that is due and that no later scan shows moving on.
    authority_when_due: bool
    #: A hold begins with its first EME for a valid reason, not where the item was shown.
    from_valid_reason: bool
    #: The tolerance is named beside other exclusions where it took days that they did not.
    tolerance_named: bool
    #: An item without a known area is judged on the clock of where it was, not on the first area's.
    clock_in_place: bool
    #: Columns of a verdict that the version did not know.
    without: frozenset[str]


_NEW_IN_2 = frozenset({
    "stopped_by", "exclusions", "gap_days", "days_late_low", "days_late_high", "origin_share_low",
    "origin_share_high", "sender_outcome_reason", "sender_promised_on", "sender_stopped_on",
    "sender_days_excused",
})  # fmt: skip
RULES: Mapping[str, Rules] = {
    "1": Rules(
        "1",
        own_replay=False,
        authority_when_due=False,
        from_valid_reason=False,
        tolerance_named=False,
        clock_in_place=False,
        without=_NEW_IN_2,
    ),
    "2": Rules(
        "2",
        own_replay=True,
        authority_when_due=True,
        from_valid_reason=True,
        tolerance_named=True,
        clock_in_place=True,
        without=frozenset(),
    ),
}
CURRENT = RULES[RULES_VERSION]


def rules_of(version: str) -> Rules:
    """The rules of a version. Raises `UsageError` for one that this release does not know."""
    if version not in RULES:
        raise UsageError(
            f"rules {version!r} are not known here, only {', '.join(RULES)}: use the release that "
            "judged by them"
        )
    return RULES[version]
