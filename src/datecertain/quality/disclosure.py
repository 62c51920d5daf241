"""Which figures of the group's tables are withheld, so that no figure of a few items can be read
off, nor be subtracted out of the totals beside it (req 57).

A cell is withheld when it rests on fewer judged items than the dated rule asks: as it stands, or
after a post has taken its own items out of it. Then others are withheld with it, until no reader
can work a withheld one out: neither the central office, nor a post that knows its own items.

Figures that add up to each other are a graph: each sum (of an origin's lanes, say) is a node, each
figure an edge from the sum that it is the total of, or a part of, to the other (L. Cox, J. Amer.
Statist. Assoc. 75 (1980) 377-385: cell suppression). What is withheld can be worked out exactly if
it is a bridge among the withheld ones: no circle of others can make up for it.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from datecertain.errors import NotFound
from datecertain.moments import format_date, parse_date
from datecertain.network.rows import ALWAYS_TO

#: The end of a figure that is part of one sum alone.
FREE = ""
#: (origin, destination) → (items, judged items of them).
Parts = Mapping[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a table: what it rests on, and the two sums that it is in (`ends`: it flows from
    one to the other, as items do from an origin to a destination)."""

    name: str
    ends: tuple[str, str]
    parts: Parts


def least_judged(day: int) -> int:
    """How many judged items a published figure must rest on. Raises `NotFound`."""
    return _rule("least_judged", day)


def least_amounts(day: int) -> int:
    """How many amounts of others a published sum of money must hold, for every reader. Raises
    `NotFound`."""
    return _rule("least_amounts", day)


def sum_may_be_told(amounts: Iterable[Collection[str]], least: int) -> bool:
    """Whether a sum of amounts, each known to some posts, tells no reader another's: without the
    reader's own at least so many are left. Nothing at all may be told."""
    known = [frozenset(posts) for posts in amounts]
    readers = ("", *sorted(frozenset().union(*known)))
    return not known or all(
        sum(reader not in posts for posts in known) >= least for reader in readers
    )


def _rule(name: str, day: int) -> int:
    fitting = [row for row in _rules(name) if row[1] <= day <= row[2]]
    if not fitting:
        raise NotFound(f"publication.csv has no {name} on {format_date(day)}")
    return max(fitting, key=lambda row: row[1])[0]


@cache
def _rules(name: str) -> tuple[tuple[int, int, int], ...]:
    text = (files("datecertain.quality") / "publication.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        (int(row["value"]), parse_date(row["valid_from"]),
         parse_date(row["valid_to"]) if row["valid_to"] else ALWAYS_TO)
        for row in csv.DictReader(lines, strict=True)
        if row["name"] == name
    )  # fmt: skip


def withheld(cells: Sequence[Cell], least: int) -> frozenset[int]:
    """The places of the cells that must not be shown, so that no reader finds out a figure that
    rests on fewer than `least` judged items which are not its own."""
    posts = sorted({post for cell in cells for pair in cell.parts for post in pair})
    readers = [_rest(cells, reader) for reader in ("", *posts)]
    hidden = {
        at for at in range(len(cells)) if any(_small(rest[at], least) for rest in readers)
    }  # fmt: skip
    while True:
        more = next(
            (one for rest in readers if (one := _needed(cells, hidden, rest, least)) is not None),
            None,
        )
        if more is None:
            return frozenset(hidden)
        hidden.add(more)


def _rest(cells: Sequence[Cell], reader: str) -> list[tuple[int, int]]:
    """What of each cell a reader does not know from its own items: (items, judged)."""
    found = []
    for cell in cells:
        others = [counts for pair, counts in cell.parts.items() if reader not in pair]
        found.append((sum(one[0] for one in others), sum(one[1] for one in others)))
    return found


def _small(rest: tuple[int, int], least: int) -> bool:
    items, judged = rest
    return items > 0 and judged < least


def _needed(
    cells: Sequence[Cell], hidden: set[int], rest: Sequence[tuple[int, int]], least: int
) -> int | None:
    """A cell that must be withheld too, since a reader could find out a small one; None: none."""
    unknown = [at for at in sorted(hidden) if rest[at][0] > 0]
    for at in unknown:
        if not _small(rest[at], least):
            continue
        if _bridge(cells, unknown, at) or _thin(cells, unknown, rest, at, least):
            near = {end for end in cells[at].ends if end != FREE}
            shown = [
                one for one in range(len(cells)) if one not in hidden and rest[one][0] > 0
            ]  # fmt: skip
            beside = [one for one in shown if near & set(cells[one].ends)] or shown
            if beside:
                return min(beside, key=lambda one: (rest[one][1], one))
    return None


def _bridge(cells: Sequence[Cell], unknown: Sequence[int], at: int) -> bool:
    """Whether no circle of withheld cells goes through one."""
    begin, end = cells[at].ends
    reached, last = {begin}, [begin]
    while last:
        node = last.pop()
        for other in unknown:
            ends = cells[other].ends
            if other != at and node in ends:
                for next_ in ends:
                    if next_ not in reached:
                        reached.add(next_)
                        last.append(next_)
    return end not in reached


def _thin(
    cells: Sequence[Cell], unknown: Sequence[int], rest: Sequence[tuple[int, int]], at: int,
    least: int,
) -> bool:  # fmt: skip
    """Whether what is withheld of a sum together rests on too few: then each is known nearly."""
    for side, node in enumerate(cells[at].ends):
        if node == FREE:
            continue
        inside = [one for one in unknown if node in cells[one].ends]
        same = all(cells[one].ends[side] == node for one in inside)
        if same and sum(rest[one][1] for one in inside) < least:
            return True
    return False


def lanes_with_totals(parts: Parts) -> list[Cell]:
    """The table of lanes with the totals of origins, of destinations, and of all: `lane KR>US`,
    `origin KR`, `destination US`, `all`."""
    cells = [
        Cell(f"lane {one}>{other}", (f"from {one}", f"to {other}"), {(one, other): counts})
        for (one, other), counts in sorted(parts.items())
    ]
    for side, word, name in ((0, "from", "origin"), (1, "to", "destination")):
        for post in sorted({pair[side] for pair in parts}):
            mine = {pair: counts for pair, counts in parts.items() if pair[side] == post}
            node = f"{word} {post}"
            ends = ("all from", node) if side == 0 else (node, "all to")
            cells.append(Cell(f"{name} {post}", ends, mine))
    cells.append(Cell("all", ("all to", "all from"), dict(parts)))
    return cells


def groups_of_sums(groups: Mapping[str, tuple[str, Parts]]) -> list[Cell]:
    """Groups that are parts of sums which everyone knows: name → (its sum, what it rests on); a
    group without a sum (an empty name) adds up to nothing."""
    return [
        Cell(name, (FREE, sum_ and f"sum {sum_}"), parts)
        for name, (sum_, parts) in sorted(groups.items())
    ]
