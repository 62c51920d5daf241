"""Acceptance files: a post's own CSV, read row by row into facts (req 9, 72).

A row that cannot be used is set aside whole, with its reason; the others are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from datecertain.errors import DatecertainError, NetworkError, UnknownPlace
from datecertain.findings import Finding, Severity
from datecertain.identifiers import Defect, ItemNumber
from datecertain.messages.csv_rows import csv_rows
from datecertain.moments import Ints, parse_date, parse_local
from datecertain.network import NO_DUE, Network
from datecertain.network.conditions import NOT_GIVEN
from datecertain.network.rule_rows import ADDRESSES, contents_class
from datecertain.operations.networks import NetworksInForce
from datecertain.operations.tables import SCHEMA_VERSION
from datecertain.promise.acceptance import ACCEPTANCE_FILE, ACCEPTANCE_MORE, ITEMS, item_key
from datecertain.promise.quoting import Quotes, Requests, quote_many
from datecertain.promise.recordings import currency_code, foreign_currency
from datecertain.promise.routes import EMS
from datecertain.settlement.money import Rates
from datecertain.tracking.canonical import buckets, months
from datecertain.tracking.cases import NOTICE_FILE, NOTICE_MORE
from datecertain.tracking.events import audience

#: Weights and amounts beyond this are mistakes, and would not fit their columns when summed.
_MOST = 10**12

#: What may part the columns of a header, and what it is called.
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


@dataclass(slots=True)
class Rejected:
    """Rows set aside: (line, reason code, detail, item, the row's bytes as received)."""

    rows: list[tuple[int, str, str, str | None, bytes]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a CSV file gave: facts without `batch_id`, findings, and the rows set aside."""

    facts: pa.Table
    findings: list[Finding]
    rejected: Rejected


def csv_kind(head: bytes) -> str | None:
    """`acceptance` or `notice` by the header row of a file; None for anything else."""
    first = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
    names = [name.strip() for name in first.split(",")]
    if len(names) == len(set(names)) and set(NOTICE_FILE) <= set(names):
        return "notice" if set(names) <= {*NOTICE_FILE, *NOTICE_MORE} else None
    known = set(names) == set(names) & {*ACCEPTANCE_FILE, *ACCEPTANCE_MORE}
    whole = len(names) == len(set(names)) and set(ACCEPTANCE_FILE) <= set(names)
    return "acceptance" if known and whole else None


def header_trouble(head: bytes) -> str:
    """What is wrong with a header row that is nearly the one of an acceptance file; empty: it is
    none of those."""
    first = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
    for separator, name in _SEPARATORS.items():
        names = [one.strip() for one in first.split(separator)]
        meant = {one.strip('"').lower() for one in names}
        if len(meant & set(ACCEPTANCE_FILE)) * 2 <= len(ACCEPTANCE_FILE):
            continue
        if separator != ",":
            return f"acceptance file: its columns are parted by {name}, not by commas"
        lists = (
            [one for one in ACCEPTANCE_FILE if one not in names],
            [one for one in names if one not in (*ACCEPTANCE_FILE, *ACCEPTANCE_MORE)],
            sorted({one for one in names if names.count(one) > 1}),
        )
        missing, unknown, twice = (", ".join(one)[:200] or "–" for one in lists)
        return f"acceptance file: columns missing {missing}; not known {unknown}; twice {twice}"
    return ""


def header_of(data: bytes) -> list[str]:
    first = data.split(b"\n", 1)[0].decode("utf-8-sig").strip()
    return [name.strip() for name in first.split(",")]


def rows_of(
    source: str, data: bytes, columns: Sequence[str], rejected: Rejected
) -> Iterator[tuple[int, dict[str, str], bytes]]:
    """(line, values by column, bytes as received) of each whole row."""
    for row in csv_rows(data, len(columns)):
        if row.problem is None:
            cells = (value.strip() for value in row.cells)
            yield row.line, dict(zip(columns, cells, strict=True)), row.raw
        else:
            rejected.rows.append((row.line, "row-malformed", row.problem, None, row.raw))


def _whole(text: str, most: int) -> int:
    """A number written with the digits 0 to 9. Raises `ValueError`."""
    if not (text.isascii() and text.isdecimal()) or int(text) > most:
        raise ValueError(f"{text!r} is not a whole number from 0 to {most}")
    return int(text)


def read_acceptances(source: str, data: bytes, networks: NetworksInForce) -> ReadFile:
    """The acceptance records of a file, each with what the network gives for it that was in force
    at its acceptance, whenever the file arrives."""
    rejected = Rejected()
    good: list[dict[str, object]] = []
    received: dict[object, bytes] = {}
    for line, row, raw in rows_of(source, data, header_of(data), rejected):
        parsed, problem = _acceptance(row, networks.latest)
        if problem is not None:
            rejected.rows.append((line, problem[0], problem[1], row["item_id"] or None, raw))
        else:
            good.append(parsed | {"line": line, "source": source})
            received[line] = raw
    quoted: list[Finding] = []
    try:
        facts = _with_quotes(good, networks, quoted)
    except UnknownPlace:
        # Known to the latest network, but not to the one that was in force at the acceptance.
        strange = _strangers(good, networks)
        for one in strange:
            detail = "origin or destination was no post of the network in force at the acceptance"
            where = int(str(one["line"])), "post-unknown", detail, str(one["item_id"])
            rejected.rows.append((*where, received[one["line"]]))
        facts = _with_quotes([one for one in good if one not in strange], networks, quoted)
    return ReadFile(facts, finding_rows(source, rejected) + quoted, rejected)


def _strangers(
    rows: Sequence[dict[str, object]], networks: NetworksInForce
) -> list[dict[str, object]]:
    """The records of which the network of their acceptance does not know a post."""
    found = []
    for network, places in networks.by_moment(_quotes(rows, networks.latest).accepted_at):
        of_these = [rows[place] for place in places.tolist()]
        found += [
            row for row in of_these if not {row["origin"], row["destination"]} <= set(network.posts)
        ]
    return found


def finding_rows(source: str, rejected: Rejected) -> list[Finding]:
    return [
        Finding(code, Severity.ERROR, source, f"line {line}", detail, item)
        for line, code, detail, item, _ in rejected.rows
    ]


def _acceptance(
    row: dict[str, str], network: Network
) -> tuple[dict[str, object], tuple[str, str] | None]:
    number = ItemNumber.parse(row["item_id"])
    if isinstance(number, Defect):
        return {}, (number.code, number.detail)
    for name in ("origin", "destination"):
        if row[name] not in network.posts:
            return {}, ("post-unknown", f"{name} {row[name]!r} is no post of this network")
    try:
        day, minute = parse_local(row["accepted_local"])
        told = parse_date(row["date_told"]) if row["date_told"] else None
        weight, postage = _whole(row["weight_g"], _MOST), _whole(row["postage_minor"], _MOST)
        more = _more(row)
    except (DatecertainError, ValueError) as error:
        return {}, ("value-unreadable", str(error))
    if told is not None and told < day - 1:
        return {}, ("date-told-early", f"date told {row['date_told']} lies before the acceptance")
    item_id = str(number)
    return {
        "item_id": item_id, "item_key": item_key(item_id, day), "origin": row["origin"],
        "destination": row["destination"], "origin_postcode": row["origin_postcode"],
        "destination_postcode": row["destination_postcode"], "accepted_date": day,
        "accepted_min": minute, "channel": row["channel"],
        "contents": contents_class(row["contents"]), "weight_g": weight,
        "postage_minor": postage, "currency": currency_code(row["currency"]),
        "promised_on": told, **more,
    }, None  # fmt: skip


def _more(row: dict[str, str]) -> dict[str, object]:
    """The columns that a file may have besides; None where it does not say. Raises `ValueError`."""
    texts = {name: row.get(name) or None for name in ("office", "product", "payer_ref")}
    address = row.get("address") or None
    if address is not None and address not in ADDRESSES:
        raise ValueError(f"address {address!r} is none of {', '.join(ADDRESSES)}")
    amounts = {
        name: _whole(row[name], _MOST) if row.get(name) else None
        for name in ("declared_minor", "tariff_minor")
    }
    currency = currency_code(row.get("declared_currency") or "") or None
    if (amounts["declared_minor"] is None) != (currency is None):
        raise ValueError("declared_minor and declared_currency go together")
    return {**texts, **amounts, "address": address, "declared_currency": currency}


def without_batch(schema: pa.Schema) -> pa.Schema:
    return pa.schema([entry for entry in schema if entry.name != "batch_id"])


def _with_quotes(
    rows: list[dict[str, object]], networks: NetworksInForce, findings: list[Finding]
) -> pa.Table:
    if not rows:
        return without_batch(ITEMS).empty_table()
    columns = {name: [row[name] for row in rows] for name in rows[0]} | _quoted(rows, networks)
    for row, due, status in zip(rows, columns["standard_on"], columns["quote_status"], strict=True):
        told = row["promised_on"]
        if status == "guaranteed" and told is not None and told != due:
            findings.append(
                Finding(
                    "date-misquoted", Severity.WARNING, str(row["source"]), f"line {row['line']}",
                    "the date told is not the one this network gives; towards the sender it binds",
                    str(row["item_id"]),
                )
            )  # fmt: skip
    findings += _foreign(rows, np.array(columns["accepted_at"], dtype=np.int64), networks)
    pairs = zip(columns["origin"], columns["destination"], strict=True)
    table: dict[str, object] = columns | {
        "owner": columns["origin"],
        "audience": [audience(str(a), str(b)) for a, b in pairs],
        "schema_version": [SCHEMA_VERSION] * len(rows),
        "month": months(np.array(columns["accepted_date"], dtype=np.int64)),
        "bucket": buckets(pa.chunked_array([pa.array(columns["item_id"], pa.string())])),
    }
    schema = without_batch(ITEMS)
    return pa.table(
        [pa.array(table[name], schema.field(name).type) for name in schema.names], schema=schema
    )


def _foreign(
    rows: Sequence[dict[str, object]], accepted_at: Ints, networks: NetworksInForce
) -> Iterator[Finding]:
    """The records whose postage was paid in a currency that their post did not keep then."""
    for network, places in networks.by_moment(accepted_at):
        for row in (rows[place] for place in places.tolist()):
            wrong = foreign_currency(network, str(row["origin"]), str(row["currency"]))
            if not wrong and not row["currency"] and row["postage_minor"]:
                wrong = "postage without its currency: it cannot be refunded"
            if wrong:
                yield Finding(
                    "currency-not-kept", Severity.WARNING, str(row["source"]),
                    f"line {row['line']}", wrong, str(row["item_id"]),
                )  # fmt: skip


def _quoted(rows: Sequence[dict[str, object]], networks: NetworksInForce) -> dict[str, list[Any]]:
    """What the networks of their acceptances give for the records, column by column."""
    quotes = _quotes(rows, networks.latest)
    parts = list(networks.by_moment(quotes.accepted_at))
    if [network.version for network, _ in parts] == [networks.latest.version]:
        return _given(networks.latest, quotes)
    whole: dict[str, list[Any]] = {}
    for network, places in parts:
        chosen = places.tolist()
        for name, values in _given(network, _quotes([rows[i] for i in chosen], network)).items():
            column = whole.setdefault(name, [None] * len(rows))
            for place, value in zip(chosen, values, strict=True):
                column[place] = value
    return whole


def _quotes(rows: Sequence[dict[str, object]], network: Network) -> Quotes:
    def column(name: str) -> list[Any]:
        return [row[name] for row in rows]

    days, minutes, weights = (
        np.array(column(name), dtype=np.int64)
        for name in ("accepted_date", "accepted_min", "weight_g")
    )
    return quote_many(
        network,
        Requests(
            column("origin"), column("origin_postcode"), column("destination"),
            column("destination_postcode"), days, minutes,
            product=[name or EMS for name in column("product")],
            contents=column("contents"),
            address=[kind or "street" for kind in column("address")],
            weight_g=weights, value_usdr=_declared(rows, network),
        ),
    )  # fmt: skip


def _declared(rows: Sequence[dict[str, object]], network: Network) -> Ints:
    """The declared values in micro-SDR; NOT_GIVEN where nothing was declared, or in a currency that
    has no rate on the day of acceptance."""
    value = np.full(len(rows), NOT_GIVEN, dtype=np.int64)
    for place, row in enumerate(rows):
        if row["declared_minor"] is not None:
            minor, day = (
                np.array([row[name]], dtype=np.int64)
                for name in ("declared_minor", "accepted_date")
            )
            with suppress(NetworkError):
                usdr, _, _ = Rates(network).convert(
                    minor, (str(row["declared_currency"]),), np.zeros(1, dtype=np.int64), day
                )
                value[place] = usdr[0]
    return value


def _given(network: Network, quotes: Quotes) -> dict[str, list[Any]]:
    """The columns of a record that come from its quote."""
    areas = [row.area for row in network.data.areas]

    def area(index: Ints) -> list[str | None]:
        return [areas[i] if i >= 0 else None for i in index.tolist()]

    return {
        "origin_area": area(quotes.origin_area),
        "destination_area": area(quotes.destination_area),
        "accepted_at": quotes.accepted_at.tolist(),
        "standard_on": [day if 0 <= day < NO_DUE else None for day in quotes.due_day.tolist()],
        "quote_status": [str(entry) for entry in quotes.status],
        "quote_reason": [str(entry) for entry in quotes.reason],
        "network_version": [network.version] * len(quotes.due_day),
    }


def quoted_by(network: Network, rows: Sequence[dict[str, object]]) -> dict[str, list[Any]]:
    """What one network gives for acceptance records (as they are stored), whichever was in force:
    the columns of a record that come from its quote. Raises `UnknownPlace`."""
    return _given(network, _quotes(rows, network))
