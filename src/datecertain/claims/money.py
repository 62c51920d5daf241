"""Integer money: the one place that rounds, and it says how.

Amounts are int64: minor units of a national currency (won, cents), or micro-SDR. Two ways to lose
a fraction exist and no third:

* *half even*: a division goes to the nearest whole unit, a tie to the even one (`divided`);
* *largest remainder*: parts of an amount are cut down to whole units, and the units left over go
  to the parts with the largest remainders, ties to the part that stands first (`split`,
  `split_rows`), so that parts always sum to the amount.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import Ints

#: Amounts up to here, of either sign, never overflow an int64 on their way through a conversion.
MOST = 10**12

#: Digits after the point (ISO 4217) of the currencies that posts of the group keep or kept.
_MINOR_DIGITS = {
    "AUD": 2, "CAD": 2, "CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KRW": 0, "NZD": 2,
    "SGD": 2, "THB": 2, "USD": 2,
}  # fmt: skip


def minor_digits(currency: str) -> int:
    """Digits after the point of a currency. Raises `UsageError` for one not listed: a guess would
    be wrong by a factor of a hundred."""
    if currency not in _MINOR_DIGITS:
        raise UsageError(
            f"currency {currency!r} is not known: give one of {', '.join(_MINOR_DIGITS)}"
        )
    return _MINOR_DIGITS[currency]


def rounded(quotient: Ints, remainder: Ints, divisor: Ints) -> Ints:
    """The floor quotient moved half even by its remainder (0 <= remainder < divisor)."""
    twice = 2 * remainder
    up = (twice > divisor) | ((twice == divisor) & (quotient % 2 == 1))
    return np.asarray(quotient + up, dtype=np.int64)


def divided(numerator: Ints, divisor: Ints | int) -> Ints:
    """numerator / divisor, half even, per row; the divisor is positive."""
    over = np.asarray(divisor, dtype=np.int64)
    quotient, remainder = np.divmod(np.asarray(numerator, dtype=np.int64), over)
    return rounded(quotient, remainder, over)


def divided_whole(numerator: int, divisor: int) -> int:
    """The same for one number of any size."""
    quotient, remainder = divmod(numerator, divisor)
    return quotient + (2 * remainder > divisor or (2 * remainder == divisor and quotient % 2 == 1))


def percent_of(amount: Ints, percent: Ints) -> Ints:
    """That many per cent of each amount, half even."""
    return divided(amount * percent, 100)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount in parts by weights (not negative, sum positive); the parts sum to it."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise UsageError(f"cannot split by {list(weights)}: give weights with a positive sum")
    parts = [amount * weight // whole for weight in weights]
    remainders = [amount * weight % whole for weight in weights]
    first = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in first[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def split_rows(amounts: Ints, shares: Ints, whole: int) -> Ints:
    """Each amount [n] in parts [n, k] by shares [n, k] that sum to `whole` in every row.

    Amounts are not negative. The parts of a row sum to its amount.
    """
    product = amounts[:, None] * shares
    parts, remainders = np.divmod(product, whole)
    left = amounts - parts.sum(axis=1)
    rank = np.argsort(np.argsort(-remainders, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(parts + (rank < left[:, None]), dtype=np.int64)
