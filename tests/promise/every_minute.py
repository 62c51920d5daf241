"""What a question is answered at every single minute: the slow reading of a stretch of time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from datecertain.moments import DAY
from datecertain.network import Network
from datecertain.promise.acceptance_times import Stretch
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Asked, quoter_of
from datecertain.promise.reasons import REASONS

Minute = tuple[int, str, int]


def asked_every_minute(network: Network, ask: Ask, first: int, last: int) -> list[Minute]:
    """(local minute, reason, due day) of every minute from `first` to `last`."""
    minutes = np.arange(first, last + 1, dtype=np.int64)
    same = [np.full(len(minutes), value, np.int64) for value in (0, ask.weight_g, ask.value_usdr)]
    told = quoter_of(network).many(
        [ask.route], Asked(same[0], minutes // DAY, minutes % DAY, *same[1:])
    )
    reasons = [str(REASONS[code]) for code in told.reason_code.tolist()]
    return list(zip(minutes.tolist(), reasons, told.due_day.tolist(), strict=True))


def spread(stretches: Iterable[Stretch]) -> list[Minute]:
    """The same from stretches."""
    return [
        (minute, str(one.reason), one.due_day)
        for one in stretches
        for minute in range(one.first, one.last + 1)
    ]
