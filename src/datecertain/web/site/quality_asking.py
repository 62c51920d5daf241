"""What a page of quality is asked for: all of it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request

from datecertain.access import Viewer
from datecertain.operations.report_cards import Group
from datecertain.verdict.outcomes import WHOLE, Leg
from datecertain.web.site.listing import asked, with_query
from datecertain.wording import Words

#: Cuts that a look can go into, in the order that they are offered.
CUTS = (Group.LEG, Group.GATEWAY, Group.AREA, Group.FLIGHT, Group.WEEKDAY, Group.CONTENTS)
#: Cuts of all items.
ALL_CUTS = (Group.LANE, Group.ORIGIN, Group.DESTINATION, *CUTS, Group.PRODUCT)
#: Cuts of the whole group that may be published.
PUBLISHED_CUTS = tuple(one for one in ALL_CUTS if one is not Group.FLIGHT)
#: The goal of the group and its floor, per cent: quality.figures says whence.
TARGET, FLOOR = 96.0, 95.0
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Ask:
    """A month, whose items (`own`, or the whole `group`'s as published), what the share is held
    against, and the groups that items must be in. `bad`: fields that could not be read."""

    month: str
    scope: str
    target: float
    floor: float
    narrowed: Mapping[Group, str]
    bad: tuple[str, ...]

    @property
    def target_ppm(self) -> int:
        """The target in parts per million."""
        return round(self.target / 100 * WHOLE)

    @property
    def own(self) -> bool:
        """Whether it is about one's own items, which may be looked into."""
        return self.scope == "own"


def read_ask(request: Request, who: Viewer, months: Sequence[str]) -> Ask:
    """What the address of a page asks for; the last month where it names none."""
    given = asked(request, "month", "scope", "target", "floor", *ALL_CUTS)
    bad = []
    shares = {}
    for name, otherwise in (("target", TARGET), ("floor", FLOOR)):
        shares[name] = _percent(given[name], otherwise)
        if shares[name] is None:
            bad.append(name)
    month = given["month"] or (months[0] if months else "")
    scope = "group" if who.group or given["scope"] == "group" else "own"
    narrowed = {
        Group(name): given[name] for name in ALL_CUTS if given[name] and scope == "own"
    }  # fmt: skip
    if narrowed.get(Group.LEG, "export").upper() not in Leg.__members__:
        bad.append(str(Group.LEG))
        del narrowed[Group.LEG]
    return Ask(
        month, scope, shares["target"] or TARGET, shares["floor"] or FLOOR, narrowed, tuple(bad)
    )


def _percent(text: str, otherwise: float) -> float | None:
    if not text:
        return otherwise
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 50 <= value <= 99.9 else None


def group_name(by: Group, name: str, words: Words) -> str:
    """The name of a group in words."""
    if not name:
        return words.say("cards.not_known")
    if by is Group.LANE:
        return name.replace(">", " → ")
    if by in (Group.WEEKDAY, Group.LEG, Group.CONTENTS):
        key = {Group.WEEKDAY: f"cards.weekday.{name}"}.get(by, f"{by}.{name}")
        return words.label(key, name)
    return name


def month_name(month: str, words: Words) -> str:
    """`October 2026`; what is no month as it stands."""
    year, _, number = month.partition("-")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= 12):
        return month
    name = words.say(f"report.month.{int(number)}")
    return words.say("report.month_of_year", month=name, year=year)


def into(request: Request, by: Group, name: str, then: str) -> str:
    """The address of the same look narrowed to a group, at another page."""
    return with_query(request, then, **{str(by): name})
