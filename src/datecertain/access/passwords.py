"""Which passwords are strong enough: long, not of the commonest words, not the login (req 58).

No rule of letters and digits and no end by date: both make people choose worse (NIST SP 800-63B).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import pairwise

from datecertain.errors import UsageError

#: Characters at least, and at most: a longer one would only keep the server busy.
SHORTEST, LONGEST = 12, 256
#: Different characters at least.
_DIFFERENT = 5
_DECORATION = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_DIGITS = str.maketrans("0134578@$!", "oieastbasi")


@cache
def _common() -> frozenset[str]:
    text = files("datecertain.access").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def demand_strong(password: str, login: str) -> None:
    """Raises `UsageError`, which says what is wrong and never the password."""
    if len(password) < SHORTEST:
        raise UsageError(
            f"the password is too short: at least {SHORTEST} characters",
            "password.short",
            count=SHORTEST,
        )
    if len(password) > LONGEST:
        raise UsageError(
            f"the password is too long: at most {LONGEST} characters",
            "password.long",
            count=LONGEST,
        )
    plain = normal(password).casefold()
    if len(set(plain)) < _DIFFERENT or _repeats(plain) or _runs(plain):
        raise UsageError(
            "the password is a pattern that is guessed first: take several words",
            "password.pattern",
        )
    if login.casefold() in plain and len(plain) - len(login) < SHORTEST - 4:
        raise UsageError(
            "the password is little more than the login: choose another", "password.login"
        )
    # Digits and signs at the ends are decoration; within, they may stand for letters.
    if any(_of_common_words(one) for one in (plain, _DECORATION.sub("", plain).translate(_DIGITS))):
        raise UsageError("the password is one of the commonest: choose another", "password.common")


def normal(password: str) -> str:
    """The one form of a password that may be typed in several (Unicode NFC)."""
    return unicodedata.normalize("NFC", password)


def _of_common_words(text: str) -> bool:
    letters, words = re.sub(r"[\W\d_]+", "", text), _common()
    longest = max(map(len, words))
    ends = [True] + [False] * len(letters)  # where such words, one after the other, can end
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - longest), end)
        ends[end] = any(ends[start] and letters[start:end] in words for start in starts)
    return ends[-1]


def _repeats(text: str) -> bool:
    """Whether it is one short piece, again and again."""
    return any((text[:n] * len(text))[: len(text)] == text for n in range(1, len(text) // 3 + 1))


def _runs(text: str) -> bool:
    """Whether nearly every character follows the one before: 1234…, abcd…, and backwards."""
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    return sum(step in (1, -1, 0) for step in steps) >= len(steps) - 2
