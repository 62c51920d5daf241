"""How each language writes a date (req 60): whole, and without its year."""

from __future__ import annotations

from functools import lru_cache

from datecertain.moments import date_of

_EAST_ASIAN_DAYS = "一二三四五六日"
_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "ko": "월화수목금토일",
    "ja": "月火水木金土日", "zh-Hans": _EAST_ASIAN_DAYS, "zh-Hant": _EAST_ASIAN_DAYS,
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "th": ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."),
}  # fmt: skip
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
           "nov.", "déc."),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
    "th": ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.",
           "พ.ย.", "ธ.ค."),
}  # fmt: skip
#: Without the year; then with it: Thai counts the years of the Buddhist era.
_SHORT = {
    "en": "{wd} {d} {mon}", "ko": "{m}월 {d}일({wd})", "ja": "{m}月{d}日（{wd}）",
    "zh-Hans": "{m}月{d}日（周{wd}）", "zh-Hant": "{m}月{d}日（星期{wd}）",
    "fr": "{wd} {d} {mon}", "es": "{wd} {d} {mon}", "th": "{wd} {d} {mon}",
}  # fmt: skip
_WHOLE = {
    "en": "{short} {y}", "ko": "{y}년 {short}", "ja": "{y}年{short}", "zh-Hans": "{y}年{short}",
    "zh-Hant": "{y}年{short}", "fr": "{short} {y}", "es": "{short} {y}", "th": "{short} {be}",
}  # fmt: skip


@lru_cache(maxsize=1 << 13)
def whole_date(language: str, day: int) -> str:
    """A day number with its weekday: `Fri 27 Nov 2026`, `2026년 11월 27일(금)`."""
    year = date_of(day).year
    return _WHOLE[language].format(short=short_date(language, day), y=year, be=year + 543)


@lru_cache(maxsize=1 << 13)
def short_date(language: str, day: int) -> str:
    """The same without its year: `Fri 27 Nov`, `11월 27일(금)`."""
    date, months = date_of(day), _MONTHS.get(language)
    return _SHORT[language].format(
        m=date.month, d="1er" if (language, date.day) == ("fr", 1) else date.day,
        wd=_DAYS[language][date.weekday()], mon=months[date.month - 1] if months else "",
    )  # fmt: skip
