"""Amounts as people type them: `30000` won, `23.50` dollars."""

from __future__ import annotations

import re

from datecertain.claims.money import minor_digits
from datecertain.network.conditions import NOT_GIVEN
from datecertain.web.site.questions import Fault

_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d{1,3}))?", re.ASCII)


def minor_units(text: str, currency: str) -> int:
    """What was typed, in minor units of a currency; NOT_GIVEN for nothing. Raises `Fault`."""
    typed = text.replace(",", "").strip()
    if not typed:
        return NOT_GIVEN
    match, digits = _AMOUNT.fullmatch(typed), minor_digits(currency)
    fraction = (match and match[2]) or ""
    if match is None or len(fraction) > digits:
        raise Fault("postage", "fault.amount")
    return int(match[1] + fraction.ljust(digits, "0"))
