"""Words whose amounts in SDR are written to the last unit: for statements, where a cent shown and
a micro-SDR booked would be two amounts."""

from __future__ import annotations

from functools import lru_cache

from datecertain.wording import LANGUAGES, Words

#: Micro-SDR in an SDR.
_MICRO = 10**6


class ExactWords(Words):
    """The words of a language; amounts in SDR have all their six places, shares their millionths,
    so that a reader can reckon them again."""

    def money(self, minor: int, currency: str) -> str:
        if currency != "SDR":
            return super().money(minor, currency)
        return f"{self.sdr(minor)} SDR"

    def share(self, part: float, places: int = 1) -> str:
        """To the millionth, as shares are reckoned, without zeros at the end."""
        number, blank, sign = super().share(part, 4).partition(" ")
        shown = number.rstrip("0").rstrip(".") if blank else number
        return f"{shown}\u00a0{sign}" if blank else shown  # no line ends before the sign

    def sdr(self, usdr: int) -> str:
        """`-1,234.567890`: an amount in micro-SDR, without the unit."""
        whole, fraction = divmod(abs(usdr), _MICRO)
        return f"{'-' if usdr < 0 else ''}{whole:,}.{fraction:06d}"


@lru_cache(maxsize=len(LANGUAGES))
def exact_words(language: str) -> ExactWords:
    """The exact words of a language (`en`, `ko`). Raises `UsageError` for another."""
    return ExactWords(language)
