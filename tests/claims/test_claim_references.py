"""The claimant's reference: numbers of accounts and orders, and nobody's name."""

from __future__ import annotations

import pytest

from datecertain.claims.references import usable_reference


@pytest.mark.parametrize("text", ["", "77", "INV-77", "INV-2026-00077", "A12/4410", "PO.12_3"])
def test_a_number_of_an_account_or_order(text: str) -> None:
    assert usable_reference(text)


@pytest.mark.parametrize(
    "text",
    ["Jane Roe", "JANE-ROE-1", "홍길동", "hong1", "INVOICE 77", "KIM", "1-KIM", "INV-77\n", "-7",
     "7" * 41, "٧٧", "77 ", "=1+1"],
)  # fmt: skip
def test_nothing_that_a_name_fits_in(text: str) -> None:
    assert not usable_reference(text)
