"""A round of netting: what accepted statements come to between all posts, and who pays whom, in
which currency, until when (req 45).

Only what both posts accepted is in; what is contested is carried. A post that withdraws or
defaults is carved out: its statements stay as they are and the round is worked out without them.
The round proves itself: what each post is owed before is what the payments give it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from datecertain.claims.money import minor_digits
from datecertain.errors import InvariantBroken
from datecertain.network import Network
from datecertain.settlement.money import Rates, to_minor
from datecertain.settlement.netting import Method, Payment, net
from datecertain.settlement.statements import Statement
from datecertain.settlement.tariffs import DayCount, StatementTerms


@dataclass(frozen=True, slots=True)
class Due:
    """What a statement brings into a round: what its first post is owed by the other."""

    statement_id: str
    sha256: str
    one: str
    other: str
    amount_usdr: int
    payment_days: int  # 0: nothing was agreed, at once
    late_ppm_year: int
    day_count: DayCount = DayCount.ACTUAL_365


@dataclass(frozen=True, slots=True)
class RoundPayment:
    """A payment of a round, in SDR and in the payee's currency of settlement."""

    payer: str
    payee: str
    amount_usdr: int
    currency: str
    amount_minor: int
    per_sdr: int  # millionths of a unit per SDR
    rate_on: int  # the day of the rate
    due_on: int
    late_ppm_year: int  # interest on what is paid later
    day_count: DayCount


@dataclass(frozen=True)
class Round:
    """A round of netting."""

    netted_on: int  # UTC date: its rates are the latest on or before it
    without: tuple[str, ...]  # posts that were carved out
    dues: tuple[Due, ...]
    left_out: tuple[str, ...]  # accepted statements with a post that was carved out
    positions: Mapping[str, int]
    method: Method
    payments: tuple[RoundPayment, ...]

    @property
    def plain(self) -> dict[str, Any]:
        """The round as it is frozen."""
        return asdict(self) | {"method": self.method.value, "positions": dict(self.positions)}


def due_of(
    statement_id: str, statement: Statement, amount_usdr: int, terms: StatementTerms | None
) -> Due:
    """What a statement brings into a round."""
    due = (statement_id, statement.sha256, statement.one, statement.other, amount_usdr)
    if terms is None:
        return Due(*due, 0, 0)
    return Due(*due, terms.payment_days, terms.late_ppm_year, terms.day_count)


def round_of(
    network: Network, dues: Sequence[Due], without: Collection[str], netted_on: int
) -> Round:
    """Net what is due. Of the deadlines of a payer's statements the shortest holds, of the rates of
    interest the highest.

    Raises `NetworkError` when a currency has no rate on or before the day: nothing is guessed.
    """
    within = tuple(due for due in dues if not {due.one, due.other} & set(without))
    left_out = tuple(due.statement_id for due in dues if due not in within)
    positions: dict[str, int] = {}
    for due in within:
        positions[due.one] = positions.get(due.one, 0) + due.amount_usdr
        positions[due.other] = positions.get(due.other, 0) - due.amount_usdr
    positions = dict(sorted(positions.items()))
    netting = net(positions)
    payments = tuple(_payment(network, payment, within, netted_on) for payment in netting.payments)
    found = Round(
        netted_on, tuple(sorted(without)), within, left_out, positions, netting.method, payments
    )
    prove(found)
    return found


def _payment(
    network: Network, payment: Payment, dues: Sequence[Due], netted_on: int
) -> RoundPayment:
    currency = network.post(payment.payee).currency
    per_sdr, rate_on = Rates(network).on(currency, np.array([netted_on], dtype=np.int64))
    minor = to_minor(
        np.array([payment.amount_usdr], np.int64), per_sdr,
        np.array([minor_digits(currency)], np.int64),
    )  # fmt: skip
    own = [due for due in dues if payment.payer in (due.one, due.other)]
    highest = max(own, key=lambda due: (due.late_ppm_year, due.day_count))
    return RoundPayment(
        payment.payer, payment.payee, payment.amount_usdr, currency, int(minor[0]),
        int(per_sdr[0]), int(rate_on[0]), netted_on + min(due.payment_days for due in own),
        highest.late_ppm_year, highest.day_count,
    )  # fmt: skip


def prove(found: Round) -> None:
    """What each post is owed by its statements is what the payments give it. Raises
    `InvariantBroken`."""
    left = dict(found.positions)
    for due in found.dues:
        left[due.one] -= due.amount_usdr
        left[due.other] += due.amount_usdr
    if any(left.values()):
        raise InvariantBroken(f"round: positions are not the sums of its statements: {left}")
    left = dict(found.positions)
    for payment in found.payments:
        left[payment.payer] += payment.amount_usdr
        left[payment.payee] -= payment.amount_usdr
    if any(left.values()):
        raise InvariantBroken(f"round: payments leave positions open: {left}")
