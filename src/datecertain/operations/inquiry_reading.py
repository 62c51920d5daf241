"""Rows of a file of inquiries read and checked, one by one (req 39). What cannot be used is a
finding with its line and column; it never tells what stands there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from datecertain.claims.inquiries import REPLIES, Act, Happened, Kind, Resolution
from datecertain.claims.inquiry_limits import Limit
from datecertain.claims.money import minor_digits
from datecertain.errors import BadMoment, UsageError
from datecertain.findings import Finding, Severity
from datecertain.identifiers import Defect, ItemNumber
from datecertain.moments import parse_date, parse_local, parse_utc
from datecertain.network import Network
from datecertain.operations.case_persons import PERSON_FIELDS, Person
from datecertain.operations.inquiry_files import (
    ACTS,
    FACTS,
    LAST,
    TOLD,
    Row,
    demand_header,
    units,
)

_REFERENCE = re.compile(r"[A-Z]{2}-[0-9]{6}-[0-9a-f]{8}")
_CODE = re.compile(r"[A-Za-z0-9._-]{0,40}")


class _Bad(Exception):
    """A row that cannot be used: the column, and what is expected there."""

    def __init__(self, column: str, wanted: str) -> None:
        super().__init__(column)
        self.column, self.wanted = column, wanted


def read_rows(
    source: str, data: bytes, network: Network, now: int
) -> tuple[list[Row], list[Finding]]:
    """The rows of a file that can be used, and a finding for each of the others.

    Raises `UsageError` for a file that is not one of inquiries.
    """
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        demand_header(reader.fieldnames or ())
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{source} cannot be read as CSV in UTF-8") from error
    found, findings = list[Row](), list[Finding]()
    for line, values in rows:
        try:
            found.append(_row(line, values, network, now))
        except _Bad as bad:
            findings.append(finding(source, line, f"inquiry-{bad.column}", bad.wanted, None))
    return found, findings


def finding(source: str, line: int, code: str, detail: str, item: str | None) -> Finding:
    """What is wrong with a row; `detail` tells nothing that stands in it."""
    return Finding(code.replace("_", "-"), Severity.ERROR, source, f"line {line}", detail, item)


def _row(line: int, raw: Mapping[Any, Any], network: Network, now: int) -> Row:
    if None in raw or None in raw.values():
        raise _Bad("columns", "as many columns as the header has")
    values: dict[str, str] = {name: text.strip() for name, text in raw.items()}

    def get(name: str) -> str:
        return values.get(name, "")

    act = ACTS.get(get("record"))
    if act is None:
        raise _Bad("record", f"one of {', '.join(ACTS)}")
    if not _REFERENCE.fullmatch(get("reference")):
        raise _Bad("reference", "the id of an inquiry, such as KR-261105-9f3c21d0")
    kind = _one(get("request_type").lower(), "request_type", Kind)
    item = ItemNumber.parse(get("item_id"))
    if isinstance(item, Defect):
        raise _Bad("item_id", "an item number with its check digit")
    asking, asked = (_post(network, get(name), name) for name in ("from_post", "to_post"))
    if asking == asked:
        raise _Bad("to_post", "another post than in from_post")
    at = _read("at", parse_utc, get("at"))
    if at > now:
        raise _Bad("at", "a moment that has come")
    event = {key: get(name) for name, key in TOLD.items() if get(name)}
    happened = Happened(
        act, at, now, "", asked if act in (Act.READ, Act.ANSWERED) else asking,
        _code(act, kind, get("code")), {"event": _event(event)} if event else {},
    )  # fmt: skip
    return Row(
        line, get("reference"), str(item), kind, asking, asked, happened,
        _facts(values, str(item)) if act is Act.OPENED else {},
        _person(values, "sender"), _person(values, "addressee"), get("note"),
    )  # fmt: skip


def _post(network: Network, text: str, column: str) -> str:
    post = network.post_of_party(text)
    if post is None:
        raise _Bad(column, f"a post of the network: {', '.join(network.posts)}")
    return post


def _one(text: str, column: str, kinds: type[Kind]) -> Kind:
    try:
        return kinds(text)
    except ValueError:
        raise _Bad(column, f"one of {', '.join(one.upper() for one in kinds)}") from None


def _read(column: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except BadMoment:
        raise _Bad(column, "a date or time as in 2026-10-21, 2026-10-21T10:00, or with Z") from None


def _code(act: Act, kind: Kind, text: str) -> str:
    allowed: tuple[str, ...] = {
        Act.ANSWERED: tuple(REPLIES[kind]), Act.CLOSED: tuple(Resolution),
        Act.REMINDED: tuple(Limit), Act.ESCALATED: (Limit.ESCALATE,),
    }.get(act, ("",))  # fmt: skip
    if text not in allowed:
        raise _Bad("code", f"one of {', '.join(allowed)}" if any(allowed) else "nothing")
    return text


def _event(told: dict[str, str]) -> dict[str, str]:
    for name in ("code", "local", "office"):
        if name not in told:
            raise _Bad("event", "event, event_at and event_office together")
    clock = told["local"]
    stamp = clock[:16]
    _read("event_at", parse_local, stamp)
    offset = clock[16:]
    if not re.fullmatch(r"(Z|[+-][0-9]{2}:[0-9]{2})?", offset):
        raise _Bad("event_at", "a local time, with or without its offset")
    for name in ("code", "office", "reason", "measure"):
        if not _CODE.fullmatch(told.get(name, "")):
            raise _Bad("event", "codes of letters and digits")
    return told


def _facts(values: Mapping[str, str], item_id: str) -> dict[str, Any]:
    """The facts as the row tells them; each is checked, for a shifted column may hold a name."""
    facts: dict[str, Any] = {"item_id": item_id}
    for name, key in FACTS.items():
        text = values.get(name, "")
        shape = r"[A-Za-z0-9 :._/-]{0,40}"
        if not re.fullmatch(shape, text):
            raise _Bad(name, "a short code")
        facts[key] = text or None
    facts["origin"] = None
    if facts["promised_on"]:
        _read("guaranteed_date", parse_date, facts["promised_on"])
    if facts["accepted_local"]:
        _read("posting_date", parse_local, facts["accepted_local"])
    weight = facts["weight_g"]
    if weight is not None and not re.fullmatch("[0-9]{1,6}", weight):
        raise _Bad("weight_g", "whole grams")
    facts["weight_g"] = None if weight is None else int(weight)
    last = {key: values.get(name, "") or None for name, key in LAST.items()}
    if last["local"]:
        _read("last_event_at", parse_local, last["local"])
    for name in ("code", "office", "reason"):
        if not _CODE.fullmatch(last[name] or ""):
            raise _Bad("last_event", "codes of letters and digits")
    facts["last_scan"] = last if last["code"] else None
    missing = values.get("missing_events", "").split()
    if not all(re.fullmatch("[A-Z]{3}", code) for code in missing):
        raise _Bad("missing_events", "event codes of three capitals, with blanks between")
    return facts | {"missing": missing} | _money(values, facts)


def _money(values: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, Any]:
    def amount(column: str, currency: str | None) -> int | None:
        try:
            digits = 6 if currency == "SDR" else minor_digits(currency) if currency else 0
            return units(values.get(column, ""), digits)
        except (UsageError, ValueError):
            raise _Bad(column, "an amount with a point, in a currency that is known") from None

    return {
        "postage_minor": amount("postage", facts["currency"]),
        "value_minor": amount("value", facts["value_currency"]),
        "indemnity_usdr": amount("indemnity", values.get("indemnity_currency")),
    }


def _person(values: Mapping[str, str], part: str) -> Person:
    try:
        return Person(**{name: values.get(f"{part}_{name}", "") for name in PERSON_FIELDS})
    except UsageError:
        raise _Bad(f"{part}", "texts on one line, of at most 200 letters") from None
