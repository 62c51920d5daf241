"""Plans for the central office: without the money of a pair of posts (req 57)."""

from __future__ import annotations

from typing import Any

#: Names under which plain data hold money, beside those that end in these.
_MONEY = frozenset({"refunds", "worst_case", "settlement", "claim_rates", "break_even_uptake"})
_ENDINGS = ("_usdr", "_minor")


def without_money(plain: Any) -> Any:
    """Plain data without everything that is an amount, or a share of amounts, of posts."""
    if isinstance(plain, dict):
        return {
            name: without_money(value) for name, value in plain.items()
            if name not in _MONEY and not name.endswith(_ENDINGS)
        }  # fmt: skip
    if isinstance(plain, list | tuple):
        return [without_money(one) for one in plain]
    return plain
