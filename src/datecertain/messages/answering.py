"""The CONTRL that answers an interchange, from what reading it found.

Rule (upu-messages 4.6): an answer is due when the sender asks for one (0031) or when something is
refused; a CONTRL is never answered by a CONTRL. What is refused is what was set aside for its
syntax. A refusal asks for the same again, put right: what was whole was read, and counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from datecertain.messages.code_tables import CodeRow, code_table
from datecertain.messages.contrl import (
    Action,
    Answer,
    ElementError,
    GroupAnswer,
    MessageAnswer,
    SegmentError,
    Where,
)
from datecertain.messages.profiles import Profile, Profiles
from datecertain.messages.results import GroupSummary, InterchangeSummary, Kind, Quarantined
from datecertain.messages.segments import Segment, segments_in
from datecertain.messages.stretches import Dialect

_UNSPECIFIED = "18"
#: What refuses a whole interchange, the first that applies.
_WHOLE = (
    "interchange-test", "interchange-truncated", "interchange-trailer", "segment-too-long",
    "segment-outside-message", "group-not-open",
)  # fmt: skip

_PARTS = (Kind.ITEM, Kind.EVENT, Kind.RECEPTACLE, Kind.LEG, Kind.STATUS)


def answer(
    summary: InterchangeSummary,
    quarantined: Iterable[Quarantined],
    *,
    on: int,
    refused_as: str | None = None,
    profiles: Profiles | None = None,
) -> Answer | None:
    """The answer to an interchange, or None where none is due.

    `quarantined` is what the reading set aside (of other interchanges, too); `on` the day whose
    code tables hold. `refused_as` is a finding code by which the whole interchange is refused
    though it could be read: `interchange-conflict`, `sender-unknown`, `recipient-unknown`.
    With `profiles` a message is refused as well when a part of it (an item, event, receptacle …)
    had to be set aside, with the segments named (an agreement some partners make): else only whole
    messages are.
    """
    aside = [one for one in quarantined if one.interchange_index == summary.index]
    if summary.application == "CONTRL" or any(_type(one) == "CONTRL" for one in aside):
        return None
    found = _Answering(summary, aside, on, profiles).answer(refused_as)
    return found if summary.acknowledge or not found.accepted else None


def _type(one: Quarantined) -> str:
    return (one.layout or "").split(":")[0]


@dataclass(frozen=True, slots=True)
class _Answering:
    summary: InterchangeSummary
    aside: list[Quarantined]
    on: int
    profiles: Profiles | None

    def answer(self, refused_as: str | None) -> Answer:
        summary = self.summary
        code = refused_as or self._refused_as()
        if code is not None:
            error, where = self._told(code)
            return Answer(
                summary.control_ref, summary.sender, summary.recipient, Action.REFUSED, error, where
            )
        refused = dict(self._messages())
        groups = tuple(self._groups(refused))
        return Answer(
            summary.control_ref,
            summary.sender,
            summary.recipient,
            Action.ACCEPTED,
            messages=tuple(refused.values()),
            groups=groups,
        )

    def _refused_as(self) -> str | None:
        """The code by which the whole interchange is refused."""
        reasons = {one.reason: one for one in self.aside}
        for code in _WHOLE:
            if code == "interchange-truncated" and not self.summary.complete:
                return code
            if code in reasons:
                return self._trailer_code(reasons[code])
        return None

    def _trailer_code(self, one: Quarantined) -> str:
        """Count or reference: a trailer with the right reference counts wrongly."""
        if one.reason not in ("interchange-trailer", "group-trailer"):
            return one.reason
        known = {self.summary.control_ref, *(group.reference for group in self.summary.groups)}
        trailer = self._first(one.raw)
        right = trailer is not None and trailer.value(2).strip(" ") in known
        return one.reason if right else f"{one.reason}-reference"

    def _messages(self) -> Iterator[tuple[int, MessageAnswer]]:
        """Refused messages by their ordinal in the interchange."""
        inside: dict[int, list[Quarantined]] = {}
        for one in self.aside:
            if one.message is None:
                continue
            if one.kind is Kind.MESSAGE:
                error, where = self._told(one.reason)
                yield one.message, self._message(one.raw, error, where)
            elif one.kind in _PARTS and self.profiles is not None:
                inside.setdefault(one.message, []).append(one)
        for message, some in inside.items():
            some.sort(key=lambda one: one.segment or 0)
            segments = tuple(self._segment(one) for one in some)
            yield message, self._message(some[0].header or b"", "", Where(), segments)

    def _message(
        self, raw: bytes, error: str, where: Where, segments: tuple[SegmentError, ...] = ()
    ) -> MessageAnswer:
        header = self._first(raw)
        reference = "" if header is None else header.value(1).strip(" ")
        parts = [] if header is None else [header.value(2, part) for part in range(1, 6)]
        layout = ":".join(parts).rstrip(":")
        return MessageAnswer(reference, layout, Action.REFUSED, error, where, segments)

    def _segment(self, one: Quarantined) -> SegmentError:
        """The segment that opens a part; of an item number that is none the place is known."""
        error, _ = self._told(one.reason)
        profile = self._profile(one)
        field = None if profile is None else profile.field("item_id")
        misplaced = one.reason == "item-without-receptacle"
        if one.kind is Kind.ITEM and field is not None and not misplaced:
            at = ElementError(error, field.element + 1, field.component)
            return SegmentError(one.segment or 0, "", (at,))
        return SegmentError(one.segment or 0, error)

    def _profile(self, one: Quarantined) -> Profile | None:
        assert self.profiles is not None, "segments are named with profiles only"
        return self.profiles.choose(one.layout or "", self.summary.sender)

    def _groups(self, refused: dict[int, MessageAnswer]) -> Iterator[GroupAnswer]:
        """Groups that are refused, or hold a refused message; takes their messages out."""
        trailers = iter([one for one in self.aside if one.reason == "group-trailer"])
        for group in self.summary.groups:
            numbers = range(group.first_message, group.last_message + 1)
            messages = [refused.pop(number) for number in numbers if number in refused]
            if group.defect is not None:
                code = group.defect
                if code == "group-trailer":
                    aside = next(trailers, None)
                    code = code if aside is None else self._trailer_code(aside)
                yield self._group(group, Action.REFUSED, *self._told(code))
            elif messages:
                yield self._group(group, Action.ACCEPTED, "", Where(), tuple(messages))

    def _group(
        self,
        group: GroupSummary,
        action: Action,
        error: str,
        where: Where,
        messages: tuple[MessageAnswer, ...] = (),
    ) -> GroupAnswer:
        return GroupAnswer(
            group.reference, group.sender, group.recipient, action, error, where, messages
        )

    def _first(self, raw: bytes) -> Segment | None:
        dialect = Dialect(self.summary.separators, self.summary.syntax)
        return next(iter(segments_in(raw, dialect)), None)

    def _told(self, code: str) -> tuple[str, Where]:
        """Error code and place of a finding."""
        row = code_table("finding_errors").find(code, self.on)
        if row is None:
            return _UNSPECIFIED, Where()
        number = _number(row)
        return row.meaning, Where(row.more["segment"], number("element"), number("component"))


def _number(row: CodeRow) -> Callable[[str], int | None]:
    return lambda column: int(row.more[column]) if row.more[column] else None
