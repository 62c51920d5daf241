"""Layout profiles: what the segments of a message mean, as data.

The UPU's message layouts are not public, and partners differ, so no layout is written in code. A
profile is one TOML file per message, version and partner; the reader and the writer are driven by
it (`layouts/house/emsevt.toml` explains the form).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from datecertain.errors import LayoutError
from datecertain.messages.code_tables import TABLES
from datecertain.messages.scan import LARGEST_PLACE

#: What a field of a profile can mean, with what it belongs to. All but `prepared` and `item_id`
#: belong to an event.
TIMES = ("prepared", "event_time")
TEXTS = ("code", "office", "next_office", "reason", "measure", "dispatch", "receptacle")
#: An event without one of these cannot be used.
REQUIRED = ("code", "event_time", "office")

_TAG = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_QUALIFIER = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)


class Within(StrEnum):
    """What a segment belongs to: the nearest of these that was opened before it."""

    MESSAGE = "message"
    ITEM = "item"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Segments of a tag, and of a first value where one is given."""

    segment: str
    qualifier: str | None = None

    def __str__(self) -> str:
        return self.segment if self.qualifier is None else f"{self.segment}+{self.qualifier}"


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value stands."""

    name: str
    within: Within
    pattern: Pattern
    element: int
    component: int
    format_component: int | None  # where the format code of a time stands
    table: str | None  # code list of its values


@dataclass(frozen=True, slots=True)
class Writing:
    """Templates of the segments of a message head, an item and an event, in order."""

    message: tuple[str, ...]
    item: tuple[str, ...]
    event: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One layout."""

    name: str
    status: str  # house, confirmed, inferred
    source: str
    layout: str  # UNH S009
    senders: tuple[str, ...]  # UNB sender identifications; empty: anyone's
    item: Pattern
    event: Pattern
    fields: tuple[Field, ...]
    passed_over: tuple[Pattern, ...]
    writing: Writing | None

    def field(self, name: str) -> Field | None:
        """The field of a name."""
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles an installation reads with."""

    profiles: tuple[Profile, ...]

    def choose(self, layout: str, sender: str) -> Profile | None:
        """The profile for a UNH S009 and a UNB sender: the sender's own before anyone's."""
        fitting = [one for one in self.profiles if one.layout == layout]
        own = next((one for one in fitting if sender in one.senders), None)
        return own or next((one for one in fitting if not one.senders), None)

    def named(self, name: str) -> Profile:
        """The profile of a name. Raises `LayoutError`."""
        for one in self.profiles:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.profiles)
        raise LayoutError(f"there is no layout profile {name!r}; there are {names}")

    def with_more(self, texts: Iterable[str]) -> Profiles:
        """These profiles and those of more TOML texts. Raises `LayoutError`."""
        more = tuple(read_profile(text) for text in texts)
        return _checked(Profiles(self.profiles + more))


@cache
def bundled_profiles() -> Profiles:
    """The profiles that come with the package."""
    folder = files(__package__) / "layouts"
    texts = [(folder / path).read_text(encoding="utf-8") for path in ("house/emsevt.toml",)]
    return Profiles(()).with_more(texts)


def read_profile(text: str) -> Profile:
    """The profile in a TOML text. Raises `LayoutError` that says what is wrong with it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"a layout profile is not valid TOML: {error}") from error
    name = str(data.get("name", "without a name"))
    try:
        profile = _profile(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LayoutError(f"layout profile {name!r}: {type(error).__name__}: {error}") from error
    return profile


def _profile(data: Mapping[str, Any]) -> Profile:
    fields = tuple(_field(entry) for entry in data["fields"])
    names = [one.name for one in fields]
    missing = {"item_id", *REQUIRED} - set(names)
    if missing:
        raise ValueError(f"no place is given for {', '.join(sorted(missing))}")
    if len(set(names)) < len(names):
        raise ValueError("a field has more than one place")
    item, event = _pattern(data["opens"]["item"]), _pattern(data["opens"]["event"])
    for one in fields:
        if (one.name == "item_id" and one.pattern != item) or (
            one.name == "code" and one.pattern != event
        ):
            raise ValueError(f"{one.name} must stand in the segment that opens it")
    writing = data.get("write")
    return Profile(
        name=str(data["name"]),
        status=str(data["status"]),
        source=str(data["source"]),
        layout=str(data["applies"]["layout"]),
        senders=tuple(str(one) for one in data["applies"].get("senders", ())),
        item=item,
        event=event,
        fields=fields,
        passed_over=tuple(_pattern(entry) for entry in data.get("passed_over", ())),
        writing=None
        if writing is None
        else Writing(*(tuple(map(str, writing[part])) for part in Within)),
    )


def _field(entry: Mapping[str, Any]) -> Field:
    name, within = str(entry["field"]), Within(entry["within"])
    expected = {"prepared": Within.MESSAGE, "item_id": Within.ITEM}.get(name, Within.EVENT)
    if name not in {*TIMES, *TEXTS, "item_id"}:
        raise ValueError(f"no field is called {name!r}")
    if within != expected:
        raise ValueError(f"{name} belongs to the {expected}, not to the {within}")
    table = entry.get("table")
    if table is not None and table not in TABLES:
        raise ValueError(f"there is no code table {table!r}")
    format_component = entry.get("format_component")
    if (format_component is not None) != (name in TIMES):
        raise ValueError(f"{name}: a time, and nothing else, needs a format_component")
    places = [int(entry["element"]), int(entry.get("component", 1)), int(format_component or 1)]
    if min(places) < 1 or max(places) > LARGEST_PLACE:
        raise ValueError(f"{name}: elements and components count from 1 to {LARGEST_PLACE}")
    return Field(
        name,
        within,
        _pattern(entry),
        places[0],
        places[1],
        None if format_component is None else places[2],
        table,
    )


def _pattern(entry: Mapping[str, Any]) -> Pattern:
    segment, qualifier = str(entry["segment"]), entry.get("qualifier")
    if not _TAG.fullmatch(segment) or segment in {"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"}:
        raise ValueError(f"{segment!r} is not the tag of a data segment")
    if qualifier is not None and not _QUALIFIER.fullmatch(str(qualifier)):
        raise ValueError(f"qualifier {qualifier!r}: expected one to three capitals or digits")
    return Pattern(segment, None if qualifier is None else str(qualifier))


def _checked(profiles: Profiles) -> Profiles:
    seen: dict[tuple[str, str], str] = {}
    for one in profiles.profiles:
        for sender in one.senders or ("",):
            other = seen.setdefault((one.layout, sender), one.name)
            if other != one.name:
                raise LayoutError(f"{one.name} and {other} both read {one.layout} from {sender!r}")
    if len({one.name for one in profiles.profiles}) < len(profiles.profiles):
        raise LayoutError("two layout profiles have the same name")
    return profiles
