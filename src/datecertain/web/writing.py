"""How figures are written on a page: in the reader's language, so that nothing breaks a line."""

from __future__ import annotations

import calendar
import math

from datecertain.moments import date_of
from datecertain.quality import Interval, MonthFigures, PostName
from datecertain.verdict.outcomes import WHOLE
from datecertain.wording import Words, glossary

_THIN = "\u202f"  # narrow no-break space
_MINUS = "\u2212"


class Writing:
    """The words of a language, and the numbers of a report as that language writes them."""

    def __init__(self, words: Words, posts: tuple[PostName, ...]) -> None:
        self.words = words
        self.language = words.language
        self._posts = {post.post: post for post in posts}

    def say(self, key: str, /, **values: object) -> str:
        """A text of the report's own part of the glossary."""
        return self.words.say(f"report.{key}", **values)

    def label(self, kind: str, code: str) -> str:
        """The glossary's label of a code (`outcome`, `leg`, `reason`, `finding`, …), the report's
        own if there is no general one; a code that the glossary does not know is shown as it
        stands, for unknown is never guessed."""
        key = self._known(kind, code)
        return self.words.say(key) if key else code

    def head(self, kind: str, code: str) -> str:
        """The label as the head of a row or column: with a capital where the language has them."""
        label = self.label(kind, code)
        return label[:1].upper() + label[1:] if self._known(kind, code) else label

    def reason(self, codes: str) -> str:
        """The reasons of a verdict; several stand side by side in one text."""
        return " + ".join(self.head("reason", code) for code in codes.split()) or "–"

    def _known(self, kind: str, code: str) -> str:
        keys = (f"{kind}.{code}", f"report.{kind}.{code}")
        return next((key for key in keys if key in glossary()), "")

    def post(self, code: str) -> str:
        """The name of a post."""
        return self._posts[code].name(self.language) if code in self._posts else code

    def percent(self, share: float, places: int = 1) -> str:
        """A share of one as per cent; a share that is not quite all is never shown as all."""
        text = self.bare(share, places)
        gap = "" if self.language == "ko" else _THIN
        return text if text == "–" else f"{text}{gap}%"

    def bare(self, share: float, places: int = 1) -> str:
        """The same without the sign, for tables that say it once."""
        if math.isnan(share):
            return "–"
        unit: float = 10**places
        scaled = share * 100 * unit
        # 99.97 % is not 100.0 %, and 0.02 % is not nothing: round towards the inside at both ends.
        rounded = round(scaled)
        if rounded == 100 * unit and share < 1:
            rounded -= 1
        if rounded == 0 and share > 0:
            rounded = 1
        return f"{rounded / unit:.{places}f}"

    def between(self, interval: Interval) -> str:
        """An interval as `93.0–93.7 %`."""
        return f"{self.bare(interval.low)}–{self.percent(interval.high)}"

    def count(self, number: int) -> str:
        """A whole number."""
        return self.words.count(number).replace("-", _MINUS)

    def days(self, ppm: int) -> str:
        """Millionths of a day as days with one decimal, for a column of a table."""
        return f"{ppm / WHOLE:,.1f}"

    def days_in_text(self, ppm: int) -> str:
        """The same in a sentence: whole days once there are ten."""
        return self.days(ppm) if ppm < 10 * WHOLE else f"{ppm / WHOLE:,.0f}"

    def sdr(self, usdr: int) -> str:
        """An amount in SDR without its sign for currency, for tables that say it once."""
        return self.words.money(usdr, "SDR").removesuffix(" SDR").replace("-", _MINUS)

    def money(self, minor: int, currency: str) -> str:
        """An amount with its currency."""
        return self.words.money(minor, currency).replace("-", _MINUS).replace(" ", "\u00a0")

    def day(self, day: int) -> str:
        """A date."""
        return self.words.date(day)

    def moment(self, moment: int) -> str:
        """A moment on the clocks of UTC."""
        return f"{self.words.moment(moment, 'UTC')} UTC"

    def period(self, figures: MonthFigures) -> str:
        """`October 2026` for a whole month, else the two dates."""
        first, last = date_of(figures.first_day), date_of(figures.last_day)
        ends = calendar.monthrange(first.year, first.month)[1]
        whole = (first.year, first.month, 1, ends) == (last.year, last.month, first.day, last.day)
        if whole:
            return self.say(
                "month_of_year", month=self.say(f"month.{first.month}"), year=first.year
            )
        return f"{self.day(figures.first_day)} – {self.day(figures.last_day)}"

    def year(self, figures: MonthFigures) -> str:
        """The year in which the period ends."""
        return str(date_of(figures.last_day).year)

    def months(self, figures: MonthFigures) -> str:
        """The month's number, or the first and the last of a longer period."""
        first, last = date_of(figures.first_day).month, date_of(figures.last_day).month
        return f"{last:02d}" if first == last else f"{first:02d}–{last:02d}"
