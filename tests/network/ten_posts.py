"""The bundled ten-post network for the tests: compiled once, and a city of each member."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from datecertain.moments import parse_local
from datecertain.network import Network
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.promise.quoting import Quotes, Requests, quote_many

#: The public data that the network is checked against lie beside the checkout.
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

#: A postcode in the main city of each of the ten members.
CITIES = {
    "KR": "03051", "US": "10001", "JP": "100-0001", "CN": "100005", "HK": "", "AU": "2000",
    "ES": "28013", "FR": "75008", "TH": "10500", "CA": "M5V 3A8",
}  # fmt: skip
PAIRS = [(origin, other) for origin in CITIES for other in CITIES if origin != other]


@lru_cache(maxsize=1)
def ten_posts() -> Network:
    """The bundled network, compiled or from the cache on disk."""
    return bundled_ready()


def needs(name: str) -> pytest.MarkDecorator:
    """Skips a test when a file of the public data is not there."""
    return pytest.mark.skipif(
        not (SHARED / name).is_file(),
        reason=f"the public data file {name} is not beside the checkout, in shared/data",
    )


def asked(
    network: Network, pairs: Sequence[tuple[str, str]], times: Sequence[str]
) -> tuple[Quotes, np.ndarray]:
    """Quotes from city to city: every pair at every local time of acceptance, times innermost;
    and the days of acceptance."""
    moments = [parse_local(time) for time in times]
    rows = [(*pair, *moment) for pair in pairs for moment in moments]
    origin, destination, day, minute = zip(*rows, strict=True)
    days = np.array(day, dtype=np.int64)
    requests = Requests(
        origin, [CITIES[post] for post in origin], destination,
        [CITIES[post] for post in destination], days, np.array(minute, dtype=np.int64),
    )  # fmt: skip
    return quote_many(network, requests), days
