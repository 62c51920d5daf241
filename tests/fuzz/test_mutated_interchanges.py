"""Damaged interchanges by the hundred thousand: no crash, and no byte lost in silence.

`make fuzz` runs a million (`FUZZ_INTERCHANGES=10000000 make fuzz` before a release), `make test`
the first fifty thousand. A round is reproduced by its number: `FUZZ_FIRST_ROUND=17
FUZZ_INTERCHANGES=1 make fuzz`.
"""

import os

import pytest
from accounts import read_all, unaccounted
from mutations import batch, seeds

INTERCHANGES = int(os.environ.get("FUZZ_INTERCHANGES", "50000"))
FIRST = int(os.environ.get("FUZZ_FIRST_ROUND", "0"))
#: A round: so many interchanges in blocks of so many bytes, messages of at most so many. Small
#: blocks and low limits break off everywhere; they are slow, a block each, so they get fewer.
ROUND = (
    (12_000, 1 << 22, 64 << 20),
    (2_200, 1 << 18, 2_000),
    (100, 300, 64 << 20),
)
ROUNDS = -(-INTERCHANGES // sum(size for size, _, _ in ROUND))


def test_seeds_account_for_every_byte() -> None:
    sources = seeds()
    for _, block_bytes, max_message_bytes in ROUND:
        result = read_all(sources, block_bytes, max_message_bytes)
        assert unaccounted(sources, result) == []


@pytest.mark.parametrize("number", range(FIRST, FIRST + ROUNDS))
def test_every_byte_ends_somewhere(number: int) -> None:
    for part, (size, block_bytes, max_message_bytes) in enumerate(ROUND):
        sources = batch(number * len(ROUND) + part, size)
        wrong = unaccounted(sources, read_all(sources, block_bytes, max_message_bytes))
        assert wrong == [], (number, part, wrong[:5])
