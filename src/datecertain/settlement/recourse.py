"""Recourse: who bears a refund (req 44, 73, 76).

The origin post pays its sender; this says what becomes of that amount. The refund is valued in
micro-SDR at the rate of the acceptance date. What the relation's tariff lets the origin charge on
is shared by the verdict *between the posts*: each leg's share of the liable days, in whole
micro-SDR that sum to it exactly. The destination is charged for its legs; the origin bears its
own, and all that the agreement does not carry: a refund owed to the sender although the posts
excuse the delay, what lies beyond the percentage, the cap or the stop-loss.

A refund that the ledger gives beside the verdicts: decided for the sender, it is borne by rule by
the post that owed the missing scan; the ordinary remedy and goodwill stay with the origin; one
that is kept although its verdict was superseded follows the verdict that stands.

    refund = charged to the destination + borne by the origin, for every item, always.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import codes, numbers, rows_in, take_texts, texts
from datecertain.claims.entitlements import Ground
from datecertain.claims.money import percent_of, split, split_rows
from datecertain.errors import InvariantBroken
from datecertain.moments import Ints, Mask
from datecertain.network import Network
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO
from datecertain.settlement.money import Rates
from datecertain.settlement.periods import Period
from datecertain.settlement.tariffs import Basis, RecourseRule, Tariff
from datecertain.tracking.events import must
from datecertain.verdict.liable import destination_liable
from datecertain.verdict.outcomes import SHARE_COLUMNS, WHOLE, Leg, Outcome

#: Why a part of a refund is borne: a leg of the shared verdict; `between.` and the outcome between
#: the posts when that is not late and liable; or a limit of what may be charged on.
LEG_PARTS = tuple(leg.name.lower() for leg in Leg)
BETWEEN_PARTS = tuple(f"between.{o.value}" for o in Outcome if o is not Outcome.LATE_LIABLE)
BEYOND_PERCENT, BEYOND_CAP, BEYOND_STOP_LOSS = "beyond.percent", "beyond.cap", "beyond.stop_loss"
GOODWILL = "goodwill"
BEYOND_FIXED, BEYOND_REMUNERATION = "beyond.fixed", "beyond.remuneration"
NO_AGREEMENT, DRY_RUN = "no_agreement", "dry_run"
#: Borne by who owed the missing scan, where it was decided for the sender.
BY_RULE = "by_rule"
#: What no agreement between the posts is about.
OWN_PARTS = (Ground.FALLBACK.value, GOODWILL)
#: The parts that may be charged on: by legs, or by rule.
CHARGED_PARTS = (*LEG_PARTS, BY_RULE)
PARTS = (
    *CHARGED_PARTS, *BETWEEN_PARTS, NO_AGREEMENT, BEYOND_PERCENT, BEYOND_CAP, BEYOND_STOP_LOSS,
    BEYOND_FIXED, BEYOND_REMUNERATION, DRY_RUN, *OWN_PARTS,
)  # fmt: skip
#: What each item earned its destination, by its key.
EARNED = pa.schema([must("item_key", pa.string()), must("amount_usdr", pa.int64())])

RECOURSE = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        must("bearer", pa.string()),  # the post that bears this part
        must("part", pa.string()),  # one of PARTS
        must("share_ppm", pa.int64()),  # the leg's share of the liable days; 0 beside the legs
        must("amount_usdr", pa.int64()),  # the parts of an item sum to refund_usdr
        must("refund_usdr", pa.int64()),
        must("refund_minor", pa.int64()),
        must("currency", pa.string()),
        must("per_sdr", pa.int64()),  # millionths of a unit of currency per SDR
        must("rate_on", pa.int32()),
        must("value_on", pa.int32()),
    ]
)


_NO_LIMIT = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class _Refunds:
    """The refunds of a period as columns, with what is left to charge on as rules apply."""

    relations: tuple[tuple[str, str], ...]
    relation: Ints
    refund_usdr: Ints
    chargeable: Ints  # by the verdict and the agreement
    lost: dict[str, Ints]  # part -> micro-SDR borne by the origin
    share: Ints  # [n, CHARGED_PARTS]
    by_destination: Mask  # [n, CHARGED_PARTS] the destination answers for it


def recourse_of(
    network: Network, refunds: pa.Table, verdicts: pa.Table, period: Period, tariff: Tariff,
    earned: pa.Table,
) -> pa.Table:  # fmt: skip
    """Who bears each refund (schema `RECOURSE`, in the order of the refunds, parts as in PARTS).

    `refunds`: schema `REFUNDS`; `verdicts` must hold the current verdict of each of their items,
    once. `earned`: what items earned their destinations (schema `EARNED`, an item as often as it
    earned). The tariff's row on the first day of the period decides each relation; where there is
    none the origin bears all. Raises `NetworkError` without a rate, `InvariantBroken` when a refund
    has no verdict or the shares of a verdict do not sum to one.
    """
    keys, known = texts(refunds, "item_key"), texts(verdicts, "item_key")
    row = rows_in(keys, known)
    if np.any(row < 0):
        raise InvariantBroken(f"refund of item {keys[int(np.argmin(row))]} has no verdict")
    judged = verdicts.take(pa.array(row, pa.int64()))
    currencies, currency = codes(texts(refunds, "currency"))
    value_on = numbers(refunds, "accepted_date")
    amount = numbers(refunds, "amount_minor")
    usdr, per_sdr, rate_on = Rates(network).convert(amount, currencies, currency, value_on)
    borne_by = destination_liable(
        network.carriage, texts(refunds, "origin"), texts(refunds, "destination"), value_on
    )
    state = _by_agreement(
        _by_verdict(refunds, judged, usdr, borne_by), period, tariff, _earned(refunds, earned)
    )
    leg_parts = split_rows(state.chargeable, state.share, WHOLE)
    leg_parts, over = _stop_losses(state, leg_parts, period, tariff)
    leg_parts, over_post = _post_stop_losses(state, leg_parts, period, tariff)
    leg_parts, dry = _dry_runs(state, leg_parts, period, tariff)
    borne = {**state.lost, BEYOND_STOP_LOSS: over + over_post, DRY_RUN: dry}
    rates = {"per_sdr": per_sdr, "rate_on": rate_on, "value_on": value_on}
    return _rows(refunds, state, leg_parts, borne, rates)


def refund_by_legs(
    network: Network, refunds: pa.Table, verdicts: pa.Table, period: Period
) -> pa.Table:
    """Refunds by the legs' shares alone, before anything that two posts agreed limits them: what a
    paper follows one item by, and what of a refund rests on a leg (schema `RECOURSE`)."""
    return recourse_of(network, refunds, verdicts, period, _WITHOUT_LIMITS, EARNED.empty_table())


#: Everything may be charged on.
_WITHOUT_LIMITS = Tariff(
    "without limits", "", (), (),
    (RecourseRule("*", "*", ALWAYS_FROM, ALWAYS_TO, "", 100, None, None, Basis.SHARE, 0, False,
                  False),), "",
)  # fmt: skip


def _by_verdict(refunds: pa.Table, judged: pa.Table, usdr: Ints, by_destination: Mask) -> _Refunds:
    """Only what is late and liable between the posts too can be charged on."""
    outcome = texts(judged, "outcome")
    names, code = codes(outcome)
    liable = np.array([name == Outcome.LATE_LIABLE for name in names], bool)[code]
    share = np.stack([numbers(judged, name) for name in SHARE_COLUMNS], axis=1)
    whole = share.sum(axis=1) == WHOLE
    if np.any(liable & ~whole) or np.any(share < 0):
        item = texts(judged, "item_key")[int(np.argmax((liable & ~whole) | (share < 0).any(1)))]
        raise InvariantBroken(f"verdict of item {item}: its shares do not sum to {WHOLE}")
    ground = texts(refunds, "ground")
    by_rule = _is(ground, Ground.FOR_SENDER.value)
    own = {name: _is(ground, name) for name in OWN_PARTS}
    judges = ~by_rule & ~np.logical_or.reduce(list(own.values()))
    lost = {
        f"between.{name}": np.where((code == i) & judges, usdr, 0)
        for i, name in enumerate(names)
        if name != Outcome.LATE_LIABLE
    } | {name: np.where(mask, usdr, 0) for name, mask in own.items()}
    share = np.column_stack([np.where(by_rule[:, None], 0, share), np.where(by_rule, WHOLE, 0)])
    charged = pc.fill_null(pc.equal(texts(refunds, "bearer"), texts(refunds, "destination")), False)
    by_destination = np.column_stack([by_destination, charged.to_numpy(zero_copy_only=False)])
    origins, origin = codes(texts(refunds, "origin"))
    destinations, destination = codes(texts(refunds, "destination"))
    relations = tuple((one, other) for one in origins for other in destinations)
    relation = origin * len(destinations) + destination
    return _Refunds(
        relations,
        relation,
        usdr,
        np.where((liable & judges) | by_rule, usdr, 0),
        lost,
        share,
        by_destination,
    )


def _is(column: pa.StringArray, value: str) -> Mask:
    return np.asarray(pc.equal(column, value).to_numpy(zero_copy_only=False), dtype=bool)


def _earned(refunds: pa.Table, earned: pa.Table) -> Ints:
    """What each refunded item earned its destination."""
    found = pc.index_in(texts(earned, "item_key"), value_set=texts(refunds, "item_key"))
    row = np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    amounts = np.zeros(len(refunds), dtype=np.int64)
    np.add.at(amounts, row[row >= 0], numbers(earned, "amount_usdr")[row >= 0])
    return amounts


def _by_agreement(state: _Refunds, period: Period, tariff: Tariff, earned: Ints) -> _Refunds:
    """What the relation's row lets the origin charge on: a percentage or a fixed amount, then a cap
    per item, then what the destination earned with it."""
    rules = [tariff.recourse_on(*relation, period.first_day) for relation in state.relations]
    agreed = _per_relation([rule is not None for rule in rules], state.relation).astype(bool)
    percent = _per_relation([_percent(rule) for rule in rules], state.relation)
    fixed = _per_relation([_fixed(rule) for rule in rules], state.relation)
    cap = _per_relation([_cap(rule) for rule in rules], state.relation)
    within = _per_relation([bool(rule and rule.within_remuneration) for rule in rules],
                           state.relation).astype(bool)  # fmt: skip
    full = np.where(agreed, state.chargeable, 0)
    part = percent_of(full, percent)
    agreed_on = np.minimum(part, fixed)
    capped = np.minimum(agreed_on, cap)
    within_it = np.where(within, np.minimum(capped, earned), capped)
    lost = state.lost | {
        NO_AGREEMENT: state.chargeable - full,
        BEYOND_PERCENT: full - part,
        BEYOND_FIXED: part - agreed_on,
        BEYOND_CAP: agreed_on - capped,
        BEYOND_REMUNERATION: capped - within_it,
    }
    return replace(state, chargeable=within_it, lost=lost)


def _percent(rule: RecourseRule | None) -> int:
    if rule is None:
        return 0
    return 100 if rule.basis is Basis.FIXED else rule.percent


def _fixed(rule: RecourseRule | None) -> int:
    return rule.fixed_usdr if rule is not None and rule.basis is Basis.FIXED else _NO_LIMIT


def _cap(rule: RecourseRule | None) -> int:
    return _NO_LIMIT if rule is None or rule.cap_usdr is None else rule.cap_usdr


def _per_relation(values: list[Any], relation: Ints) -> Ints:
    return np.array(values, dtype=np.int64)[relation] if values else relation


def _stop_losses(
    state: _Refunds, leg_parts: Ints, period: Period, tariff: Tariff
) -> tuple[Ints, Ints]:
    """Each relation's charges cut in proportion to its stop-loss; what is cut, per item."""
    cut = leg_parts.copy()
    for code in np.unique(state.relation):
        origin, destination = state.relations[code]
        rule = tariff.recourse_on(origin, destination, period.first_day)
        limit = None if rule is None else rule.stop_loss_usdr
        charged = (state.relation == code)[:, None] & state.by_destination
        total = int(leg_parts[charged].sum())
        if limit is not None and total > limit:
            # In proportion, not first come first served: no order of items decides.
            cut[charged] = split(limit, [int(amount) for amount in leg_parts[charged]])
    return cut, (leg_parts - cut).sum(axis=1)


def _post_stop_losses(
    state: _Refunds, leg_parts: Ints, period: Period, tariff: Tariff
) -> tuple[Ints, Ints]:
    """What each post is charged by all origins together, cut in proportion to its stop-loss."""
    cut = leg_parts.copy()
    posts = sorted({destination for _, destination in state.relations})
    for post in posts:
        limit = tariff.stop_loss_on(post, period.first_day)
        to_it = _per_relation([other == post for _, other in state.relations], state.relation)
        charged = to_it.astype(bool)[:, None] & state.by_destination
        if limit is not None and int(leg_parts[charged].sum()) > limit:
            cut[charged] = split(limit, [int(amount) for amount in leg_parts[charged]])
    return cut, (leg_parts - cut).sum(axis=1)


def _dry_runs(
    state: _Refunds, leg_parts: Ints, period: Period, tariff: Tariff
) -> tuple[Ints, Ints]:
    """What a dry run would have charged stays with the origin, in a part of its own."""
    rules = [tariff.recourse_on(*relation, period.first_day) for relation in state.relations]
    dry = _per_relation([bool(rule and rule.dry_run) for rule in rules], state.relation)
    kept = np.where(dry.astype(bool)[:, None] & state.by_destination, 0, leg_parts)
    return kept, (leg_parts - kept).sum(axis=1)


def _rows(
    refunds: pa.Table, state: _Refunds, leg_parts: Ints, borne: dict[str, Ints],
    rates: dict[str, Ints],
) -> pa.Table:  # fmt: skip
    """One row per item and part that is not nothing."""
    amounts = np.zeros((len(refunds), len(PARTS)), dtype=np.int64)
    amounts[:, : len(CHARGED_PARTS)] = leg_parts
    for part, column in borne.items():
        amounts[:, PARTS.index(part)] = column
    if np.any(amounts.sum(axis=1) != state.refund_usdr):
        raise InvariantBroken("recourse: the parts of a refund do not sum to it")
    item, part_of = np.nonzero(amounts)
    share = np.zeros_like(amounts)
    share[:, : len(CHARGED_PARTS)] = state.share
    take = pa.array(item, pa.int64())
    origin, destination = texts(refunds, "origin"), texts(refunds, "destination")
    charged = np.zeros(amounts.shape, dtype=bool)
    charged[:, : len(CHARGED_PARTS)] = state.by_destination
    charged_on = pa.array(charged[item, part_of])
    columns: dict[str, Any] = {
        "item_key": texts(refunds, "item_key").take(take),
        "item_id": texts(refunds, "item_id").take(take),
        "origin": origin.take(take),
        "destination": destination.take(take),
        "bearer": pc.if_else(charged_on, destination.take(take), origin.take(take)),
        "part": take_texts(PARTS, part_of),
        "share_ppm": share[item, part_of],
        "amount_usdr": amounts[item, part_of],
        "refund_usdr": state.refund_usdr[item],
        "refund_minor": numbers(refunds, "amount_minor")[item],
        "currency": texts(refunds, "currency").take(take),
        **{name: values[item] for name, values in rates.items()},
    }
    return pa.table(
        {field.name: pa.array(columns[field.name]).cast(field.type) for field in RECOURSE},
        schema=RECOURSE,
    )
