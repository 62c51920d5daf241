"""The question at a counter as a form asks it: read, and told what was wrong where (req 1, 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from datecertain.door import Door
from datecertain.errors import BadMoment, UnknownPlace, UsageError
from datecertain.moments import parse_date
from datecertain.operations.quoting import ask_now, history_of
from datecertain.promise.asking import Ask, demand_count
from datecertain.promise.routes import EMS, IN_HAND, Route
from datecertain.promise.telling import told_quote
from datecertain.promise.telling_dates import told_alternatives
from datecertain.web.site.places import read_place
from datecertain.wording import Words

#: The fields of the form, as they stand in the address of its page.
FIELDS = ("from", "to", "at", "contents", "channel", "weight", "value")
CONTENTS = ("documents", "merchandise", "gift", "food")
CHANNELS = ("counter", "agency", "collection", "contract")
#: The fields of the record of a promise.
RECORD_FIELDS = ("item", "postage", "key")
_LONGEST = 60


class Fault(Exception):
    """What cannot be asked: the field that is wrong, and the key of what is said of it."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__(key)
        self.field, self.key = field, key


@dataclass(frozen=True, slots=True)
class Answer:
    """A quote, ready to be shown. `due_day` None: there is no date."""

    ask: Ask
    told: Mapping[str, Any]
    due_day: int | None
    others: tuple[str, ...]


def fields_of(given: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form, each with a text. Raises `Fault` for one that is too long."""
    fields = {name: given.get(name, "").strip() for name in FIELDS}
    for name, text in fields.items():
        if len(text) > _LONGEST or "\0" in text:
            raise Fault(name, "fault.long")
    return fields


def shown_fields(given: Mapping[str, str]) -> dict[str, str]:
    """All fields of the counter's forms, to be shown again as they were typed."""
    return {name: given.get(name, "")[:_LONGEST] for name in (*FIELDS, *RECORD_FIELDS)}


def read_question(door: Door, fields: Mapping[str, str]) -> Ask:
    """The question of a form. Raises `Fault`, `NotFound`."""
    network = door.network.now()
    ends = []
    for name in ("from", "to"):
        try:
            ends.append(read_place(network, fields[name]))
        except UnknownPlace as error:
            raise Fault(name, "fault.place") from error
    for name, known in (("contents", CONTENTS), ("channel", CHANNELS)):
        if fields[name] not in ("", *known):
            raise Fault(name, "fault.choice")
    route = Route(*ends[0], *ends[1], EMS, fields["contents"], fields["channel"] or IN_HAND)
    numbers = {}
    for name in ("weight", "value"):
        try:
            numbers[name] = demand_count(fields[name], name)
        except UsageError as error:
            raise Fault(name, "fault.number") from error
    try:
        ask = (
            Ask.at(route, fields["at"]) if fields["at"] else ask_now(network, route, door.how.clock)
        )
    except BadMoment as error:
        raise Fault("at", "fault.moment") from error
    value = numbers["value"]
    return replace(
        ask, weight_g=numbers["weight"], value_usdr=value * 10**6 if value >= 0 else value
    )


def answer_question(door: Door, ask: Ask, words: Words) -> Answer:
    """The quote of a question and other ways to a date. Raises `Fault`."""
    network = door.network.now()
    try:
        told = told_quote(network, ask, words, history_of(door.workspace, None))
        others = told_alternatives(network, ask, words)["alternatives"]
    except BadMoment as error:
        raise Fault("at", "fault.moment") from error
    except UsageError as error:
        raise Fault("to", "fault.question") from error
    due = parse_date(told["due_on"]) if told["due_on"] else None
    return Answer(ask, told, due, tuple(one["text"] for one in others))
