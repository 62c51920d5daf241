"""GS1 EPCIS 2.0 in JSON: ObjectEvents as item events.

An S10 number is no GS1 key, so items, offices and posts are URIs of a namespace of our own, and the
exact event code stands beside the coarse business step in an extension. Written by others, a plain
S10 number or any URI that ends in one is read too. Business step and disposition give no code: they
stay what they are (`departing/in_transit`), unless a partner's mapping declares what they mean.

Source: EPCIS 2.0 as described in public (ref.gs1.org/standards/epcis); corrections by
`errorDeclaration` say that an event did not happen as told: such an event is never evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from datecertain.messages.doors.json_text import REPEATED, array_elements, is_repeated
from datecertain.messages.doors.mapped_events import mapped
from datecertain.messages.doors.mappings import TableMapping
from datecertain.messages.doors.told import DoorResult, Told, read_told, refused_file
from datecertain.messages.log import brief

PROFILE = "epcis-2.0"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
#: Our extension namespace, and the prefix it is written with.
NAMESPACE, PREFIX = "urn:datecertain:ns:", "datecertain"
ITEM_URN, OFFICE_URN, POST_URN = (f"urn:datecertain:{kind}:" for kind in ("s10", "office", "post"))
#: Extension name → field.
EXTENSIONS = {
    "code": "code", "nextOffice": "next_office", "reason": "reason", "measure": "measure",
    "dispatch": "dispatch", "receptacle": "receptacle", "sender": "sender",
    "recipient": "recipient", "transmitted": "transmitted", "reference": "reference",
    "timeKind": "time_kind", "offsetSource": "offset_source", "test": "test",
}  # fmt: skip
_DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")
_EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
           "AssociationEvent")  # fmt: skip
_LISTS = (("epcisBody", "eventList"), ("epcisBody", "queryResults", "resultsBody", "eventList"))
_STEP = re.compile(r".*(?:BizStep-|Disp-|bizstep:|disp:|/|:)", re.IGNORECASE)


def is_epcis(value: Any) -> bool:
    """Whether a JSON value is an EPCIS document, or an event on its own."""
    return _type(value) in _DOCUMENTS or (_type(value) in _EVENTS and "eventTime" in value)


def read_epcis(
    source: str, text: str, value: dict[str, Any], received_on: int,
    mapping: TableMapping | None = None,
) -> DoorResult:  # fmt: skip
    """The events of an EPCIS text, which `load_json` read as `value`: one per ObjectEvent and item.
    `mapping` declares what the partner leaves out."""
    data = text.encode("utf-8", "surrogatepass")
    if _is_torn(value):
        return refused_file(source, data, "json-unreadable", "a member is told twice, differently")
    found = list(_found(text, value))
    if not found and _type(value) in _DOCUMENTS and not _has_list(value):
        return refused_file(source, data, "epcis-without-events", "there is no list of events")
    context = _Context(value)
    records: list[Told] = []
    for event, position, begin, raw in found:
        told = list(_told(event, context))
        for number, (values, problem) in enumerate(told):
            done = values if mapping is None else mapped(values, mapping)
            place = position if len(told) == 1 else f"{position}/epcList/{number}"
            records.append(Told(place, len(records) + 1, begin, raw, done, problem))
    return read_told(source, PROFILE, records, received_on)


class _Context:
    """What a document says for all its events."""

    def __init__(self, value: dict[str, Any]) -> None:
        told = value.get("@context")
        parts = told if isinstance(told, list) else [told]
        bound = {
            name: iri for part in parts if isinstance(part, dict) for name, iri in part.items()
        }
        prefixes = [name for name, iri in bound.items() if iri == NAMESPACE]
        if PREFIX not in bound:
            prefixes.append(PREFIX)
        self.names = [*(f"{prefix}:" for prefix in prefixes), NAMESPACE]
        self.created = _string(value.get("creationDate"))

    def extension(self, event: Mapping[str, Any], name: str) -> Any:
        """The value of one of our extensions, whatever prefix the document gives us."""
        return next((event[p + name] for p in self.names if p + name in event), None)


def _told(
    event: Any, context: _Context
) -> Iterator[tuple[dict[str, str | None], tuple[str, str] | None]]:
    """(values, problem) of an event: one for each of its items."""
    problem = _problem(event)
    if not isinstance(event, dict) or (problem and problem[0] == "event-malformed"):
        yield {}, problem
        return
    values = {field: _string(context.extension(event, name)) for name, field in EXTENSIONS.items()}
    values["code"] = values["code"] or _coarse(event)
    values["sender"] = values["sender"] or _party(event.get("sourceList"), "source")
    values["recipient"] = values["recipient"] or _party(event.get("destinationList"), "destination")
    values["transmitted"] = (
        values["transmitted"] or context.created or _string(event.get("recordTime"))
    )
    values["event_time"] = _string(event.get("eventTime"))
    values["offset"] = _string(event.get("eventTimeZoneOffset"))
    place = event.get("readPoint") or event.get("bizLocation")
    values["office"] = _tail(place.get("id") if isinstance(place, dict) else place)
    items = event.get("epcList")
    for item in items if isinstance(items, list) and items else [None]:
        yield values | {"item_id": _tail(item)}, problem


def _problem(event: Any) -> tuple[str, str] | None:
    if not isinstance(event, dict):
        return "event-malformed", f"expected an object, found {brief(str(event))}"
    if is_repeated(event):
        return "event-contradicts", "a member is told twice, differently"
    if _type(event) != "ObjectEvent":
        return "event-kind-unknown", f"{brief(str(_type(event)))} tells no item event: ObjectEvent"
    if event.get("errorDeclaration") is not None:
        identity = brief(_string(event.get("eventID")) or "without eventID", 80)
        detail = "its sender declares it an error; if it was taken in before, it still stands"
        return "event-declared-wrong", f"{identity}: {detail}"
    return None


def _found(text: str, value: dict[str, Any]) -> Iterator[tuple[Any, str, int, bytes]]:
    if _type(value) not in _DOCUMENTS:
        yield value, "whole file", 0, text.encode("utf-8", "surrogatepass")
        return
    for path in _LISTS:
        if isinstance(_at(value, path), list):
            before = offset = 0
            for number, (event, begin, end) in enumerate(array_elements(text, path)):
                offset += len(text[before:begin].encode("utf-8", "surrogatepass"))
                before = begin
                raw = text[begin:end].encode("utf-8", "surrogatepass")
                yield event, "/".join(["", *path, str(number)]), offset, raw
            return


def _is_torn(value: dict[str, Any]) -> bool:
    """Whether what holds the events is told twice, differently."""
    if _type(value) not in _DOCUMENTS:
        return False
    parts = [_at(value, path[:depth]) for path in _LISTS for depth in range(len(path))]
    return any(isinstance(part, dict) and REPEATED in part for part in parts)


def _has_list(value: dict[str, Any]) -> bool:
    return any(isinstance(_at(value, path), list) for path in _LISTS)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _type(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    return _string(value.get("type", value.get("@type")))


def _coarse(event: Mapping[str, Any]) -> str | None:
    """Business step and disposition as they are, `departing/in_transit`; bare names."""
    told = [_string(event.get(name)) for name in ("bizStep", "disposition")]
    return "/".join(_STEP.sub("", one) for one in told if one) or None


def _party(listed: Any, name: str) -> str | None:
    """The owning party of a source or destination list, else its first entry."""
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    entries.sort(key=lambda one: not str(one.get("type", "")).endswith("owning_party"))
    return _tail(entries[0].get(name)) if entries else None


def _tail(identifier: Any) -> str | None:
    """What a URI ends in; a plain identifier as it is."""
    text = _string(identifier)
    if text is None:
        return None
    for namespace in (ITEM_URN, OFFICE_URN, POST_URN):
        if text.startswith(namespace):
            return unquote(text.removeprefix(namespace))
    return re.split(r"[:/]", text.rstrip("/"))[-1]


def _string(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None
