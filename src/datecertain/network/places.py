"""From a postcode to its area, one or millions (req 3, 6, 7).

A post's ranges may be nested (an island inside a province); the innermost wins. They are
flattened once into disjoint intervals, so that a lookup is one binary search.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from datecertain.findings import Finding
from datecertain.network.postcodes import (
    Postcode,
    PostcodeProblem,
    read_postcode,
    with_zeros,
)
from datecertain.network.rows import Post, PostcodeRange

_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class PlaceStatus(StrEnum):
    """What a postcode turned out to be."""

    AREA = "area"  # it belongs to exactly one area
    MISSING = "postcode_missing"  # none was given although the post has postcodes
    INCOMPLETE = "postcode_incomplete"  # only its leading characters were given: no guarantee
    MALFORMED = "postcode_malformed"  # it does not have the form of the post's postcodes
    NOT_COVERED = "not_covered"  # the network says in so many words that it is not served
    UNKNOWN = "postcode_unknown"  # no range holds it


@dataclass(frozen=True, slots=True)
class Place:
    """A looked-up postcode.

    `area` is set for status AREA, and for INCOMPLETE when all codes that begin so lie in one area;
    `reason` for NOT_COVERED. `problem` is what reading the postcode found (with AREA: a note) and
    `read_as` the code that was looked up where it is not the one written.
    """

    status: PlaceStatus
    area: str = ""
    reason: str = ""
    problem: PostcodeProblem = PostcodeProblem.NONE
    read_as: str = ""

    @property
    def note(self) -> str:
        """The glossary key of what is to be told of the written postcode; empty: nothing.
        `datecertain.network.postcodes.tell_problem` makes the sentence."""
        return f"postcode.{self.problem}" if self.problem else ""


def _number(key: str) -> int:
    return int(key, 36)


_UNKNOWN = Place(PlaceStatus.UNKNOWN)
#: Problems with which a code cannot be looked up; a placeholder says no more than nothing.
_WITHOUT_CODE = {
    PostcodeProblem.MISSING: PlaceStatus.MISSING,
    PostcodeProblem.PLACEHOLDER: PlaceStatus.MISSING,
    PostcodeProblem.OLD_FORM: PlaceStatus.MALFORMED,
    PostcodeProblem.MALFORMED: PlaceStatus.MALFORMED,
}


@dataclass(frozen=True, slots=True)
class PostcodeTable:
    """The disjoint intervals of one post (keys as base-36 numbers), each with its place."""

    post: Post
    first: tuple[int, ...]
    last: tuple[int, ...]
    places: tuple[Place, ...]

    def find(self, postcode: str) -> Place:
        """The place of one postcode (empty text: none was given)."""
        read = read_postcode(self.post, postcode)
        if not self.post.postcode_form:
            place = self.places[0] if self.places else _UNKNOWN
            return replace(place, problem=read.problem) if read.problem else place
        if not read.problem:
            return self._at(read.plain)
        if read.usable:
            return replace(self._at(read.plain), problem=read.problem, read_as=read.plain)
        if read.problem is PostcodeProblem.INCOMPLETE:
            return self._beginning(read)
        return Place(_WITHOUT_CODE[read.problem], problem=read.problem)

    def _at(self, plain: str) -> Place:
        number = int(plain[: self.post.postcode_key], 36)
        index = bisect_right(self.first, number) - 1
        return _UNKNOWN if index < 0 or number > self.last[index] else self.places[index]

    def _beginning(self, read: Postcode) -> Place:
        """The place of leading characters: they tell something only if all codes that begin so,
        and the code that they are if they are a number that lost its zeros, have one answer."""
        answers = set[Place]()
        if read.plain:
            length = self.post.postcode_key
            low = _number(read.plain[:length].ljust(length, "0"))
            high = _number(read.plain[:length].ljust(length, "Z"))
            start = bisect_right(self.first, low)
            start -= start > 0 and self.last[start - 1] >= low
            answers = set(self.places[start : bisect_right(self.first, high)])
            whole = with_zeros(self.post, read.plain)
            answers |= {self._at(whole)} - {_UNKNOWN} if whole else set()
        told = Place(PlaceStatus.INCOMPLETE, problem=read.problem, read_as=read.plain)
        if len(answers) != 1:
            return told
        place = answers.pop()
        if place.status is PlaceStatus.AREA:
            return replace(told, area=place.area)
        return replace(place, problem=read.problem, read_as=read.plain)

    def find_all(self, postcodes: Sequence[str]) -> list[Place]:
        """The place of each postcode; each distinct one is looked up once."""
        known: dict[str, Place] = {}
        for postcode in postcodes:
            if postcode not in known:
                known[postcode] = self.find(postcode)
        return [known[postcode] for postcode in postcodes]


def _place(row: PostcodeRange) -> Place:
    if row.area:
        return Place(PlaceStatus.AREA, area=row.area)
    return Place(PlaceStatus.NOT_COVERED, reason=row.reason)


def postcode_table(
    post: Post, ranges: Iterable[PostcodeRange]
) -> tuple[PostcodeTable, list[Finding]]:
    """The table of one post from its (possibly nested) ranges, and what is wrong with them."""
    findings: list[Finding] = []
    usable: list[tuple[int, int, PostcodeRange]] = []
    for row in ranges:
        problem = _range_problem(post, row)
        if problem:
            findings.append(row.finding("postcode-range", problem))
        elif post.postcode_form:
            usable.append((_number(row.first), _number(row.last), row))
    if not post.postcode_form:
        whole = tuple(ranges)
        if len(whole) != 1:
            findings.append(
                post.finding("postcode-range", f"{post.post} has no postcodes: give it one row")
            )
        return PostcodeTable(post, (0,), (0,), tuple(_place(row) for row in whole[:1])), findings
    usable.sort(key=lambda entry: (entry[0], -entry[1], entry[2].line))
    findings += _overlaps(usable)
    flat = _flatten(usable)
    return (
        PostcodeTable(
            post,
            tuple(first for first, _, _ in flat),
            tuple(last for _, last, _ in flat),
            tuple(_place(row) for _, _, row in flat),
        ),
        findings,
    )


def _range_problem(post: Post, row: PostcodeRange) -> str:
    if not row.area and not row.reason:
        return "has neither an area nor a reason for not being covered"
    if not post.postcode_form:
        return "has a range although the post has no postcodes" if row.first or row.last else ""
    for key in (row.first, row.last):
        if len(key) != post.postcode_key or any(char not in _ALPHABET for char in key):
            return f"{key!r} is not a key of {post.postcode_key} characters 0-9 A-Z"
    return f"{row.first} comes after {row.last}" if row.first > row.last else ""


def _overlaps(usable: list[tuple[int, int, PostcodeRange]]) -> list[Finding]:
    findings, open_ranges = [], list[tuple[int, int, PostcodeRange]]()
    for first, last, row in usable:
        while open_ranges and open_ranges[-1][1] < first:
            open_ranges.pop()
        if open_ranges:
            outer_first, outer_last, outer = open_ranges[-1]
            if (first, last) == (outer_first, outer_last):
                findings.append(row.finding("postcode-twice", f"same range as row {outer.line}"))
            elif last > outer_last:
                findings.append(
                    row.finding("postcode-overlap", f"overlaps row {outer.line} without nesting")
                )
        open_ranges.append((first, last, row))
    return findings


def _flatten(
    usable: list[tuple[int, int, PostcodeRange]],
) -> list[tuple[int, int, PostcodeRange]]:
    """Disjoint intervals in order: an inner range cuts its piece out of the outer one."""
    edges = sorted({e for first, last, _ in usable for e in (first, last + 1)})
    flat: list[tuple[int, int, PostcodeRange]] = []
    active: list[tuple[int, int, PostcodeRange]] = []
    position = 0
    for edge, following in pairwise(edges):
        while position < len(usable) and usable[position][0] == edge:
            active.append(usable[position])
            position += 1
        active = [entry for entry in active if entry[1] >= edge]
        if not active:
            continue
        inner = min(active, key=lambda entry: (entry[1] - entry[0], -entry[2].line))[2]
        if flat and flat[-1][2] is inner and flat[-1][1] == edge - 1:
            flat[-1] = (flat[-1][0], following - 1, inner)
        else:
            flat.append((edge, following - 1, inner))
    return flat
