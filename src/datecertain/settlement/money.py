"""SDR: national amounts at the dated rate (req 39, 45).

A rate is millionths of a unit of currency per SDR; the latest on or before the value date applies.
The value date of an item's amounts is its acceptance date: postal indemnities are computed in SDR
at the price where and when the item was posted (UPU Convention, Doha text, article 23).

Both directions go half even (`claims.money`). There and back is exact as long as one micro-SDR is
worth less than one minor unit, which holds for every currency below 10**(6 - digits) units an SDR:
then `to_minor(to_usdr(m)) == m` for every m. From micro-SDR to minor units and back is off by at
most what half a minor unit is worth, and half a micro-SDR.
"""

from __future__ import annotations

import numpy as np

from datecertain.claims.money import MOST, minor_digits, rounded
from datecertain.errors import NetworkError, UsageError
from datecertain.moments import Ints, format_date
from datecertain.network import Network

#: Micro-SDR in an SDR, and millionths of a currency unit in a unit.
MICRO = 10**6
#: How the journal names amounts in micro-SDR.
SDR = "SDR"


def to_usdr(minor: Ints, per_sdr: Ints, digits: Ints) -> Ints:
    """Micro-SDR of amounts in minor units, half even.

    `per_sdr`: millionths of a unit per SDR; `digits`: after the point of the currency. Exact in
    int64 for amounts up to `MOST` minor units. Raises `UsageError` beyond.
    """
    if np.any(np.abs(minor) > MOST):
        raise UsageError(f"amount of {np.abs(minor).max()} minor units; expected up to {MOST}")
    # minor / 10^digits / (per_sdr / 10^6) SDR, divided in two steps so that nothing overflows.
    whole, rest = np.divmod(minor * 10 ** (6 - digits), per_sdr)
    fraction, remainder = np.divmod(rest * MICRO, per_sdr)
    return rounded(whole * MICRO + fraction, remainder, per_sdr)


def to_minor(usdr: Ints, per_sdr: Ints, digits: Ints) -> Ints:
    """Minor units of amounts in micro-SDR, half even: the inverse of `to_usdr`."""
    if np.any(np.abs(usdr) > MOST):
        raise UsageError(f"amount of {np.abs(usdr).max()} micro-SDR; expected up to {MOST}")
    whole, part = np.divmod(usdr, MICRO)
    quotient, rest = np.divmod(whole * per_sdr, 10 ** (6 - digits))
    divisor = 10 ** (12 - digits)
    fraction, remainder = np.divmod(rest * MICRO + part * per_sdr, divisor)
    return rounded(quotient + fraction, remainder, divisor)


class Rates:
    """The dated rates of a network."""

    def __init__(self, network: Network) -> None:
        self._rates = network.rates

    def on(self, currency: str, days: Ints) -> tuple[Ints, Ints]:
        """(rate, the day it is of) for each value date in one currency.

        Raises `NetworkError` when the network has none on or before a day.
        """
        rows = self._rates.get(currency, ())
        published = np.array([row.on for row in rows], dtype=np.int64)
        index = np.searchsorted(published, days, side="right") - 1
        if len(days) and (not len(rows) or index.min() < 0):
            day = format_date(int(days.min()))
            raise NetworkError(f"rates.csv has no rate for {currency} on or before {day}")
        rate = np.array([row.per_sdr for row in rows], dtype=np.int64)
        return rate[index], published[index]

    def convert(
        self, minor: Ints, currencies: tuple[str, ...], currency: Ints, value_on: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """(micro-SDR, rate, day of the rate) of amounts whose currency is an index per row."""
        per_sdr, rate_on, digits = (np.ones(len(minor), dtype=np.int64) for _ in range(3))
        for code, name in enumerate(currencies):
            rows = currency == code
            per_sdr[rows], rate_on[rows] = self.on(name, value_on[rows])
            digits[rows] = minor_digits(name)
        return to_usdr(minor, per_sdr, digits), per_sdr, rate_on
