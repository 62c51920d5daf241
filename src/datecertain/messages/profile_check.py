"""Whether a layout profile may be accepted: the conditions, tried on a partner's real files.

Rule: upu-messages section 8, point 4: at least three real files of that partner read with no
unknown segment; read, written and read again equal; items and events as many as the partner
counts; dates plausible against the time of receipt.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import LayoutError, UsageError
from datecertain.messages.event_writing import write_emsevt
from datecertain.messages.profiles import Profile, Profiles
from datecertain.messages.reading import read_interchanges
from datecertain.messages.results import InterchangeSummary, ReadResult
from datecertain.messages.vocabulary import TEXTS
from datecertain.messages.writing import Envelope
from datecertain.moments import format_date
from datecertain.wording import Said, Words
from datecertain.wording.told_back import InEnglish

#: Files of the partner that must be read.
FILES_WANTED = 3
#: An event lies at most so many days before its receipt: posts answer enquiries for six months.
OLDEST_DAYS = 183
#: ... and at most so many after it: a day, for clocks ahead of ours.
AHEAD_DAYS = 1
#: A wrong item number is the partner's, not the layout's, up to one in so many items.
_ITEMS_PER_WRONG = 100
_WRONG_NUMBERS = frozenset({"item-shape", "item-check-digit"})
_TOLD = ("item_id", *TEXTS, "event_date", "event_min", "stated_offset")
_LONGEST_REFERENCE = 14


@dataclass(frozen=True, slots=True)
class PartnerFile:
    """A file as a partner sent it, with the day (number) on which it came."""

    name: str
    data: bytes
    received_on: int

    @property
    def sha256(self) -> str:
        """Hash of its bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Counts:
    """Items (item numbers of a message) and their events."""

    items: int
    events: int


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of acceptance: whether it holds, and what was seen."""

    name: str
    holds: bool
    seen: tuple[Said, ...]

    def reason(self, words: Words) -> str:
        """What was seen, in a language."""
        return "; ".join(one.text(words) for one in self.seen)


@dataclass(frozen=True, slots=True)
class Check:
    """What trying a profile on files showed. `read` counts each file, by name."""

    conditions: tuple[Condition, ...]
    messages: int
    read: Mapping[str, Counts]

    @property
    def holds(self) -> bool:
        """Whether the profile may be accepted."""
        return all(one.holds for one in self.conditions)

    @property
    def counts(self) -> Counts:
        """Items and events of all files."""
        every = self.read.values()
        return Counts(sum(one.items for one in every), sum(one.events for one in every))


def _seen(name: str, told: Mapping[str, str] | None = None, /, **values: object) -> Said:
    """What was seen; `told`: places that hold what was told in English."""
    within = {place: InEnglish(text) for place, text in (told or {}).items()}
    return Said(f"profile.seen.{name}", values, within)


@dataclass(slots=True)
class _Tried:
    """The files as the profile reads them."""

    profile: Profile
    results: list[tuple[PartnerFile, ReadResult]] = field(default_factory=list)

    @property
    def profiles(self) -> Profiles:
        return Profiles((self.profile,))


def check_profile(
    profile: Profile,
    files: Sequence[PartnerFile],
    others: Profiles,
    own: Mapping[str, Counts] | Counts | None = None,
) -> Check:
    """Try a profile on files. `others` are the profiles in use beside it; `own` what the partner
    counts in all files together, or by file name."""
    if profile.of_transport:
        return Check((Condition("item-events", False, (_seen("transport"),)),), 0, {})
    tried = _Tried(profile)
    known: set[str] = set()
    for file in files:
        if file.sha256 not in known:  # the same file twice is one
            known.add(file.sha256)
            stream = io.BytesIO(file.data)
            result = read_interchanges(
                stream, file.name, tried.profiles, received_on=file.received_on
            )
            tried.results.append((file, result))
    read = {file.name: _counts(result.events) for file, result in tried.results}
    conditions = (
        _partner(profile, others),
        _files(tried),
        _all_read(tried),
        _no_strangers(tried),
        _round_trip(tried),
        _as_counted(read, own),
        _dates(tried),
    )
    messages = sum(one.messages_read for _, result in tried.results for one in result.interchanges)
    return Check(conditions, messages, read)


def _counts(events: pa.Table) -> Counts:
    names = ["interchange_index", "message", "item_id"]
    return Counts(len(events.group_by(names).aggregate([])), len(events))


def _partner(profile: Profile, others: Profiles) -> Condition:
    """It names its partner, and no other profile in use reads the same."""
    name = "partner"
    if not profile.senders:
        return Condition(name, False, (_seen("no_sender"),))
    for one in others.profiles:
        if one.name == profile.name:
            return Condition(name, False, (_seen("name_taken", name=one.name),))
        both = set(one.senders) & set(profile.senders)
        if one.layout == profile.layout and both:
            who = ", ".join(sorted(both))
            told = _seen("read_already", name=one.name, layout=one.layout, senders=who)
            return Condition(name, False, (told,))
    who = ", ".join(profile.senders)
    return Condition(name, True, (_seen("partner", layout=profile.layout, senders=who),))


def _files(tried: _Tried) -> Condition:
    with_events = [file.name for file, result in tried.results if len(result.events)]
    without = len(tried.results) - len(with_events)
    tests = sum(one.test for _, result in tried.results for one in result.interchanges)
    told = [_seen("files", files=len(with_events), wanted=FILES_WANTED)]
    told += [_seen("files_without", files=without)] if without else []
    told += [_seen("tests", interchanges=tests)] if tests else []
    return Condition("files", len(with_events) >= FILES_WANTED, tuple(told))


def _all_read(tried: _Tried) -> Condition:
    """Nothing of its messages is set aside, but for a few wrong item numbers."""
    aside: Counter[str] = Counter()
    broken = 0
    for _, result in tried.results:
        for one in result.quarantined:
            if one.reason in {"layout-unknown", "interchange-test"}:
                continue
            if one.layout == tried.profile.layout:
                aside[one.reason] += 1
            else:  # the envelope is broken, or it is no message: not the layout's fault
                broken += 1
    numbers = sum(aside[code] for code in _WRONG_NUMBERS)
    items = sum(_counts(result.events).items for _, result in tried.results)
    few = numbers * _ITEMS_PER_WRONG <= items + numbers
    rest = set(aside) - _WRONG_NUMBERS
    codes = ", ".join(f"{code}: {count}" for code, count in sorted(aside.items()))
    told = [_seen("aside", codes=codes) if aside else _seen("nothing_aside")]
    told += [_seen("broken", parts=broken)] if broken else []
    return Condition("all-read", items > 0 and few and not rest, tuple(told))


def _no_strangers(tried: _Tried) -> Condition:
    found = [
        one for _, result in tried.results for one in result.findings
        if one.code == "segment-not-in-layout"
    ]  # fmt: skip
    if not found:
        return Condition("no-unknown-segment", True, (_seen("segments"),))
    first = found[0]
    told = _seen("stranger", {"place": first.position, "detail": first.detail}, file=first.source)
    return Condition("no-unknown-segment", False, (told, *_more(len(found) - 1)))


def _more(count: int) -> Iterator[Said]:
    """How many more there are of what was seen first."""
    if count:
        yield _seen("more", count=count)


def _round_trip(tried: _Tried) -> Condition:
    name, events = "read-write-read", 0
    if tried.profile.writing is None:
        return Condition(name, False, (_seen("no_write"),))
    for file, result in tried.results:
        for one in result.interchanges:
            told = result.events.filter(pc.equal(result.events["interchange_index"], one.index))
            if len(told) and (defect := _differs(tried, file, one, told)):
                where = _seen("interchange", file=file.name, reference=one.control_ref)
                return Condition(name, False, (where, defect))
            events += len(told)
    return Condition(name, events > 0, (_seen("equal", events=events),))


def _differs(
    tried: _Tried, file: PartnerFile, one: InterchangeSummary, told: pa.Table
) -> Said | None:  # fmt: skip
    """What of an interchange's events is not the same when written and read; None if all is."""
    columns = list(_TOLD)
    if tried.profile.field("prepared") is not None:
        columns += ["prepared_date", "prepared_min"]
    try:
        envelope = Envelope(
            one.sender or "SENDER", one.recipient or "RECIPIENT",
            one.control_ref[:_LONGEST_REFERENCE] or "1",
            file.received_on if one.prepared_date is None else one.prepared_date,
            one.prepared_min or 0, syntax=one.syntax,
        )  # fmt: skip
        data = write_emsevt(told, envelope, tried.profile).data
    except (UsageError, LayoutError) as error:
        return _seen("not_written", {"error": str(error)})
    again = read_interchanges(
        io.BytesIO(data), file.name, tried.profiles, received_on=file.received_on
    ).events
    if len(again) != len(told):
        return _seen("lost", written=len(told), read=len(again))
    wrong = [name for name in columns if not told[name].equals(again[name])]
    return _seen("changed", fields=", ".join(wrong)) if wrong else None


def _as_counted(
    read: Mapping[str, Counts], own: Mapping[str, Counts] | Counts | None
) -> Condition:  # fmt: skip
    name = "counts"
    total = Counts(sum(c.items for c in read.values()), sum(c.events for c in read.values()))
    ours = _seen("ours", items=total.items, events=total.events)
    if own is None:
        return Condition(name, total.events > 0, (ours, _seen("theirs_not_given")))
    if isinstance(own, Counts):
        return Condition(name, own == total, (ours, _theirs(own)))
    wrong = [file for file in read if own.get(file) != read[file]]
    if wrong:
        first = read[wrong[0]]
        told = _seen("ours_of", file=wrong[0], items=first.items, events=first.events)
        differ = _seen("files_differ", files=len(wrong))
        return Condition(name, False, (told, _theirs(own.get(wrong[0])), differ))
    return Condition(name, True, (ours, _seen("by_file")))


def _theirs(own: Counts | None) -> Said:
    if own is None:
        return _seen("theirs_nothing")
    return _seen("theirs", items=own.items, events=own.events)


def _dates(tried: _Tried) -> Condition:
    """Events lie before their receipt, and not long before; so do the times of preparation."""
    odd = list(_odd_dates(tried))
    if odd:
        return Condition("dates", False, (odd[0], *_more(len(odd) - 1)))
    return Condition("dates", True, (_seen("dates", days=OLDEST_DAYS),))


def _odd_dates(tried: _Tried) -> Iterator[Said]:
    for file, result in tried.results:
        low, high = file.received_on - OLDEST_DAYS, file.received_on + AHEAD_DAYS
        for name in ("event_date", "prepared_date"):
            days = result.events[name]
            odd = pc.or_(pc.less(days, low), pc.greater(days, high))
            for row in result.events.filter(odd).to_pylist():
                yield _seen(f"odd_{name}", file=file.name, octet=row["byte_offset"],
                    on=format_date(row[name]), received=format_date(file.received_on),
                )  # fmt: skip
