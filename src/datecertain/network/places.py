"""From a postcode to its area, one or millions (req 3, 6, 7).

A post's ranges may be nested (an island inside a province); the innermost wins. They are
flattened once into disjoint intervals, so that a lookup is one binary search.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from datecertain.findings import Finding
from datecertain.moments import Ints
from datecertain.network.rows import Post, PostcodeRange

_ALPHABET = {char: index for index, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
#: Blanks and what keyboards give for a hyphen; the last two stand on Japanese ones.
_SEPARATORS = re.compile(r"[\s\-‐–−ー]+")


class PlaceStatus(StrEnum):
    """What a postcode turned out to be."""

    AREA = "area"  # it belongs to exactly one area
    MISSING = "postcode_missing"  # none was given although the post has postcodes
    MALFORMED = "postcode_malformed"  # it does not have the form of the post's postcodes
    NOT_COVERED = "not_covered"  # the network says in so many words that it is not served
    UNKNOWN = "postcode_unknown"  # no range holds it


@dataclass(frozen=True, slots=True)
class Place:
    """A looked-up postcode: `area` is set for status AREA, `reason` for NOT_COVERED."""

    status: PlaceStatus
    area: str = ""
    reason: str = ""


def postcode_key(post: Post, postcode: str) -> str | None:
    """The part of a postcode that selects the area; None when its form is wrong.

    Full-width letters and digits, as East Asian forms have them, are read as their plain ones.
    """
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", postcode)).upper()
    if not re.fullmatch(post.postcode_form, plain, re.ASCII):
        return None
    return plain[: post.postcode_key]


def _number(key: str) -> int:
    value = 0
    for char in key:
        value = value * 36 + _ALPHABET[char]
    return value


@dataclass(frozen=True, slots=True)
class PostcodeTable:
    """The disjoint intervals of one post (keys as base-36 numbers), each with its range row."""

    post: Post
    first: Ints
    last: Ints
    rows: tuple[PostcodeRange, ...]

    def find(self, postcode: str) -> Place:
        """The place of one postcode (empty text: none was given)."""
        if not self.post.postcode_form:
            return _place(self.rows[0]) if self.rows else Place(PlaceStatus.UNKNOWN)
        if not postcode.strip():
            return Place(PlaceStatus.MISSING)
        key = postcode_key(self.post, postcode)
        if key is None:
            return Place(PlaceStatus.MALFORMED)
        number = _number(key)
        index = int(np.searchsorted(self.first, number, side="right")) - 1
        if index < 0 or number > self.last[index]:
            return Place(PlaceStatus.UNKNOWN)
        return _place(self.rows[index])

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
        return PostcodeTable(post, _ints([0]), _ints([0]), whole[:1]), findings
    usable.sort(key=lambda entry: (entry[0], -entry[1], entry[2].line))
    findings += _overlaps(usable)
    flat = _flatten(usable)
    return (
        PostcodeTable(
            post,
            _ints([first for first, _, _ in flat]),
            _ints([last for _, last, _ in flat]),
            tuple(row for _, _, row in flat),
        ),
        findings,
    )


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


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
