"""What changed between two versions of a statement, or differs between what two posts worked out
(req 46): as values, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from datecertain.errors import UsageError
from datecertain.kept import Kept
from datecertain.settlement.explaining import reason_label
from datecertain.settlement.money import SDR
from datecertain.settlement.reasons import Reason
from datecertain.settlement.statements import ITEMS_BEHIND, Statement, StatementLine, items_of_lines
from datecertain.wording import Words

#: Items named in a sentence; the files list them all.
SHOWN_ITEMS = 10


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line before and after; an amount of 0 where the line is not there. Items are S10
    numbers in order: those that came, those that went, those whose amount is another."""

    reason: Reason
    creditor: str
    debtor: str
    before_usdr: int
    after_usdr: int
    came: tuple[str, ...]
    went: tuple[str, ...]
    changed: tuple[str, ...]


#: What two statements differ in, as found lately, by the hashes of both.
_FOUND: Kept[tuple[LineChange, ...]] = Kept(32)


def difference(before: Statement, after: Statement) -> tuple[LineChange, ...]:
    """The lines that are not the same in two statements of one pair and period, in order.

    Raises `UsageError` for statements of different pairs or periods.
    """
    subject = (before.one, before.other, before.period)
    if subject != (after.one, after.other, after.period):
        raise UsageError(
            f"statements of {subject} and {(after.one, after.other, after.period)}: "
            "compare two versions of the same one"
        )
    return _FOUND.get((before.sha256, after.sha256), lambda: _difference(before, after))


def _difference(before: Statement, after: Statement) -> tuple[LineChange, ...]:
    old, new = _lines(before), _lines(after)
    keys = sorted(old.keys() | new.keys(), key=lambda key: (key[0].order, key[1]))
    changes = []
    for key in keys:
        change = _change(key, old.get(key), new.get(key))
        if change.before_usdr != change.after_usdr or change.came or change.went or change.changed:
            changes.append(change)
    return tuple(changes)


_Key = tuple[Reason, str, str]


#: A line with the items behind it.
_Behind = tuple[StatementLine, pa.Table]


def _lines(statement: Statement) -> Mapping[_Key, _Behind]:
    return {
        (line.reason, line.creditor, line.debtor): (line, items)
        for line, items in zip(statement.lines, items_of_lines(statement), strict=True)
    }


def _change(key: _Key, old: _Behind | None, new: _Behind | None) -> LineChange:
    was, now = _amounts(old), _amounts(new)
    names = {item: name for item, (name, _) in (was | now).items()}

    def named(items: set[str]) -> tuple[str, ...]:
        return tuple(sorted(names[item] for item in items))

    return LineChange(
        *key, old[0].amount_usdr if old else 0, new[0].amount_usdr if new else 0,
        named(now.keys() - was.keys()), named(was.keys() - now.keys()),
        named({item for item in was.keys() & now.keys() if was[item] != now[item]}),
    )  # fmt: skip


def _amounts(behind: _Behind | None) -> dict[str, tuple[str, int | None]]:
    if behind is None:
        return {}
    keys, numbers, amounts = (behind[1][name].to_pylist() for name in ITEMS_BEHIND.names)
    return dict(zip(keys, zip(numbers, amounts, strict=True), strict=True))


def told(changes: tuple[LineChange, ...], words: Words, sides: str) -> list[str]:
    """Differences in words. `sides`: `versions` (before, after) or `posts` (ours, theirs)."""
    lines = []
    for change in changes:
        lines.append(
            words.say(
                f"settlement.difference.{sides}",
                what=reason_label(change.reason, words),
                debtor=change.debtor,
                creditor=change.creditor,
                before=words.money(change.before_usdr, SDR),
                after=words.money(change.after_usdr, SDR),
                change=words.money(change.after_usdr - change.before_usdr, SDR),
            )
        )
        for name, items in (
            ("came", change.came), ("went", change.went), ("changed", change.changed),
        ):  # fmt: skip
            if items:
                more = len(items) - SHOWN_ITEMS
                shown = ", ".join(items[:SHOWN_ITEMS]) + (f" … (+{more})" if more > 0 else "")
                count = words.count(len(items))
                key = f"settlement.difference.{sides}.{name}"
                lines.append("  " + words.say(key, count=count, items=shown))
    return lines


def told_basis(before: Statement, after: Statement, words: Words) -> list[str]:
    """Where two statements rest on different versions or counts, in words: usually the cause."""
    ours, theirs = before.told, after.told
    lines = [
        words.say(
            "settlement.difference.basis", what=words.say(f"settlement.basis.{name}"),
            before=value[:16], after=theirs["basis"].get(name, "")[:16],
        )
        for name, value in ours["basis"].items()
        if value != theirs["basis"].get(name, "")
    ]  # fmt: skip
    other = {row["relation"]: row for row in theirs["performance"]}
    for row in ours["performance"]:
        there = {m["measure"]: m for m in other.get(row["relation"], {}).get("measures", ())}
        for measure in row["measures"]:
            same = there.get(measure["measure"], measure)
            if (measure["met"], measure["of"]) != (same["met"], same["of"]):
                lines.append(
                    words.say(
                        "settlement.difference.measure", relation=row["relation"],
                        measure=words.say(f"settlement.measure.{measure['measure']}"),
                        before=f"{measure['met']}/{measure['of']}",
                        after=f"{same['met']}/{same['of']}",
                    )
                )  # fmt: skip
    return lines
