"""Reading a whole network: every file, every row, every finding at once.

A network's *version* is the hash of its rows together with what else decides an answer: the zone
data, the format of the files and the rules of the compiler. The text itself is kept with the
version, so that a promise can be replayed by exactly the network that gave it (req 9).
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import tzdata

from datecertain.errors import NetworkError, NotFound
from datecertain.findings import Finding, Severity
from datecertain.moments import day_of
from datecertain.network.carriage_rows import CarriageRow, JourneyRule, TagTime
from datecertain.network.rows import (
    Airport,
    Area,
    AreaLink,
    Calendar,
    Flight,
    FlightChange,
    Holiday,
    LaneEvent,
    LaneTerm,
    Office,
    Post,
    PostcodeRange,
    Rate,
    Row,
    ScheduleSlot,
    TermRow,
    canonical_text,
    read_rows,
)
from datecertain.network.rule_rows import (
    Channel,
    Closure,
    Condition,
    ExclusionRow,
    Product,
    Relation,
    Standard,
)
from datecertain.network.weakening import WeakenedEvidence

#: Changes whenever the same rows would compile to other answers.
COMPILER_RULES = "1"
BUNDLED = "ten-posts"


@dataclass(frozen=True, slots=True)
class NetworkData:
    """All rows of a network, as read; nothing is derived here."""

    name: str
    title: str
    first_day: int
    last_day: int
    illustrative_resumption: bool
    posts: tuple[Post, ...]
    airports: tuple[Airport, ...]
    offices: tuple[Office, ...]
    areas: tuple[Area, ...]
    area_links: tuple[AreaLink, ...]
    postcodes: tuple[PostcodeRange, ...]
    schedules: tuple[ScheduleSlot, ...]
    calendars: tuple[Calendar, ...]
    holidays: tuple[Holiday, ...]
    flights: tuple[Flight, ...]
    flight_changes: tuple[FlightChange, ...]
    lane_events: tuple[LaneEvent, ...]
    lane_terms: tuple[LaneTerm, ...]
    terms: tuple[TermRow, ...]
    rates: tuple[Rate, ...]
    products: tuple[Product, ...]
    channels: tuple[Channel, ...]
    conditions: tuple[Condition, ...]
    standards: tuple[Standard, ...]
    closures: tuple[Closure, ...]
    relations: tuple[Relation, ...]
    carriage: tuple[CarriageRow, ...]
    tag_times: tuple[TagTime, ...]
    journey_rules: tuple[JourneyRule, ...]
    weakened_evidence: tuple[WeakenedEvidence, ...]
    exclusions: tuple[ExclusionRow, ...]
    version: str
    texts: Mapping[str, str]

    def tables(self) -> dict[str, tuple[Row, ...]]:
        """File name → its rows."""
        return {row_class.file: getattr(self, field) for row_class, field in _FIELD_OF.items()}


_FIELD_OF: dict[type[Row], str] = {
    Post: "posts",
    Airport: "airports",
    Office: "offices",
    Area: "areas",
    AreaLink: "area_links",
    PostcodeRange: "postcodes",
    ScheduleSlot: "schedules",
    Calendar: "calendars",
    Holiday: "holidays",
    Flight: "flights",
    FlightChange: "flight_changes",
    LaneEvent: "lane_events",
    LaneTerm: "lane_terms",
    TermRow: "terms",
    Rate: "rates",
    Product: "products",
    Channel: "channels",
    Condition: "conditions",
    Standard: "standards",
    Closure: "closures",
    Relation: "relations",
    CarriageRow: "carriage",
    TagTime: "tag_times",
    JourneyRule: "journey_rules",
    WeakenedEvidence: "weakened_evidence",
    ExclusionRow: "exclusions",
}
ROW_CLASSES = tuple(_FIELD_OF)
NETWORK_FILES = ("network.toml", *(row_class.file for row_class in ROW_CLASSES))


def bundled_folder(name: str = BUNDLED) -> Traversable:
    """The folder of a network that ships with datecertain."""
    return files("datecertain") / "network_data" / name.replace("-", "_")


def read_texts(folder: Path | Traversable) -> dict[str, str]:
    """The files of a network folder as text. Raises `NotFound` if it is no network folder,
    `NetworkError` if a file is in another encoding."""
    texts, findings = dict[str, str](), list[Finding]()
    for name in NETWORK_FILES:
        path = folder / name
        if path.is_file():
            try:
                texts[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                where, hint = f"byte {error.start}", "is not UTF-8: save the file as UTF-8"
                findings.append(Finding("file-encoding", Severity.ERROR, name, where, hint))
    refuse_errors(findings, str(folder))
    if "network.toml" not in texts:
        raise NotFound(f"{folder} is not a network: it has no network.toml")
    return texts


def read_network(texts: Mapping[str, str]) -> tuple[NetworkData | None, list[Finding]]:
    """The rows of a network from its texts, with every finding of reading.

    The data are None only when network.toml itself cannot be read.
    """
    header, findings = _read_header(texts.get("network.toml", ""))
    rows: dict[str, Any] = {}
    for row_class in ROW_CLASSES:
        if row_class.file not in texts:
            rows[_FIELD_OF[row_class]] = ()
            if not row_class.optional:
                detail = "is not in the network"
                findings.append(Finding("file-missing", Severity.ERROR, row_class.file, "", detail))
            continue
        rows[_FIELD_OF[row_class]], found = _rows_of(row_class.file, texts[row_class.file])
        findings += found
    if header is None:
        return None, findings
    return NetworkData(**header, **rows, version=version_of(texts), texts=dict(texts)), findings


@lru_cache(maxsize=64)  # two networks: a command reads the one in force more than once
def _rows_of(file: str, text: str) -> tuple[tuple[Row, ...], tuple[Finding, ...]]:
    """The rows of one file, which nobody changes, and the findings of reading them."""
    rows, findings = read_rows(next(cls for cls in ROW_CLASSES if cls.file == file), text)
    return tuple(rows), tuple(findings)


def _read_header(text: str) -> tuple[dict[str, Any] | None, list[Finding]]:
    def bad(detail: str) -> Finding:
        return Finding("header-unreadable", Severity.ERROR, "network.toml", "", detail)

    try:
        header = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [bad(str(error))]
    expected = {
        "name": str, "title": str, "first_day": object, "last_day": object,
        "illustrative_resumption": bool,
    }  # fmt: skip
    findings = [
        bad(f"{key} is missing or of the wrong kind")
        for key, kind in expected.items()
        if not isinstance(header.get(key), kind)
    ]
    findings += [bad(f"{key} is not known here") for key in header if key not in expected]
    if findings:
        return None, findings
    try:
        days = {key: day_of(header[key]) for key in ("first_day", "last_day")}
    except (TypeError, AttributeError):
        return None, [bad("first_day and last_day must be dates: first_day = 2026-01-01")]
    return {**header, **days}, []


def version_of(texts: Mapping[str, str]) -> str:
    """The network version: 16 hex digits over the rows and whatever else decides an answer."""
    return content_hash(texts)


def content_hash(texts: Mapping[str, str], **more: object) -> str:
    """16 hex digits over the rows of some files, the compiler and the zone data.

    Files that a network may lack decide nothing where they are not: without them a network keeps
    the version that it had before such files were known.
    """
    digest = hashlib.sha256()
    read = [cls for cls in ROW_CLASSES if not cls.optional or cls.file in texts]
    pins: dict[str, object] = {
        "compiler": COMPILER_RULES,
        "tzdata": tzdata.IANA_VERSION,
        "columns": {cls.__name__: [f.name for f in fields(cls)] for cls in read},
        **more,
    }
    digest.update(json.dumps(pins, sort_keys=True).encode())
    for name in sorted(texts):
        body = canonical_text(texts[name])
        digest.update(f"\0{name}\0{len(body)}\0{body}".encode())
    return digest.hexdigest()[:16]


def refuse_errors(findings: list[Finding], what: str) -> None:
    """Raise `NetworkError` with every finding of severity error, if there is one."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        listed = "\n".join(f"  {finding}" for finding in errors[:20])
        more = f"\n  … and {len(errors) - 20} more" if len(errors) > 20 else ""
        raise NetworkError(
            f"{what} has {len(errors)} errors; correct the files and load again:\n{listed}{more}",
            tuple(findings),
        )
