"""Layout profiles: what the segments of a message mean, as data.

The UPU's message layouts are not public, and partners differ, so no layout is written in code. A
profile is one TOML file per message, version and partner; the reader and the writer are driven by
it (`layouts/house/emsevt.toml` explains the form).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from datecertain.errors import LayoutError
from datecertain.messages.code_tables import TABLES
from datecertain.messages.persons import OF_PERSONS
from datecertain.messages.scan import LARGEST_PLACE
from datecertain.messages.stated_times import FORMATS
from datecertain.messages.vocabulary import (
    OPENED_BY,
    QUANTITIES,
    REQUIRED,
    TIMES,
    Within,
    belongs_to,
)

_TAG = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
#: Stands in a skeleton for what is still to be said.
_FILL = r"FILL\b"
_SERVICE = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})
#: A qualifier as profiles name it.
QUALIFIER = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)
#: What a receptacle or a leg can mean by the mere fact that a message names it.
MEANINGS: Mapping[Within, tuple[str, ...]] = {
    Within.RECEPTACLE: ("advised", "received", "consigned", "taken_over"),
    Within.LEG: ("plan",),  # a plan is never evidence that something flew
}


_OF_ITEMS = {Within.ITEM, Within.EVENT, Within.PIECE}


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
    format_component: int | None  # where the format code of a time stands, or a quantity's unit
    table: str | None  # code list of its values
    format: str | None = None  # of an event's time, where the sender states no format code


@dataclass(frozen=True, slots=True)
class Unused:
    """Values of a segment that are known and of no use: those of an element, or all."""

    pattern: Pattern
    element: int | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """Templates of the segments of each part of a message, in order."""

    message: tuple[str, ...]
    status: tuple[str, ...] = ()
    leg: tuple[str, ...] = ()
    receptacle: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    piece: tuple[str, ...] = ()

    @property
    def templates(self) -> tuple[str, ...]:
        """Those of all parts."""
        inner = (self.status, self.leg, self.receptacle, self.item, self.event, self.piece)
        return self.message + tuple(one for part in inner for one in part)


@dataclass(frozen=True, slots=True)
class Profile:
    """One layout."""

    name: str
    status: str  # house, one-source, confirmed, inferred
    source: str
    layout: str  # UNH S009
    senders: tuple[str, ...]  # UNB sender identifications; empty: anyone's
    opens: Mapping[Within, Pattern]  # what opens which part of a message
    says: Mapping[str, str]  # what the parts mean where the message does not say it itself
    fields: tuple[Field, ...]
    passed_over: tuple[Pattern, ...]
    writing: Writing | None
    no_flight_stages: tuple[str, ...] = ()  # stages of a leg that are no flight
    unused: tuple[Unused, ...] = ()  # values beside the fields that are known and of no use

    @property
    def of_transport(self) -> bool:
        """Whether it speaks of receptacles and flights, not of items alone."""
        return not set(self.opens) <= _OF_ITEMS

    @property
    def of_attributes(self) -> bool:
        """Whether it speaks of what items are, not of what happened to them."""
        return not self.of_transport and Within.EVENT not in self.opens

    @property
    def of_persons(self) -> bool:
        """Whether its messages name senders and addressees (see `persons`)."""
        return self.layout.split(":")[0] in OF_PERSONS

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
    """The profiles of item events that come with the package."""
    return Profiles(()).with_more(_bundled("house/emsevt"))


@cache
def transport_profiles() -> Profiles:
    """Those and the profiles of transport messages that come with the package."""
    paths = ("house/predes", "house/resdes", "house/precon", "house/rescon")
    carriers = ("carrier/cardit", "carrier/resdit")
    return bundled_profiles().with_more(_bundled(*paths, *carriers))


@cache
def attribute_profiles() -> Profiles:
    """Those and the profile of item attributes (ITMATT) that comes with the package."""
    return transport_profiles().with_more(_bundled("house/itmatt"))


def _bundled(*paths: str) -> list[str]:
    folder = files(__package__) / "layouts"
    return [(folder / f"{path}.toml").read_text(encoding="utf-8") for path in paths]


def read_profile(text: str) -> Profile:
    """The profile in a TOML text. Raises `LayoutError` that says what is wrong with it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"a layout profile is not valid TOML: {error}") from error
    name = str(data.get("name", "without a name"))
    open_places = list(_unfilled(data, ""))
    if open_places:
        raise LayoutError(
            f"layout profile {name!r} is a skeleton: {len(open_places)} place(s) are to be filled "
            f"from the licensed text: {', '.join(open_places)}"
        )
    try:
        profile = _profile(data)
    except KeyError as error:
        raise LayoutError(f"layout profile {name!r}: {error} is missing") from error
    except ValueError as error:
        raise LayoutError(f"layout profile {name!r}: {error}") from error
    except (TypeError, AttributeError) as error:
        told = "a value has another kind than is wanted there: a text, a number, a table or a list"
        raise LayoutError(f"layout profile {name!r}: {told}") from error
    return profile


def _unfilled(value: object, where: str) -> Iterator[str]:
    """The places of a skeleton's data that still say `FILL`; a field is named by itself."""
    if isinstance(value, str) and re.match(_FILL, value):
        yield where
    elif isinstance(value, Mapping):
        own = value.get("field", "")
        for key, inner in value.items():
            yield from _unfilled(inner, ".".join(filter(None, (where, own, key))))
    elif isinstance(value, list):
        for inner in value:
            yield from _unfilled(inner, where)


def _profile(data: Mapping[str, Any]) -> Profile:
    fields = tuple(_field(entry) for entry in data["fields"])
    opens = {_within(part): _pattern(entry) for part, entry in data["opens"].items()}
    _check_parts(opens, fields)
    says = {str(part): str(word) for part, word in data.get("says", {}).items()}
    _check_meanings(opens, says)
    writing = data.get("write")
    return Profile(
        name=str(data["name"]),
        status=str(data["status"]),
        source=str(data["source"]),
        layout=str(data["applies"]["layout"]),
        senders=tuple(str(one) for one in data["applies"].get("senders", ())),
        opens=opens,
        says=says,
        fields=fields,
        passed_over=tuple(_pattern(entry) for entry in data.get("passed_over", ())),
        writing=None
        if writing is None
        else Writing(
            **{part.value: tuple(map(str, writing[part])) for part in (Within.MESSAGE, *opens)}
        ),
        no_flight_stages=tuple(map(str, data.get("no_flight_stages", ()))),
        unused=_unused(data, opens, fields),
    )


def _unused(
    data: Mapping[str, Any], opens: Mapping[Within, Pattern], fields: tuple[Field, ...]
) -> tuple[Unused, ...]:
    """What is said to be of no use in segments that are read."""
    read = {one.segment for one in (*opens.values(), *(one.pattern for one in fields))}
    found = []
    for entry in data.get("unused", ()):
        pattern, element = _pattern(entry), entry.get("element")
        if pattern.segment not in read:
            raise ValueError(f"[[unused]] {pattern}: no such segment is read; pass it over")
        if element is not None and not 1 <= _whole("element", element) <= LARGEST_PLACE:
            raise ValueError(f"[[unused]] {pattern}: elements count from 1 to {LARGEST_PLACE}")
        found.append(Unused(pattern, None if element is None else int(element)))
    return tuple(found)


def _check_parts(opens: Mapping[Within, Pattern], fields: tuple[Field, ...]) -> None:
    """Refuse parts that lack a value they need, or that one segment would open two of."""
    if not opens or Within.MESSAGE in opens:
        raise ValueError("[opens] names what a message is made of, never the message itself")
    if Within.EVENT in opens and set(opens) != {Within.ITEM, Within.EVENT}:
        raise ValueError("events stand in items, and beside them nothing else is opened")
    names = [one.name for one in fields]
    missing = {name for part in opens for name in REQUIRED[part]} - set(names)
    if missing:
        raise ValueError(f"no place is given for {', '.join(sorted(missing))}")
    if len(set(names)) < len(names):
        raise ValueError("a field has more than one place")
    for one in fields:
        if one.within is not Within.MESSAGE and one.within not in opens:
            raise ValueError(f"{one.name} belongs to the {one.within}, which nothing opens")
        # An event may begin with another segment than that of its code, such as its time.
        opener = OPENED_BY.get(one.within) == one.name and one.within is not Within.EVENT
        if opener and one.pattern != opens[one.within]:
            raise ValueError(f"{one.name} must stand in the segment that opens it")
    patterns = list(opens.values())
    for place, pattern in enumerate(patterns):
        for other in patterns[:place]:
            same = pattern.qualifier == other.qualifier
            if pattern.segment == other.segment and (
                same or None in {pattern.qualifier, other.qualifier}
            ):
                raise ValueError(f"{pattern} opens two parts at once")


def _check_meanings(opens: Mapping[Within, Pattern], says: Mapping[str, str]) -> None:
    """Refuse a profile that leaves open what its receptacles or legs mean."""
    needed = {part for part in MEANINGS if part in opens}
    if Within.STATUS in opens:  # there the status says it
        needed.discard(Within.RECEPTACLE)
    if set(says) != {part.value for part in needed}:
        words = ", ".join(sorted(needed)) or "nothing"
        raise ValueError(f"[says] must tell what these mean, and nothing else: {words}")
    for part in needed:
        if says[part] not in MEANINGS[part]:
            raise ValueError(f"[says] {part}: expected {' or '.join(MEANINGS[part])}")


def _field(entry: Mapping[str, Any]) -> Field:
    name, within = str(entry["field"]), _within(entry["within"])
    expected = belongs_to(name)
    if not expected:
        raise ValueError(f"no field is called {name!r}")
    if within not in expected:
        raise ValueError(f"{name} belongs to the {' or '.join(expected)}, not to the {within}")
    table = entry.get("table")
    if table is not None and table not in TABLES:
        raise ValueError(f"there is no code table {table!r}")
    format_component, unit_component = entry.get("format_component"), entry.get("unit_component")
    format_ = _fixed_format(entry, name, within)
    if (format_component is not None or format_ is not None) != (name in TIMES):
        raise ValueError(f"{name}: a time, and nothing else, needs a format_component")
    if (unit_component is not None) != (name in QUANTITIES):
        raise ValueError(f"{name}: a quantity, and nothing else, needs a unit_component")
    beside = format_component or unit_component
    places = [
        _whole(name, one) for one in (entry["element"], entry.get("component", 1), beside or 1)
    ]
    if min(places) < 1 or max(places) > LARGEST_PLACE:
        raise ValueError(f"{name}: elements and components count from 1 to {LARGEST_PLACE}")
    return Field(
        name,
        within,
        _pattern(entry),
        places[0],
        places[1],
        None if beside is None else places[2],
        table,
        format_,
    )


def _within(part: object) -> Within:
    if part not in tuple(Within):
        raise ValueError(f"within {part!r}: use {', '.join(Within)}")
    return Within(str(part))


def _whole(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} {value!r}: a whole number is wanted") from error


def _fixed_format(entry: Mapping[str, Any], name: str, within: Within) -> str | None:
    """The format of all times of a field whose sender states none."""
    if entry.get("format") is None:
        return None
    if (name, within) != ("event_time", Within.EVENT) or "format_component" in entry:
        raise ValueError(f"{name}: format is for an event's time without a format_component")
    if str(entry["format"]) not in FORMATS:
        raise ValueError(f"{name}: format {entry['format']!r}: use {', '.join(FORMATS)}")
    return str(entry["format"])


def _pattern(entry: Mapping[str, Any]) -> Pattern:
    segment, qualifier = str(entry["segment"]), entry.get("qualifier")
    if not is_data_tag(segment):
        raise ValueError(f"{segment!r} is not the tag of a data segment")
    if qualifier is not None and not QUALIFIER.fullmatch(str(qualifier)):
        raise ValueError(f"qualifier {qualifier!r}: expected one to three capitals or digits")
    return Pattern(segment, None if qualifier is None else str(qualifier))


def is_data_tag(tag: str) -> bool:
    """Whether a profile can name a segment of that tag."""
    return _TAG.fullmatch(tag) is not None and tag not in _SERVICE


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
