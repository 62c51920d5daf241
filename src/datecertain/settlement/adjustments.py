"""Adjustments: a settled period that would now come out otherwise (req 48).

A late scan, an item found after its refund, a contested verdict: the settled period is settled
again, on paper, and what its books should say is compared with what they say. The difference is
booked in the current period; what was posted stays as it is. Adjusting again finds no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.settlement.entries import Entries, Lines
from datecertain.settlement.journal import JOURNAL, posted
from datecertain.settlement.periods import Period
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.statements import Rated

#: What a journal line is about: lines that agree in this belong to one entry or its corrections.
_SUBJECT = ("reason", "item_key", "audience", "value_on")
_SubjectKey = tuple[Any, ...]
_LINE = ("owner", "counterparty", "account", "currency")


@dataclass(frozen=True)
class Adjustment:
    """What a later period books for a settled one."""

    settled: Period
    lines: pa.Table  # schema JOURNAL, in the later period; empty when nothing changed
    rated: Rated  # the settled period, as it is rated now


def concerning(journal: pa.Table, settled: Period) -> pa.Table:
    """The lines of a journal that settled a period or corrected it since; not what its end
    accrued."""
    own = pc.and_(
        pc.equal(journal["period"], settled.name),
        pc.invert(pc.starts_with(journal["reason"], "adjustment.")),
    )
    own = pc.and_not(own, pc.starts_with(journal["reason"], f"{Kind.ACCRUAL.value}."))
    corrected = pc.ends_with(journal["reason"], f"@{settled.name}")
    return journal.filter(pc.or_(own, corrected))


def adjusting_entries(
    books: pa.Table, target: pa.Table, settled: Period, into: Period, booked_at: int,
    conceded: bool = False,
) -> pa.Table:  # fmt: skip
    """Journal lines of the period `into` that bring the books to the target (schema `JOURNAL`).

    `books`: lines posted so far, of any period; those `concerning` the settled one count.
    `target`: the journal of the settled period as it would be settled now. Adding the answer to
    the books and asking again gives no lines. `conceded`: the difference is what was conceded in
    disputes, and is named so.
    """
    before = concerning(books, settled)
    entries: dict[_SubjectKey, list[dict[str, Any]]] = {}
    for row in _differences(before, target).to_pylist():
        entries.setdefault(tuple(row[name] for name in _SUBJECT), []).append(row)
    states = _states(before, entries.keys())
    by_width: dict[int, list[_Correction]] = {}
    for subject, rows in entries.items():
        reason = replace(
            Reason.of(rows[0]["reason"]), settled=settled.name, conceded=conceded
        )  # fmt: skip
        by_width.setdefault(len(rows), []).append(_correction(rows, reason.text, states[subject]))
    return posted([_batch(batch) for _, batch in sorted(by_width.items())], into, booked_at)


def as_own(journal: pa.Table) -> pa.Table:
    """The lines with the reason that they had, or would have had, in the period they concern."""
    reason = pc.replace_substring_regex(
        journal["reason"].cast(pa.string()),
        pattern=r"^adjustment\.(?:conceded\.)?(.*)@[^@]*$", replacement=r"\1",
    )  # fmt: skip
    return journal.set_column(journal.column_names.index("reason"), JOURNAL.field("reason"), reason)


def _differences(before: pa.Table, target: pa.Table) -> pa.Table:
    names = [*_SUBJECT, *_LINE, "item_id", "amount"]
    posted_lines = as_own(before).select(names)
    negated = posted_lines.set_column(
        names.index("amount"), JOURNAL.field("amount"), pc.negate(posted_lines["amount"])
    )
    both = pa.concat_tables([negated, as_own(target).select(names)], promote_options="permissive")
    sums = both.group_by(names[:-1]).aggregate([("amount", "sum")])
    return sums.filter(pc.not_equal(sums["amount_sum"], 0))


@dataclass(frozen=True, slots=True)
class _Correction:
    """One entry: what stands once, and its lines."""

    head: dict[str, Any]
    lines: list[dict[str, Any]]


def _correction(rows: list[dict[str, Any]], reason: str, after: str) -> _Correction:
    first = rows[0]
    head = {name: first[name] for name in ("audience", "value_on", "item_id", "item_key")}
    head |= {"reason": reason, "after": after}
    return _Correction(head, sorted(rows, key=lambda row: tuple(row[name] for name in _LINE)))


def _batch(corrections: Sequence[_Correction]) -> Entries:
    """Corrections of the same number of lines as columns."""

    def column(name: str) -> pa.StringArray:
        return pa.array([each.head[name] for each in corrections], pa.string())

    def line(number: int) -> Lines:
        rows = [each.lines[number] for each in corrections]
        named = {name: pa.array([row[name] for row in rows], pa.string()) for name in _LINE}
        amount = np.array([row["amount_sum"] for row in rows], dtype=np.int64)
        return Lines(**named, amount=amount)

    value_on = np.array([each.head["value_on"] for each in corrections], dtype=np.int64)
    lines = tuple(line(number) for number in range(len(corrections[0].lines)))
    return Entries(
        column("reason"), column("audience"), value_on, column("item_id"), column("item_key"),
        lines, column("after"),
    )  # fmt: skip


def _states(before: pa.Table, subjects: Collection[_SubjectKey]) -> dict[_SubjectKey, str]:
    """For each subject a digest of the entries that it has so far, so that a correction, its
    reversal and the same correction again are three entries."""
    found: dict[_SubjectKey, set[str]] = {subject: set() for subject in subjects}
    columns = [as_own(before)[name].to_pylist() for name in (*_SUBJECT, "entry_id")]
    for *subject, entry_id in zip(*columns, strict=True):
        if tuple(subject) in found:
            found[tuple(subject)].add(entry_id)
    return {
        subject: hashlib.sha256("|".join(sorted(ids)).encode()).hexdigest()
        for subject, ids in found.items()
    }
