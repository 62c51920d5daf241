"""What nobody asks for on purpose: strange values for bodies, addresses and queries."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

import httpx
from hypothesis import strategies as st

#: Strange texts that are known to break something somewhere.
TEXTS = ("\0", "9" * 400, "../..", "'; --", "%00", "\u202e", "-1", "1e400")
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.text(max_size=5), max_size=3), st.text(max_size=400), st.sampled_from(TEXTS),
)  # fmt: skip
#: A part of an address, as it is sent.
PATHS = st.one_of(st.sampled_from(TEXTS), st.text(max_size=80)).map(
    lambda text: quote(text.encode("utf-8"), safe="").replace("..", "%2E%2E") or "-"
)


def demand_refused(answers: Iterable[httpx.Response]) -> None:
    """Each is a problem that whoever asks made, told as one."""
    for answer in answers:
        assert 400 <= answer.status_code < 500, (answer.request.url, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
