"""Persons of cases: sealed the moment they are written down, opened only with a reason, erased by
rule (req 40, 59).

Nothing here is written to a log, and no error tells what was given: an address that cannot be read
is told by the name of its field alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, func, insert, select

from datecertain.errors import UsageError
from datecertain.operations.retention import PERSON, Rules
from datecertain.store import Workspace
from datecertain.store.archive import Opening, Sealing
from datecertain.store.case_records import case_persons

SENDER, ADDRESSEE = "sender", "addressee"
PARTS = (SENDER, ADDRESSEE)
_MOST = 200
_MOST_NOTE = 4_000


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A sender or an addressee, as the posts' forms ask for one. Its `repr` shows nothing."""

    name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    email: str = ""

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not isinstance(value, str) or len(value) > _MOST or not value.isprintable():
                raise UsageError(
                    f"{one.name} of a person: text on one line, of at most {_MOST} letters"
                )

    def __repr__(self) -> str:
        return "Person(…)"

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    @property
    def lines(self) -> tuple[str, ...]:
        """As on an envelope, without what is missing."""
        town = " ".join(part for part in (self.postcode, self.city) if part)
        return tuple(line for line in (self.name, self.street, town) if line)


PERSON_FIELDS = tuple(one.name for one in fields(Person))


def person_of(values: Mapping[str, Any], where: str) -> Person:
    """A person from a mapping. Raises `UsageError` that tells no value."""
    strangers = [name for name in values if name not in PERSON_FIELDS]
    if strangers:
        raise UsageError(f"{where}: give {', '.join(PERSON_FIELDS)} and nothing else")
    return Person(**values)


def about_person(case_id: str, part: str) -> str:
    """What the sealed bytes of a person are said to be."""
    return f"datecertain person 1\0{case_id}\0{part}"


def keep_person(
    connection: Connection, sealing: Sealing, case_id: str, part: str, person: Person, owner: str
) -> None:
    """Seal a person of a case, under the key of the post that owns the case; `sealing.write` must
    follow in the same transaction."""
    if person:
        plain = {name: value for name, value in asdict(person).items() if value}
        _keep(connection, sealing, (case_id, part), plain, owner)


def keep_note(
    connection: Connection, sealing: Sealing, case_id: str, seq: int, text: str, owner: str
) -> None:
    """Seal the free words beside an event of a case: people write names into them."""
    if len(text) > _MOST_NOTE:
        raise UsageError(f"a note of {len(text)} letters: at most {_MOST_NOTE}")
    if text.strip():
        _keep(connection, sealing, (case_id, f"note-{seq}"), {"text": text.strip()}, owner)


def _keep(
    connection: Connection, sealing: Sealing, what: tuple[str, str], plain: dict[str, str],
    owner: str,
) -> None:  # fmt: skip
    data = json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()
    key_id, sealed = sealing.note(data, owner, about_person(*what))
    connection.execute(
        insert(case_persons).values(
            case_id=what[0], part=what[1], owner=owner, audience=owner, key_id=key_id,
            sealed=sealed, stored_at=sealing.now,
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class CasePersons:
    """Everybody and every word of a case; `erased` names the parts that are gone."""

    sender: Person
    addressee: Person
    notes: Mapping[int, str]
    erased: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "CasePersons(…)"


def persons_of(workspace: Workspace, connection: Connection, case_id: str) -> CasePersons:
    """The persons and notes of a case, opened. Who does so writes down why (`persons_seen`)."""
    opening = Opening(workspace, connection)
    found: dict[str, Person] = {}
    notes: dict[int, str] = {}
    erased = []
    for row in connection.execute(
        select(case_persons).where(case_persons.c.case_id == case_id).order_by(case_persons.c.part)
    ):
        if not row.sealed:
            erased.append(row.part)
            continue
        plain = json.loads(opening.note(row.sealed, row.key_id, about_person(case_id, row.part)))
        if row.part in PARTS:
            found[row.part] = Person(**plain)
        else:
            notes[int(row.part.removeprefix("note-"))] = plain["text"]
    return CasePersons(
        found.get(SENDER, Person()), found.get(ADDRESSEE, Person()), notes, tuple(erased)
    )


def parts_kept(connection: Connection, case_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which parts of a case are kept, and which were erased: told without opening any."""
    rows = connection.execute(
        select(case_persons.c.part, func.length(case_persons.c.sealed).label("size"))
        .where(case_persons.c.case_id == case_id).order_by(case_persons.c.part)
    ).all()  # fmt: skip
    return (
        tuple(row.part for row in rows if row.size),
        tuple(row.part for row in rows if not row.size),
    )


@dataclass(frozen=True, slots=True)
class LapsedPart:
    """A part of a case that is past its retention, by the rule of that name."""

    case_id: str
    part: str
    owner: str
    size: int
    stored_at: int
    rule: str


def lapsed_persons(connection: Connection, rules: Rules, as_of: int) -> Iterator[LapsedPart]:
    """The parts that are past their retention at a moment."""
    table = case_persons
    for owner in sorted(connection.scalars(select(table.c.owner).distinct()).all()):
        if (found := rules.lapsed(PERSON, owner, as_of)) is None:
            continue
        rule, before = found
        size = func.length(table.c.sealed)
        for row in connection.execute(
            select(table.c.case_id, table.c.part, table.c.stored_at, size.label("size"))
            .where(table.c.owner == owner, table.c.stored_at < before, size > 0)
            .order_by(table.c.case_id, table.c.part)
        ):
            yield LapsedPart(row.case_id, row.part, owner, row.size, row.stored_at, rule.name)


def read_person(text: str, where: str) -> Person:
    """A person from JSON text. Raises `UsageError` that tells nothing of what was given."""
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise UsageError(f"{where}: one JSON object with {', '.join(PERSON_FIELDS)} is wanted")
    return person_of(values, where)
