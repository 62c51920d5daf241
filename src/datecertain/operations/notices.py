"""Notices of force majeure, and what posts say of them: CSV rows into facts (req 26).

A row that cannot be used is set aside whole, with its reason; the others are used. What is entered
by command goes through the same reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, func, insert, select

from datecertain.errors import DatecertainError
from datecertain.moments import DAY, NEVER, parse_utc
from datecertain.network import Network
from datecertain.network.rule_rows import contents_class
from datecertain.operations.acceptances import (
    ReadFile,
    Rejected,
    finding_rows,
    header_of,
    rows_of,
    without_batch,
)
from datecertain.operations.tables import CASES, SCHEMA_VERSION
from datecertain.store.records import case_transitions
from datecertain.tracking.canonical import months
from datecertain.tracking.cases import GROUP, KINDS, NOTICE_FILE, Action
from datecertain.verdict.outcomes import Leg

_LEGS = frozenset({"", *(leg.name.lower() for leg in Leg if leg is not Leg.PROMISE)})
_STANDARD = re.compile(r"D\+[0-9]{1,2}")
_WHOLE = re.compile(r"[0-9]{1,9}")


def read_notices(source: str, data: bytes, network: Network) -> ReadFile:
    """The notices of a file, and the words of posts about them."""
    rejected = Rejected()
    good: list[dict[str, object]] = []
    for line, row, raw in rows_of(source, data, header_of(data), rejected):
        try:
            good.append(notice_row(row, network) | {"source": source, "line": line})
        except (DatecertainError, ValueError, OverflowError) as error:
            rejected.rows.append((line, "notice-unreadable", str(error), None, raw))
    return ReadFile(facts_of(good), finding_rows(source, rejected), rejected)


def facts_of(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows of `notice_row` as facts, without `batch_id`."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=without_batch(CASES))


def notice_row(row: Mapping[str, str], network: Network) -> dict[str, Any]:
    """One row of a notice file as a fact, without where it stands. Raises `ValueError`,
    `DatecertainError`, `OverflowError` for what cannot be used."""
    action = Action(row.get("action") or Action.NOTICE)
    published = parse_utc(row["published_utc"])
    telling = action in (Action.NOTICE, Action.CLOSE)
    if action is Action.NOTICE:
        _demand_products(row.get("product") or "", network)
    begins = parse_utc(row["from_utc"]) if telling or row["from_utc"] else published
    ends = parse_utc(row["to_utc"]) if row["to_utc"] else (int(NEVER) if telling else begins)
    if not row["case_id"]:
        raise ValueError("case_id is empty: every case has a name")
    if row["post"] not in network.posts or row["leg"] not in _LEGS:
        raise ValueError(f"post {row['post']!r} or leg {row['leg']!r} is not known")
    if row["office"] and row["office"] not in network.offices:
        raise ValueError(f"office {row['office']!r} is not known")
    if ends < begins:
        raise ValueError("ends before it begins")
    if action is Action.CLOSE and ends >= int(NEVER):
        raise ValueError("a case is closed with its end: to_utc is empty")
    month = months(np.array([begins // DAY]))[0].as_py()
    names = ("case_id", "post", "office", "leg", "text_en", "text_ko", "reference")
    return {name: row[name] for name in names} | _limits(row, network) | {
        "from_at": begins, "to_at": ends, "published_at": published,
        "action": None if action is Action.NOTICE else str(action),
        "by_post": _by(row, action, network), "reason": row.get("reason") or None,
        "owner": row["post"], "audience": "*", "schema_version": SCHEMA_VERSION, "month": month,
        "bucket": 0,
    }  # fmt: skip


def _by(row: Mapping[str, str], action: Action, network: Network) -> str | None:
    by = row.get("by") or None
    if action in (Action.NOTICE, Action.CLOSE):
        if by not in (None, row["post"]):
            raise ValueError(f"by {by!r}: a post notifies and closes its own cases only")
        return by
    if by != GROUP and (by not in network.posts or by == row["post"]):
        raise ValueError(f"by {by!r}: another post of the group accepts or contests, or * for all")
    if action is Action.CONTEST and not row.get("reason"):
        raise ValueError("a case is contested with a reason")
    return by


def _limits(row: Mapping[str, str], network: Network) -> dict[str, Any]:
    """What the case is limited to, and its kind; None where it does not say."""
    kind = row.get("kind") or None
    if kind not in (None, *KINDS):
        raise ValueError(f"kind {kind!r} is none of {', '.join(KINDS)}")
    codes = {name: _codes(row.get(name)) for name in ("area", "product", "standard")}
    codes["contents"] = _codes(contents_class(row.get("contents") or ""))
    for area in (codes["area"] or "").split():
        if area not in network.areas:
            raise ValueError(f"area {area!r} is not known")
    for standard in (codes["standard"] or "").split():
        if not _STANDARD.fullmatch(standard):
            raise ValueError(f"standard {standard!r}: write D+3 for three days after acceptance")
    values = {f"value_{end}_usdr": _sdr(row.get(f"value_{end}_sdr")) for end in ("from", "to")}
    moments = {
        f"accepted_{end}": parse_utc(text) if (text := row.get(f"accepted_{end}_utc")) else None
        for end in ("from", "to")
    }
    for low, high in (tuple(values.values()), tuple(moments.values())):
        if low is not None and high is not None and high < low:
            raise ValueError("an upper limit lies below its lower one")
    return {"kind": kind, **codes, **values, **moments}


def _demand_products(text: str, network: Network) -> None:
    """Products are sold by some post of the network, if it says what is sold at all."""
    sold = {row.product for row in network.data.products}
    for product in text.split() if sold else ():
        if product not in sold:
            raise ValueError(f"product {product!r} is not known: {', '.join(sorted(sold))}")


def _codes(text: str | None) -> str | None:
    """Codes with one blank between them, sorted, so that a scope is known again."""
    return " ".join(sorted(set((text or "").split()))) or None


def _sdr(text: str | None) -> int | None:
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"value {text!r}: whole SDR, not below zero")
    return int(text) * 10**6


def transitions_of(
    facts: pa.Table, actor: str, now: int, reason: str | None = None
) -> list[dict[str, Any]]:
    """Rows of `case_transitions` for facts that were taken in: who did what, when, why; without
    `batch_id`. `published_at` is the moment from which it counts, `at` when it came here."""
    return [
        {
            "case_id": row["case_id"], "post": row["post"], "owner": row["owner"],
            "audience": row["audience"], "transition": row["action"] or str(Action.NOTICE),
            "by_post": row["by_post"] or row["post"], "actor": actor,
            "reason": reason or row["reason"] or row["text_en"],
            "published_at": row["published_at"], "at": now,
        }
        for row in facts.to_pylist()
    ]  # fmt: skip


def write_transitions(connection: Connection, rows: Sequence[dict[str, Any]], batch: str) -> None:
    """Add the rows behind what is there of their cases."""
    last: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["post"], row["case_id"])
        if key not in last:
            found = connection.execute(
                select(func.max(case_transitions.c.seq)).where(
                    case_transitions.c.post == key[0], case_transitions.c.case_id == key[1]
                )
            ).scalar()
            last[key] = -1 if found is None else int(found)
        last[key] += 1
        connection.execute(insert(case_transitions), [row | {"seq": last[key], "batch_id": batch}])


def csv_line(row: Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """A row with every column that a notice file must have, empty where nothing is said."""
    return {name: row.get(name, "") for name in (*NOTICE_FILE, *columns)}
