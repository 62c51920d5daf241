"""Which rows of the facts are past their retention, file by file: who paid, and events of items.

A month lapses as a whole, from its end. The rows that stay are written anew, and the old file goes
when the facts are vacuumed, with every older version that could tell what was erased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from datecertain.moments import DAY, parse_date
from datecertain.operations.retention import EVENTS, PAYER, Rules
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.store import Commit, Facts, Workspace
from datecertain.store.archive_records import erasures
from datecertain.store.facts import FactFile
from datecertain.store.records import audience_of

_TABLES = {PAYER: ITEMS_TABLE, EVENTS: EVENTS_TABLE}
_PAYER = "payer_ref"


@dataclass(frozen=True, slots=True)
class FactsPlan:
    """A file with rows of some posts past their retention. `since`: end of its month (UTC)."""

    kind: str
    facts: Facts
    file: FactFile
    posts: tuple[str, ...]
    since: int
    rule: str

    @property
    def table(self) -> str:
        """The facts table."""
        return self.facts.table.name

    @property
    def subject(self) -> str:
        """What the tombstone names: the file that goes."""
        return f"{self.table}/{self.file.path}"

    @property
    def owner(self) -> str:
        """The posts whose rows are erased."""
        return audience_of(self.posts)

    def take_out(self, commit: Commit) -> tuple[str, int]:
        """Rewrite the file without what lapsed; hash and size of the file as it was."""
        rows = self.facts.merged([self.file])
        theirs = pc.is_in(rows["owner"], pa.array(self.posts))
        if self.kind == EVENTS:
            rows = rows.filter(pc.invert(theirs))
        else:
            at = rows.column_names.index(_PAYER)
            nothing = pa.scalar(None, rows.schema.field(at).type)
            rows = rows.set_column(
                at, rows.schema.field(at), pc.if_else(theirs, nothing, rows[_PAYER])
            )
        commit.rewrite(self.facts, self.file, rows)
        with self.facts.filesystem.open_input_stream(self.file.path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest(), self.file.size


def events_erased_by(workspace: Workspace, months: Collection[str]) -> str | None:
    """The rule by which events of one of these months were erased; None: all are there."""
    with workspace.reading() as view:
        for month in sorted(months):
            rule: str | None = view.connection.scalar(
                select(erasures.c.rule).where(
                    erasures.c.kind == EVENTS,
                    erasures.c.subject.startswith(f"{EVENTS_TABLE}/month={month}/"),
                ).limit(1)
            )  # fmt: skip
            if rule is not None:
                return rule
    return None


def facts_plans(workspace: Workspace, rules: Rules, as_of: int) -> list[FactsPlan]:
    """The files that hold something past its retention."""
    return [one for kind in (PAYER, EVENTS) for one in _plans(workspace, kind, rules, as_of)]


def _plans(workspace: Workspace, kind: str, rules: Rules, as_of: int) -> Iterator[FactsPlan]:
    if all(rule.kind != kind or rule.keep_days is None for rule in rules.rows):
        return
    facts = workspace.facts(_TABLES[kind])
    for file in facts.listed():
        end = _end_of(file.month)
        if end >= as_of:
            continue
        lapsed = {}
        for post in _posts(facts, file, kind):
            found = rules.lapsed(kind, post, as_of)
            if found is not None and end <= found[1]:
                lapsed[post] = found[0].name
        if lapsed:
            names = "+".join(sorted(set(lapsed.values())))
            yield FactsPlan(kind, facts, file, tuple(sorted(lapsed)), end, names)


def _posts(facts: Facts, file: FactFile, kind: str) -> list[str]:
    """The posts that have anything to erase in a file."""
    rows = facts.merged([file])
    if kind == PAYER:
        if _PAYER not in rows.column_names:  # written before acceptance records named one
            return []
        rows = rows.filter(pc.is_valid(rows[_PAYER]))
    return sorted(pc.unique(rows["owner"]).to_pylist())


def _end_of(month: str) -> int:
    year, number = int(month[:4]), int(month[5:])
    first = f"{year + number // 12}-{number % 12 + 1:02d}-01"
    return parse_date(first) * DAY
