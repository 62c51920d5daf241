"""A made-up October between ten posts: seeded, so that every run sees the same month.

Three things happened and must be found again: import into the United States was slow, a typhoon
stopped Japan for three days (force majeure), and Canada's delivery scans are patchy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from datecertain.moments import parse_date, parse_utc
from datecertain.promise.acceptance import ITEMS, item_key
from datecertain.quality import (
    Basis,
    ChargeTotal,
    MissingScans,
    MoneyFigures,
    MonthFigures,
    NetPosition,
    Passage,
    Payment,
    PostName,
    RefundTotal,
    StatementTotal,
    month_figures,
)
from datecertain.quality.report_card import FINDINGS
from datecertain.tracking.events import audience
from datecertain.verdict.outcomes import DAYS_COLUMNS, SHARE_COLUMNS, VERDICTS, WHOLE, Leg

FIRST, LAST = parse_date("2026-10-01"), parse_date("2026-10-31")
POSTS = (
    PostName("KR", "Korea Post", "한국 우정사업본부"),
    PostName("US", "United States Postal Service", "미국우정청"),
    PostName("JP", "Japan Post", "일본우편"),
    PostName("CN", "China Post", "중국우정"),
    PostName("AU", "Australia Post", "호주우정"),
    PostName("HK", "Hongkong Post", "홍콩우정"),
    PostName("ES", "Correos", "스페인 우정공사"),
    PostName("FR", "La Poste", "프랑스 라포스트"),
    PostName("TH", "Thailand Post", "태국우정"),
    PostName("CA", "Canada Post", "캐나다우정공사"),
)
_WEIGHT = {
    "KR": 9, "US": 8, "JP": 8, "CN": 9, "AU": 4, "HK": 5, "ES": 2, "FR": 3, "TH": 3, "CA": 3,
}  # fmt: skip
_EMPTY = {("ES", "TH"), ("TH", "ES"), ("CA", "ES")}
_POSTAGE = {
    "KR": ("KRW", 45_000, 1_930), "US": ("USD", 6_800, 136), "JP": ("JPY", 5_300, 210),
    "CN": ("CNY", 26_000, 965), "AU": ("AUD", 7_100, 207), "HK": ("HKD", 23_000, 1_060),
    "ES": ("EUR", 5_400, 122), "FR": ("EUR", 6_100, 122), "TH": ("THB", 160_000, 4_420),
    "CA": ("CAD", 8_200, 188),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleMonth:
    """Everything that a report needs."""

    verdicts: pa.Table
    items: pa.Table
    findings: pa.Table
    missing_scans: tuple[MissingScans, ...]
    figures: MonthFigures
    money: MoneyFigures
    basis: Basis


@lru_cache(maxsize=2)
def sample_month(n: int = 20_000) -> SampleMonth:
    """The month of `n` items."""
    rows = _rows(n)
    verdicts = pa.Table.from_pylist(rows, schema=VERDICTS)
    items = pa.Table.from_pylist([_item(row) for row in rows], schema=ITEMS)
    findings, missing = _findings(), _missing(rows)
    figures = month_figures(
        verdicts,
        items,
        first_day=FIRST,
        last_day=LAST,
        posts=POSTS,
        findings=findings,
        missing_scans=missing,
    )
    return SampleMonth(verdicts, items, findings, missing, figures, _money(rows), _basis(n))


def _rows(n: int) -> list[dict[str, object]]:
    rng = np.random.default_rng(20261001)
    codes = list(_WEIGHT)
    weights = np.array(list(_WEIGHT.values()), dtype=float) ** 1.4
    weights /= weights.sum()
    rows: list[dict[str, object]] = []
    while len(rows) < n:
        origin, destination = (str(code) for code in rng.choice(codes, 2, p=weights))
        if origin != destination and (origin, destination) not in _EMPTY:
            rows.append(_row(rng, len(rows), origin, destination))
    return rows


def _row(rng: np.random.Generator, at: int, origin: str, destination: str) -> dict[str, object]:
    accepted = FIRST + int(rng.choice(31, p=_day_weights()))
    number = f"EE{at:08d}5{origin}"
    row: dict[str, object] = {
        "item_key": item_key(number, accepted),
        "item_id": number,
        "origin": origin,
        "destination": destination,
        "accepted_date": accepted,
        "origin_area": f"{origin}-A",
        "destination_area": f"{destination}-{'ABC'[int(rng.integers(3))]}",
        "inward_office": f"{destination}{('XA', 'YB')[int(rng.integers(2))]}",
        "promised_on": accepted + 4,
        "clock_stops": 0,
        "clock_stops_void": 0,
        "judged_as_of": parse_utc("2026-11-20T00:00Z"),
        "rules_version": "1",
        "network_version": "8f3c1d20",
        "owner": origin,
        "audience": audience(origin, destination),
        "batch_id": "sample",
        "schema_version": 1,
        "month": "2026-10",
        "bucket": at % 16,
    }
    outcome, reason, days, excused = _fate(rng, origin, destination, accepted, row)
    row |= {"outcome": outcome, "outcome_reason": reason, "days_excused": excused}
    row |= {"sender_outcome": outcome, "sender_days_liable": 0, "days_liable": 0}
    row |= dict.fromkeys(SHARE_COLUMNS, 0) | {
        name: days[leg] for leg, name in enumerate(DAYS_COLUMNS)
    }
    row["days_late"] = sum(days) + excused
    if outcome in ("on_time", "late_excused", "late_liable"):
        row["stopped_on"] = row["delivered_on"] = accepted + 4 + sum(days) + excused
    if outcome == "late_liable":
        row |= _shares(days) | {"days_liable": sum(days), "sender_days_liable": sum(days)}
        if destination == "CA" and rng.random() < 0.3:  # towards the sender customs is excluded
            row["sender_outcome"], row["sender_days_liable"] = "late_excused", 0
    return row


def _day_weights() -> np.ndarray:
    weekday = (np.arange(FIRST, LAST + 1) + 3) % 7
    weights = np.array([1.25, 1.1, 1.0, 1.0, 1.05, 0.45, 0.15])[weekday]
    return weights / weights.sum()


def _fate(
    rng: np.random.Generator, origin: str, destination: str, accepted: int, row: dict[str, object]
) -> tuple[str, str, list[int], int]:
    """(outcome, reason, net days of each leg, days excused)."""
    nothing, throw = [0] * len(Leg), rng.random()
    patchy = 0.03 if destination == "CA" else 0.003
    for share, outcome, reasons in (
        (0.012, "not_guaranteed", ("no_date_told", "area_not_guaranteed", "postcode_missing")),
        (0.0006, "lost", ("no_scan",)),
        (patchy, "undetermined", ("final_scan_missing",)),
        (0.0039, "pending", ("",)),
    ):
        if throw < share:
            return outcome, reasons[int(rng.integers(len(reasons)))], nothing, 0
        throw -= share
    storm = parse_date("2026-10-12") <= accepted <= parse_date("2026-10-14")
    if storm and "JP" in (origin, destination) and rng.random() < 0.4:
        return "late_excused", "force_majeure", nothing, int(rng.integers(1, 4))
    if rng.random() < 0.012:
        row["clock_stops"] = 1
        return "late_excused", "customs", nothing, int(rng.integers(1, 5))
    outcome, days = _journey(rng, origin, destination, accepted, row)
    return outcome, "", days, 0


def _journey(
    rng: np.random.Generator, origin: str, destination: str, accepted: int, row: dict[str, object]
) -> tuple[str, list[int]]:
    days = [0] * len(Leg)
    slow = 0.065 if destination == "US" else 0.016
    slow *= 1.8 if (accepted + 3) % 7 == 4 else 0.9  # Fridays
    slow += 0.03 if origin == "TH" else 0
    chances = [0.02, 0.2, 0.28, 0.3, 0.2]
    if destination == "US":
        chances = [0.01, 0.1, 0.14, 0.6, 0.15]
    if rng.random() < 0.004:
        row["clock_stops_void"] = 1
        days[Leg.IMPORT] = int(rng.integers(1, 4))
    elif rng.random() < slow:
        size = rng.choice([1, 2, 3, 5], p=[0.6, 0.25, 0.1, 0.05])
        days[int(rng.choice(5, p=chances))] += int(size)
        days[int(rng.choice(5, p=chances))] += int(rng.random() < 0.25)
    elif rng.random() < 0.15:
        days[int(rng.integers(1, 4))] -= 1
    return ("late_liable" if sum(days) > 0 else "on_time"), days


def _shares(days: list[int]) -> dict[str, int]:
    """Parts of a million by days lost; the first leg takes what rounding leaves."""
    lost = [max(0, day) for day in days]
    shares = [WHOLE * day // sum(lost) for day in lost]
    shares[next(leg for leg, day in enumerate(lost) if day)] += WHOLE - sum(shares)
    return dict(zip(SHARE_COLUMNS, shares, strict=True))


def _item(row: dict[str, object]) -> dict[str, object]:
    currency, postage, _ = _POSTAGE[str(row["origin"])]
    at = int(str(row["item_id"])[2:10])
    item = {name: row[name] for name in ITEMS.names if name in row}
    return item | {
        "origin_postcode": "1",
        "destination_postcode": "2",
        "accepted_at": int(str(row["accepted_date"])) * 1440,
        "accepted_min": 600,
        "channel": "counter",
        "contents": "documents" if at % 5 < 2 else "merchandise",
        "weight_g": 500,
        "postage_minor": postage,
        "currency": currency,
        "quote_status": "guaranteed",
        "quote_reason": "",
        "source": "sample",
        "line": at,
    }


def _findings() -> pa.Table:
    many = {
        ("segment-count", "error"): 3, ("check-digit", "error"): 11,
        ("office-unknown", "error"): 27, ("event-repeated", "note"): 1_204,
        ("clock-stop-void", "warning"): 82,
        ("time-ambiguous", "warning"): 6,
    }  # fmt: skip
    found = [
        {
            "code": code,
            "severity": severity,
            "source": "KR-0001.edi",
            "position": "7",
            "detail": "-",
        }
        for (code, severity), number in many.items()
        for _ in range(number)
    ]
    return pa.Table.from_pylist(found, schema=FINDINGS)


def _missing(rows: list[dict[str, object]]) -> tuple[MissingScans, ...]:
    held = {post.post: 0 for post in POSTS}
    for row in rows:
        held[str(row["destination"])] += 4
        held[str(row["origin"])] += 3
    return tuple(
        MissingScans(post, n, int(n * (0.031 if post == "CA" else 0.004)))
        for post, n in held.items()
    )


def _money(rows: list[dict[str, object]]) -> MoneyFigures:
    refunds: dict[str, int] = {}
    recourse: dict[tuple[str, str], int] = {}
    listed: dict[tuple[str, str], int] = {}
    for row in rows:
        origin, destination = str(row["origin"]), str(row["destination"])
        if row["sender_outcome"] == "late_liable":
            refunds[origin] = refunds.get(origin, 0) + 1
        share = int(str(row["share_import"])) + int(str(row["share_delivery"]))
        if share:
            _, postage, per_sdr = _POSTAGE[origin]
            pair = (destination, origin)
            recourse[pair] = recourse.get(pair, 0) + postage * share // per_sdr
            listed[pair] = listed.get(pair, 0) + 1
    performance: dict[tuple[str, str], int] = {}
    for row in rows:  # a small bonus for each item kept, owed by the origin
        if row["outcome"] == "on_time":
            pair = (str(row["origin"]), str(row["destination"]))
            performance[pair] = performance.get(pair, 0) + 180_000
    owed = {
        pair: recourse.get(pair, 0) + performance.get(pair, 0) for pair in recourse | performance
    }
    positions = _positions(owed)
    return MoneyFigures(
        refunds=tuple(_refund(post, number) for post, number in sorted(refunds.items())),
        charges=(
            ChargeTotal("recourse", sum(listed.values()), sum(recourse.values())),
            ChargeTotal("performance", len(performance), sum(performance.values())),
        ),
        statements=_statements(owed, listed),
        positions=positions,
        payments=_payments(positions),
        rates_on=LAST,
    )


def _refund(post: str, number: int) -> RefundTotal:
    currency, postage, per_sdr = _POSTAGE[post]
    return RefundTotal(
        post, currency, number, postage * number, postage * number * WHOLE // per_sdr
    )


def _statements(
    owed: dict[tuple[str, str], int], listed: dict[tuple[str, str], int]
) -> tuple[StatementTotal, ...]:
    return tuple(
        StatementTotal(
            f"2026-10-{one}-{other}",
            one,
            other,
            owed.get((one, other), 0),
            owed.get((other, one), 0),
            listed.get((one, other), 0) + listed.get((other, one), 0),
            item_key(one + other, FIRST),
        )
        for one, other in sorted({tuple(sorted(pair)) for pair in owed})
    )


def _positions(owed: dict[tuple[str, str], int]) -> tuple[NetPosition, ...]:
    return tuple(
        NetPosition(
            post.post,
            sum(usdr for (debtor, _), usdr in owed.items() if debtor == post.post),
            sum(usdr for (_, creditor), usdr in owed.items() if creditor == post.post),
        )
        for post in POSTS
    )


def _payments(positions: tuple[NetPosition, ...]) -> tuple[Payment, ...]:
    left = {row.post: row.net_usdr for row in positions}
    payments = []
    while any(left.values()):
        payer, payee = min(left, key=left.__getitem__), max(left, key=left.__getitem__)
        usdr = min(-left[payer], left[payee])
        left[payer] += usdr
        left[payee] -= usdr
        payments.append(Payment(payer, payee, usdr))
    return tuple(payments)


def _basis(n: int) -> Basis:
    return Basis(
        network_title="Ten posts of the Kahala Posts Group",
        network_version="8f3c1d20b7a9",
        rules_version="1",
        closing_at=parse_utc("2026-11-20T00:00Z"),
        produced_at=parse_utc("2026-11-23T06:12Z"),
        run_id="report-2026-10-7c31",
        synthetic=True,
        illustrative=214,
        passages=(
            Passage("interchanges", 620, 617, set_aside=3),
            Passage("events", 8 * n + 1_245, 8 * n + 3, repeated=1_204, set_aside=38),
            Passage("acceptances", n, n),
            Passage("verdicts", n, n),
        ),
        pinned=(("events", "412"), ("verdicts", "37"), ("tzdata", "2026.6")),
    )
