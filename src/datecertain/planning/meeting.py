"""The chief executives' meeting pack as values: pages of figures and tables, and what each of them
was worked out from (req 70). Words and charts are added where it is written out.

A page holds what was counted, never a sentence: the same rows become table, chart and JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from datecertain.planning.readiness import Readiness

Cell = int | float | str | None


class Unit(StrEnum):
    """What a number of the pack is in, which says how it is written."""

    TEXT = "text"
    POST = "post"  # the code of a post
    LANE = "lane"  # `KR>US`
    LEG = "leg"
    ITEM = "item"  # an item number, which leads to its explanation
    SHARE = "share"  # of one
    COUNT = "count"
    DAYS_PPM = "days_ppm"  # millionths of a day
    DPLUS = "dplus"  # calendar days from the day of acceptance
    DATE = "date"  # a day number
    USDR = "usdr"  # micro-SDR
    MINOR = "minor"  # minor units of the currency in the row's column `currency`
    STANDING = "standing"  # how a share stands to a target
    READINESS = "readiness"
    STATE = "state"  # of an action
    AWARD = "award"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the facts: what was asked, and what the answer rests on.

    `command` asks it again; `inputs` names network and rules, and of every table of facts the
    published version and the digest of its files; `digest` is that of all of it.
    """

    key: str
    operation: str
    command: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name in the glossary and what it is in."""

    name: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a page; its cells are raw numbers, None where nothing is known."""

    key: str
    query: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, name: str) -> list[Cell]:
        """The cells of a column, row by row."""
        at = [column.name for column in self.columns].index(name)
        return [row[at] for row in self.rows]

    def records(self) -> list[dict[str, Cell]]:
        """The rows by names of columns."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Figure:
    """One of a page's few large numbers. `low` and `high`: its interval, None without."""

    key: str
    query: str
    value: Cell
    unit: Unit
    low: float | None = None
    high: float | None = None


class Subject(StrEnum):
    """The pages, in their order."""

    GUARANTEE = "guarantee"  # which lanes promise, refunds, on time against the targets
    QUALITY = "quality"  # lanes told apart, awards, completeness
    LOST = "lost"  # where time is lost
    VOLUME = "volume"  # volume and recovery
    RESUME = "resume"  # which lanes could be promised, and with which standard
    MONEY = "money"  # refunds, net positions, exposure
    SERVICES = "services"  # new services tried; left out when none was
    DECISIONS = "decisions"  # what is asked, and what became of what was decided


@dataclass(frozen=True, slots=True)
class Page:
    """One subject. `facts`: further values that its sentences need."""

    subject: Subject
    figures: tuple[Figure, ...]
    sheets: tuple[Sheet, ...]
    facts: Mapping[str, Cell]

    def sheet(self, key: str) -> Sheet | None:
        """A table by its key, None where the page has none."""
        return next((one for one in self.sheets if one.key == key), None)

    def figure(self, key: str) -> Figure:
        """A figure by its key."""
        return next(one for one in self.figures if one.key == key)


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of the meeting: text of each language, from the central office."""

    titles: Mapping[str, str]
    texts: Mapping[str, str]
    subject: str  # the page that it rests on, empty: none


@dataclass(frozen=True, slots=True)
class Pack:
    """The whole paper. Moments are UTC minutes, days inclusive."""

    title: str  # of the network
    months: tuple[str, ...]
    first_day: int
    last_day: int
    closing_at: int
    made_at: int
    synthetic: bool
    illustrative: int
    network_version: str
    rules_version: str
    posts: tuple[tuple[str, str, str], ...]  # code, English name, Korean name
    pages: tuple[Page, ...]
    asked: tuple[Asking, ...]
    actions: tuple[Mapping[str, Any], ...]
    queries: tuple[Query, ...]
    items: tuple[str, ...]  # item numbers whose explanations are referred to
    published: bool = False  # nothing in it that the group may not publish

    def as_json(self) -> dict[str, Any]:
        """For programs: every figure and table with the key of its query, and the queries."""
        return {
            "title": self.title, "months": list(self.months), "first_day": self.first_day,
            "last_day": self.last_day, "published": self.published,
            "closing_at": self.closing_at, "made_at": self.made_at,
            "synthetic": self.synthetic, "illustrative_rows": self.illustrative,
            "network_version": self.network_version, "rules_version": self.rules_version,
            "posts": [list(one) for one in self.posts], "items": list(self.items),
            "pages": [_page(one) for one in self.pages],
            "decisions": [{"title": dict(one.titles), "text": dict(one.texts),
                           "page": one.subject} for one in self.asked],
            "actions": [dict(one) for one in self.actions],
            "queries": [asdict(one) for one in self.queries],
        }  # fmt: skip

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Pack:
        """The pack that `as_json` told."""
        return cls(
            plain["title"], tuple(plain["months"]), plain["first_day"], plain["last_day"],
            plain["closing_at"], plain["made_at"], plain["synthetic"], plain["illustrative_rows"],
            plain["network_version"], plain["rules_version"],
            tuple((post, en, ko) for post, en, ko in plain["posts"]),
            tuple(_page_of(one) for one in plain["pages"]),
            tuple(Asking(one["title"], one["text"], one["page"]) for one in plain["decisions"]),
            tuple(plain["actions"]), tuple(Query(**one) for one in plain["queries"]),
            tuple(plain["items"]), plain["published"],
        )  # fmt: skip


def _page_of(plain: Mapping[str, Any]) -> Page:
    figures = tuple(Figure(**one | {"unit": Unit(one["unit"])}) for one in plain["figures"])
    sheets = tuple(
        Sheet(
            one["name"], one["query"],
            tuple(Column(name, Unit(unit)) for name, unit in one["units"].items()),
            tuple(tuple(row[name] for name in one["units"]) for row in one["rows"]),
        )
        for one in plain["tables"]
    )  # fmt: skip
    return Page(Subject(plain["page"]), figures, sheets, plain["facts"])


def _page(page: Page) -> dict[str, Any]:
    return {
        "page": str(page.subject),
        "figures": [asdict(one) | {"unit": str(one.unit)} for one in page.figures],
        "tables": [
            {
                "name": sheet.key, "query": sheet.query,
                "units": {column.name: str(column.unit) for column in sheet.columns},
                "rows": sheet.records(),
            }
            for sheet in page.sheets
        ],
        "facts": dict(page.facts),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a lane's refunds cost in a year, in micro-SDR: paid to all that are owed one (expected,
    low, high), to those that claim it (None: nobody could claim yet), and the worst of a year, with
    what of it stays with the origin at least."""

    automatic: tuple[int | None, int, int]
    claim_driven_usdr: int | None
    worst_usdr: int
    kept_usdr: int


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A lane on the resume page. `days`: the assured standard D+n, None without one; `own`: it
    rests on the lane's own items, not on those of lanes like it too."""

    origin: str
    destination: str
    days: int | None
    items: int
    lower: float | None
    readiness: Readiness
    own: bool = True
    exposure: Exposure | None = None
