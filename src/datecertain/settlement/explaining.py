"""Amounts in words: the same numbers that were booked, step by step (req 63)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.settlement.money import SDR
from datecertain.settlement.performance import MeasurePaid, PerformanceLine
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.recourse import BY_RULE, DRY_RUN, NO_AGREEMENT, OWN_PARTS
from datecertain.settlement.settling import Settlement
from datecertain.settlement.tariffs import ALL_PPM
from datecertain.wording import Words


def reason_label(reason: Reason, words: Words) -> str:
    """For what an amount is owed."""
    if reason.kind is Kind.PERFORMANCE:
        label = words.say("settlement.performance", relation=reason.detail)
    elif reason.kind is Kind.CHARGE:
        counted, _, relation = reason.detail.partition(".")
        what = words.say(f"settlement.counted.{counted}")
        label = words.say("settlement.charge", what=what, relation=relation)
    elif reason.kind is Kind.RECOURSE:
        key = "settlement.by_rule" if reason.detail == BY_RULE else f"leg.{reason.detail}"
        label = words.say("settlement.recourse", leg=words.say(key))
    elif reason.kind is Kind.INTEREST:
        label = words.say("settlement.interest", round=reason.detail.removeprefix("round-"))
    elif reason.kind is Kind.ACCRUAL:
        reversed_ = reason.detail.startswith("reversed.")
        label = words.say(
            "settlement.accrual.reversed" if reversed_ else "settlement.accrual",
            what=reason.detail.removeprefix("reversed."),
        )
    else:
        label = words.say(f"settlement.refund.{reason.detail}")
        if reason.kind is not Kind.REFUND:
            label = words.say(f"settlement.ground.{reason.kind}", what=label)
    if reason.settled:
        key = "settlement.conceded" if reason.conceded else "settlement.adjustment"
        return words.say(key, what=label, period=reason.settled)
    return label


def explain_item(settlement: Settlement, item_key: str, words: Words) -> list[str]:
    """The refund of an item and who bears it, a sentence a step.

    Raises `NotFound` when the period has no refund for it.
    """
    found = settlement.refunds.filter(pc.equal(settlement.refunds["item_key"], item_key))
    if not len(found):
        raise NotFound(f"period {settlement.period.name} has no refund for item {item_key}")
    refund = found.to_pylist()[0]
    told = [
        words.say(
            "settlement.explain.refund",
            item=refund["item_id"],
            post=refund["origin"],
            postage=words.money(refund["postage_minor"], refund["currency"]),
            percent=refund["percent"],
            amount=words.money(refund["amount_minor"], refund["currency"]),
            remedy=words.say(f"settlement.remedy.{refund['remedy']}"),
            date=words.date(refund["due_from"]),
            source=refund["terms_source"],
        )
    ]
    parts = settlement.recourse.filter(pc.equal(settlement.recourse["item_key"], item_key))
    return told + _explain_parts(parts, words)


def _explain_parts(parts: pa.Table, words: Words) -> list[str]:
    told: list[str] = []
    for row in parts.to_pylist():
        if not told:
            told.append(
                words.say(
                    "settlement.explain.rate",
                    amount=words.money(row["refund_usdr"], SDR),
                    rate=rate_text(row["per_sdr"], row["currency"]),
                    date=words.date(row["rate_on"]),
                )
            )
        key = "settlement.explain.charged"
        if row["bearer"] == row["origin"]:
            key = "settlement.explain.borne"
        told.append(
            words.say(
                key,
                post=row["bearer"],
                origin=row["origin"],
                amount=words.money(row["amount_usdr"], SDR),
                why=part_label(row["part"], row["share_ppm"], words),
            )
        )
    return told


def part_label(part: str, share_ppm: int, words: Words) -> str:
    """Why a post bears a part of a refund."""
    if "." in part or part in (NO_AGREEMENT, DRY_RUN, BY_RULE, *OWN_PARTS):
        return words.say(f"settlement.part.{part}")
    share = words.share(share_ppm / ALL_PPM)
    return words.say("settlement.part.leg", leg=words.say(f"leg.{part}"), share=share)


def rate_text(per_sdr: int, currency: str) -> str:
    """`1,930.5 KRW`: what an SDR is worth."""
    whole, fraction = divmod(per_sdr, 10**6)
    return f"{whole:,}.{fraction:06d}".rstrip("0").rstrip(".") + f" {currency}"


def explain_performance(line: PerformanceLine, words: Words) -> list[str]:
    """How the amount of a relation came about, a sentence a measure."""
    told = [
        words.say(
            "settlement.explain.performance",
            origin=line.origin,
            destination=line.destination,
            items=words.count(line.items),
            base=words.money(line.base_usdr, SDR),
        )
    ]
    told += [_measure(paid, words) for paid in line.measures]
    sum_each = sum(paid.each_usdr for paid in line.measures)
    for limit, applies in (
        ("floor", sum_each < line.each_usdr),
        ("cap", sum_each > line.each_usdr),
    ):
        if applies:
            each = words.money(line.each_usdr, SDR)
            told.append(words.say(f"settlement.explain.{limit}", each=each))
    told.append(
        words.say(
            "settlement.explain.total",
            items=words.count(line.items),
            each=words.money(line.each_usdr, SDR),
            amount=words.money(line.amount_usdr, SDR),
            source=line.source,
        )
    )
    return told


def _measure(paid: MeasurePaid, words: Words) -> str:
    key = "settlement.explain.measure"
    if paid.value_ppm is None:
        key = "settlement.explain.unscored"
    return words.say(
        key,
        measure=words.say(f"settlement.measure.{paid.measure.value}"),
        met=words.count(paid.met),
        of=words.count(paid.of),
        value=words.share((paid.value_ppm or 0) / ALL_PPM),
        paid=words.share(paid.paid_ppm / ALL_PPM),
        weight=words.share(paid.weight_ppm / ALL_PPM, 0),
        each=words.money(paid.each_usdr, SDR),
    )
