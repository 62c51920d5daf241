"""Whether a partner's interchanges came without gap and none twice, by their control references.

A sender counts its interchanges for each recipient (0020). Partners count plainly (`124`), behind
letters that stay the same (`KRJP0000000124`), and some begin anew each year. So references are
compared within a series: one sender, one recipient, the same letters, the same number of digits
where it is padded. A series that falls back in a later year began anew; the order of arrival never
matters, only that of preparation (requirement 16).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from datecertain.findings import Finding, Severity

#: A reference prepared in a later year than the highest before it, and at most this share of it,
#: begins a new count; any other step back is a late sending of the same count.
RESTART_BELOW = 0.5
_COUNTED = re.compile(r"(.*?)([0-9]{1,14})", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Sent:
    """An interchange as the records hold it (`interchanges`): the columns that say its place."""

    sender: str  # identification, with `:qualifier` when there is one
    recipient: str
    control_ref: str
    prepared_on: str  # `2026-11-16T09:30`, empty where it could not be read
    digest: str  # of its bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """References that were never received, though later ones of the same count were."""

    sender: str
    recipient: str
    first_missing: str
    last_missing: str
    missing: int
    after: str  # the reference before the gap, and when it was prepared
    after_on: str
    before: str  # the reference behind the gap
    before_on: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A reference used more than once within one count: again the same bytes, or others."""

    sender: str
    recipient: str
    control_ref: str
    prepared: tuple[str, ...]  # when the interchanges were prepared, in order
    contents: int  # how many different contents they have


@dataclass(frozen=True, slots=True)
class Uncounted:
    """References of a partner that end in no number: nothing can be said about gaps."""

    sender: str
    recipient: str
    references: int


@dataclass(frozen=True, slots=True)
class SequenceReport:
    """What the references of all partners say, by sender, recipient and count."""

    gaps: tuple[Gap, ...]
    repeats: tuple[Repeat, ...]
    uncounted: tuple[Uncounted, ...]

    def findings(self) -> list[Finding]:
        """The same as findings. The source is the partner: `sender to recipient`."""
        return [
            *(_gap_finding(gap) for gap in self.gaps),
            *(_repeat_finding(repeat) for repeat in self.repeats),
            *(_uncounted_finding(one) for one in self.uncounted),
        ]


@dataclass(frozen=True, slots=True)
class _Counted:
    """A reference as a number of its series."""

    number: int
    sent: Sent


def check_sequences(interchanges: Iterable[Sent]) -> SequenceReport:
    """Gaps and repeats among interchanges, whatever the order they are given in.

    What came before the first and after the last reference received is not known, so not missing.
    """
    series: dict[tuple[str, str, str, int], list[_Counted]] = {}
    uncounted: dict[tuple[str, str], set[str]] = {}
    for sent in sorted(set(interchanges), key=_order):
        counted = _COUNTED.fullmatch(sent.control_ref)
        if counted is None:
            uncounted.setdefault((sent.sender, sent.recipient), set()).add(sent.control_ref)
            continue
        letters, digits = counted.groups()
        # Padded references have one length; plain ones grow: 9, 10, 11.
        width = len(digits) if digits.startswith("0") and len(digits) > 1 else 0
        key = sent.sender, sent.recipient, letters, width
        series.setdefault(key, []).append(_Counted(int(digits), sent))
    gaps: list[Gap] = []
    repeats: list[Repeat] = []
    for (_, _, letters, width), members in sorted(_with_full_width(series).items()):
        for count in _counts(members):
            gaps += _gaps(count, letters, width)
            repeats += _repeats(count)
    told = (Uncounted(*key, len(names)) for key, names in sorted(uncounted.items()))
    return SequenceReport(tuple(gaps), tuple(repeats), tuple(told))


def _order(sent: Sent) -> tuple[str, str, str, str, str]:
    return sent.prepared_on, sent.sender, sent.recipient, sent.control_ref, sent.digest


def _with_full_width(
    series: dict[tuple[str, str, str, int], list[_Counted]],
) -> dict[tuple[str, str, str, int], list[_Counted]]:
    """Padded series together with those of their references that need no padding any more."""
    joined = {key: list(members) for key, members in series.items() if key[3]}
    for (sender, recipient, letters, width), members in series.items():
        if width:
            continue
        for one in members:
            digits = len(str(one.number))
            padded = (sender, recipient, letters, digits)
            key = padded if padded in joined else (sender, recipient, letters, 0)
            joined.setdefault(key, []).append(one)
    return {
        key: sorted(members, key=lambda one: _order(one.sent)) for key, members in joined.items()
    }


def _counts(members: Sequence[_Counted]) -> list[list[_Counted]]:
    """The members of a series by preparation time, cut where the count began anew."""
    counts: list[list[_Counted]] = [[]]
    highest, year_of_highest = 0, ""
    for one in members:
        year = one.sent.prepared_on[:4]
        if counts[-1] and year > year_of_highest and one.number <= highest * RESTART_BELOW:
            counts.append([])
            highest = 0
        counts[-1].append(one)
        if one.number >= highest:
            highest, year_of_highest = one.number, year
    return counts


def _gaps(count: Sequence[_Counted], letters: str, width: int) -> list[Gap]:
    first_of = {one.number: one.sent for one in reversed(count)}
    found = []
    for low, high in pairwise(sorted(first_of)):
        if high - low == 1:
            continue
        before, behind = first_of[low], first_of[high]
        found.append(
            Gap(
                before.sender,
                before.recipient,
                f"{letters}{low + 1:0{max(width, 1)}d}",
                f"{letters}{high - 1:0{max(width, 1)}d}",
                high - low - 1,
                before.control_ref,
                before.prepared_on,
                behind.control_ref,
                behind.prepared_on,
            )
        )
    return found


def _repeats(count: Sequence[_Counted]) -> list[Repeat]:
    by_number: dict[int, list[Sent]] = {}
    for one in count:
        by_number.setdefault(one.number, []).append(one.sent)
    return [
        Repeat(
            some[0].sender,
            some[0].recipient,
            some[0].control_ref,
            tuple(one.prepared_on for one in some),
            len({one.digest for one in some}),
        )
        for _, some in sorted(by_number.items())
        if len(some) > 1
    ]


def _gap_finding(gap: Gap) -> Finding:
    span = gap.first_missing
    if gap.missing > 1:
        span = f"{gap.first_missing} to {gap.last_missing} ({gap.missing} interchanges)"
    detail = (
        f"not received: {span}, between {gap.after} of {gap.after_on or 'an unknown time'} and "
        f"{gap.before} of {gap.before_on or 'an unknown time'}"
    )
    source = f"{gap.sender} to {gap.recipient}"
    code = "interchange-sequence-gap"
    return Finding(code, Severity.WARNING, source, f"interchange {gap.first_missing}", detail)


def _repeat_finding(repeat: Repeat) -> Finding:
    times = ", ".join(one or "an unknown time" for one in repeat.prepared)
    what = "the same contents" if repeat.contents == 1 else f"{repeat.contents} different contents"
    source, where = f"{repeat.sender} to {repeat.recipient}", f"interchange {repeat.control_ref}"
    detail = f"used {len(repeat.prepared)} times with {what}: prepared {times}"
    return Finding("interchange-sequence-repeat", Severity.WARNING, source, where, detail)


def _uncounted_finding(one: Uncounted) -> Finding:
    detail = f"{one.references} reference(s) end in no number: gaps can't be seen"
    source = f"{one.sender} to {one.recipient}"
    return Finding("interchange-sequence-uncounted", Severity.NOTE, source, "", detail)
