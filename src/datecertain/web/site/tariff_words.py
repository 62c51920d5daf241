"""The rows of a tariff in words, as statements put them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datecertain.settlement.tariffs import ALL_PPM
from datecertain.wording.exact import ExactWords


def terms_text(kind: str, row: Mapping[str, Any], speak: ExactWords) -> str:
    """What a row says."""
    if kind == "performance":
        return _performance(row, speak)
    if kind == "recourse":
        return _recourse(row, speak)
    if kind == "statement":
        return speak.say(
            "paper.deadlines.of", contest=row["contest_days"], accept=row["accept_days"],
            payment=row["payment_days"], late=_share(row["late_ppm_year"], speak),
            adjust=row["adjust_months"],
        )  # fmt: skip
    if kind == "month_end":
        return speak.say(
            "tariff.month_end", share=_share(row["expected_ppm"], speak),
            days=", ".join(str(day) for day in row["ageing_days"]),
        )  # fmt: skip
    parts = [
        speak.say(f"paper.charge.{name}", amount=speak.money(row[field], "SDR"))
        for name, field in (("item", "per_item_usdr"), ("kg", "per_kg_usdr"), ("most", "most_usdr"))
        if row.get(field)
    ]
    return "; ".join(parts)


def _share(ppm: int, speak: ExactWords) -> str:
    return speak.share(ppm / ALL_PPM, 2)


def _performance(row: Mapping[str, Any], speak: ExactWords) -> str:
    told = [
        speak.say(
            "tariff.performance", base=speak.money(row["base_usdr"], "SDR"),
            floor=_share(row["floor_ppm"], speak), cap=_share(row["cap_ppm"], speak),
        )
    ]  # fmt: skip
    told += [
        speak.say(
            "tariff.measure", measure=speak.say(f"settlement.measure.{one['measure']}"),
            weight=_share(one["weight_ppm"], speak),
        )
        for one in row["measures"]
    ]  # fmt: skip
    return "; ".join(told)


def _recourse(row: Mapping[str, Any], speak: ExactWords) -> str:
    if row["basis"] == "fixed":
        told = [speak.say("paper.recourse.fixed", amount=speak.money(row["fixed_usdr"], "SDR"))]
    else:
        told = [speak.say("paper.recourse.share", percent=row["percent"])]
    for name, field in (("cap", "cap_usdr"), ("stop_loss", "stop_loss_usdr")):
        if row.get(field) is not None:
            told.append(speak.say(f"paper.recourse.{name}", amount=speak.money(row[field], "SDR")))
    if row.get("within_remuneration"):
        told.append(speak.say("paper.recourse.within"))
    return "; ".join(told)


def sources_of(row: Mapping[str, Any]) -> str:
    """Where a row, and each measure of it, stands."""
    found = [str(row.get("source", ""))]
    found += [str(one.get("source", "")) for one in row.get("measures", ())]
    return "; ".join(dict.fromkeys(one for one in found if one))


def valid_text(row: Mapping[str, Any], always: str) -> str:
    """The days on which a row holds."""
    since, until = row.get("valid_from"), row.get("valid_to")
    return f"{since or ''} – {until or ''}".strip() if since or until else always
