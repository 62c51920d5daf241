"""What changed between two versions of a statement (req 46)."""

from __future__ import annotations

from dataclasses import dataclass

from datecertain.errors import UsageError
from datecertain.settlement.reasons import Reason
from datecertain.settlement.statements import Statement, StatementLine, items_behind


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
    old, new = _lines(before), _lines(after)
    keys = sorted(old.keys() | new.keys(), key=lambda key: (key[0].order, key[1]))
    changes = []
    for key in keys:
        change = _change(key, before, old.get(key), after, new.get(key))
        if change.before_usdr != change.after_usdr or change.came or change.went or change.changed:
            changes.append(change)
    return tuple(changes)


_Key = tuple[Reason, str, str]


def _lines(statement: Statement) -> dict[_Key, StatementLine]:
    return {(line.reason, line.creditor, line.debtor): line for line in statement.lines}


def _change(
    key: _Key, before: Statement, old: StatementLine | None, after: Statement,
    new: StatementLine | None,
) -> LineChange:  # fmt: skip
    was, now = _amounts(before, old), _amounts(after, new)
    names = {item: name for item, (name, _) in (was | now).items()}

    def told(items: set[str]) -> tuple[str, ...]:
        return tuple(sorted(names[item] for item in items))

    return LineChange(
        *key, old.amount_usdr if old else 0, new.amount_usdr if new else 0,
        told(now.keys() - was.keys()), told(was.keys() - now.keys()),
        told({item for item in was.keys() & now.keys() if was[item] != now[item]}),
    )  # fmt: skip


def _amounts(statement: Statement, line: StatementLine | None) -> dict[str, tuple[str, int | None]]:
    if line is None:
        return {}
    rows = items_behind(statement, line.number).to_pylist()
    return {row["item_key"]: (row["item_id"], row["amount_usdr"]) for row in rows}
