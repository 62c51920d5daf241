"""Postcodes as people write them: what was meant, what was put right, what cannot be used.

`read_postcode` is sure of what it accepts, tells what it put right, and guesses no further: a
guaranteed date hangs on the code (req 1, 6, 7). The written forms are in `postcode_forms`; of a
country that is not there, the post's own `postcode_form` decides.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from datecertain.network.postcode_forms import FORMS, AddressKind, CountryForm
from datecertain.network.rows import Post
from datecertain.wording import Words, glossary


class PostcodeProblem(StrEnum):
    """What is to be said about a written postcode: nothing, a note, or why it cannot be used."""

    NONE = ""  # a code of the country, whatever the blanks, dashes and prefixes
    # Notes: the code is used, and what was done is told.
    LEADING_ZERO_RESTORED = "leading_zero_restored"  # a spreadsheet made a number of it
    LETTER_DIGIT_CONFUSED = "letter_digit_confused"  # O for 0, I for 1, S for 5 …, put right
    TEXT_LEFT_OUT = "text_left_out"  # the code stood alone, a place name beside it was left out
    NOT_NEEDED = "not_needed"  # the post has no postcodes; what was written is not used
    # It cannot be used as it stands.
    MISSING = "missing"  # nothing was written
    PLACEHOLDER = "placeholder"  # written only to fill the field: N/A, 00000, 없음
    INCOMPLETE = "incomplete"  # the leading characters of a code
    OLD_FORM = "old_form"  # a form that the country replaced
    MALFORMED = "malformed"  # not of the form of the country's postcodes


_USED = (
    PostcodeProblem.NONE, PostcodeProblem.LEADING_ZERO_RESTORED,
    PostcodeProblem.LETTER_DIGIT_CONFUSED, PostcodeProblem.TEXT_LEFT_OUT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Postcode:
    """A written postcode, read.

    `plain` is the code without separators (of an incomplete one the leading characters, where
    they may tell the area), empty if unusable; `add_on` what follows it as part of it: the four
    digits of ZIP+4, `CEDEX08`.
    """

    plain: str
    problem: PostcodeProblem = PostcodeProblem.NONE
    add_on: str = ""

    @property
    def usable(self) -> bool:
        """Whether `plain` is a whole code."""
        return self.problem in _USED and bool(self.plain)

    @property
    def hint(self) -> str:
        """The glossary key of what is to be told; empty: nothing. `tell_problem` fills it."""
        return f"postcode.{self.problem}" if self.problem else ""


#: What stands between or around the characters, as one hyphen: blanks, every dash that keyboards
#: and fonts give (the last ones on Japanese ones), brackets, quotation marks, the postal mark.
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―⁃−─ー\u00ad_.,:;'\"‘’“”`´=#()\[\]<>〒〠〶*?!~·・]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
#: Thai forms have Thai digits, which NFKC leaves alone.
_THAI_DIGITS = {ord("๐") + digit: str(digit) for digit in range(10)}
_CHARACTERS = _INVISIBLE | _THAI_DIGITS
#: A number as a spreadsheet writes it: `1001.0`, `10,001`.
_NUMBER = re.compile(r"\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?\s*", re.ASCII)

#: What is written to say "none" (without blanks and punctuation, upper-case).
_NOTHING = frozenset(
    {
        "NA", "N/A", "NONE", "NIL", "NULL", "NAN", "NO", "NOTAPPLICABLE", "NOTAVAILABLE",
        "UNKNOWN", "TBD", "TBA", "없음", "미상", "모름", "해당없음", "なし", "無し", "不明", "無",
        "沒有", "没有", "无", "未知", "不详", "S/N", "SN", "SINCP", "NINGUNO", "AUCUN", "NEANT",
        "NÉANT", "INCONNU", "ไม่มี",
    }
)  # fmt: skip
#: What forms make people write for Hong Kong: Hongkong Post's own advice (zeros, HKG) and 999077.
_HONG_KONG = frozenset({"HK", "HKG", "HONGKONG", "HONGKONGSAR", "香港", "852", "999077"})

_DIGIT_FOR = {"O": "0", "I": "1", "L": "1"}
_CANADIAN_DIGIT_FOR = _DIGIT_FOR | {"S": "5", "Z": "2", "B": "8"}
_LETTER_FOR = {"5": "S", "2": "Z", "8": "B"}
#: More characters than these put right would be a guess.
_MOST_CONFUSED = 2


@lru_cache(maxsize=256)
def _form(country: str, postcode_form: str, key_length: int) -> CountryForm | None:
    """The country's form, unless the network's own says something else."""
    form = FORMS.get(country)
    if form is None or len(form.shape) < key_length:
        return None
    example = re.sub("[^0-9A-Z]", "", form.example)
    return form if re.fullmatch(postcode_form, example, re.ASCII) else None


def read_postcode(post: Post, text: str) -> Postcode:
    """What a written postcode of a post is. Any text has an answer; none raises."""
    if not post.postcode_form:
        return _without_postcodes(text)
    form = _form(post.country, post.postcode_form, post.postcode_key)
    # Nearly all are plain: the long way gives the same answer (tested).
    if form is not None and text.isascii():
        whole = form.whole.fullmatch(text.replace(" ", "").replace("-", ""))
        if whole is not None and whole[1] not in form.fillers:
            return Postcode(whole[1], PostcodeProblem.NONE, whole[2] or "")
    return read_slowly(post, form, text)


def read_slowly(post: Post, form: CountryForm | None, text: str) -> Postcode:
    """`read_postcode` without its short cut, for a post that has postcodes."""
    unified = _unified(text)
    joined = unified.replace("-", "")
    if not joined:
        return Postcode(
            "", PostcodeProblem.PLACEHOLDER if text.strip() else PostcodeProblem.MISSING
        )
    if form is None:
        if re.fullmatch(post.postcode_form, joined, re.ASCII):
            return Postcode(joined)
        nothing = joined in _NOTHING
        return Postcode("", PostcodeProblem.PLACEHOLDER if nothing else PostcodeProblem.MALFORMED)
    if joined in _NOTHING or set(joined) in ({"0"}, {"X"}):
        return Postcode("", PostcodeProblem.PLACEHOLDER)
    unified = form.prefix.sub("", unified, count=1) if form.prefix.match(unified) else unified
    return _read(form, unified) or _read_beside_text(form, unified)


def _unified(text: str) -> str:
    """Upper-case, plain characters, every separator one hyphen, none at the ends."""
    plain = unicodedata.normalize("NFKC", text).translate(_CHARACTERS).upper()
    number = _NUMBER.fullmatch(plain)
    if number:
        return number[1].replace(",", "")
    return _BETWEEN.sub("-", plain).strip("-")


def _without_postcodes(text: str) -> Postcode:
    joined = _unified(text).replace("-", "")
    if not text.strip():
        return Postcode("")
    if not joined or set(joined) == {"0"} or joined in _NOTHING or joined in _HONG_KONG:
        return Postcode("", PostcodeProblem.PLACEHOLDER)
    return Postcode("", PostcodeProblem.NOT_NEEDED)


def _read(form: CountryForm, unified: str) -> Postcode | None:
    """A text that is nothing but a code, whole or not; None: it is neither."""
    joined = unified.replace("-", "")
    whole = form.whole.fullmatch(joined)
    if whole:
        if whole[1] in form.fillers:
            return Postcode("", PostcodeProblem.PLACEHOLDER)
        return Postcode(whole[1], PostcodeProblem.NONE, whole[2] or "")
    number = form.lost_zero.fullmatch(unified) if form.lost_zero else None
    if number:
        plain, add_on = "0" + number[1].replace("-", ""), (number[2] or "").replace("-", "")
        return Postcode(plain, PostcodeProblem.LEADING_ZERO_RESTORED, add_on)
    if form.old and form.old.fullmatch(joined):
        return Postcode("", PostcodeProblem.OLD_FORM)
    if form.incomplete.fullmatch(joined):
        return Postcode(joined if form.leading_tell else "", PostcodeProblem.INCOMPLETE)
    untangled = _untangled(form, joined)
    return Postcode(untangled, PostcodeProblem.LETTER_DIGIT_CONFUSED) if untangled else None


def _untangled(form: CountryForm, joined: str) -> str:
    """The code with letters and digits of the same look put right; empty if that gives none."""
    # I and L before digits are other countries' signs: I-00100 is in Rome, L-1234 in Luxembourg.
    foreign = form.shape[0] == "9" and joined[0] in "IL"
    if len(joined) != form.length or foreign or not any(c.isdigit() for c in joined):
        return ""
    digit_for = _CANADIAN_DIGIT_FOR if "A" in form.shape else _DIGIT_FOR
    right = "".join(
        (digit_for if kind == "9" else _LETTER_FOR).get(char, char)
        for char, kind in zip(joined, form.shape, strict=True)
    )
    changed = sum(old != new for old, new in zip(joined, right, strict=True))
    usable = changed <= _MOST_CONFUSED and right not in form.fillers
    return right if usable and form.whole.fullmatch(right) else ""


def _read_beside_text(form: CountryForm, unified: str) -> Postcode:
    """A whole code with the name of a place after it, or the sign of a state before it."""
    rest = form.region.sub("", unified, count=1) if form.region else unified
    head = form.alone.match(rest)
    if head:
        code, beside = head[0], rest[head.end() :]
        town = form.after.fullmatch(beside) if beside else None
        if town or (not beside and rest != unified):
            whole = form.whole.fullmatch((code + ((town and town[1]) or "")).replace("-", ""))
            if whole and whole[1] not in form.fillers:
                return Postcode(whole[1], PostcodeProblem.TEXT_LEFT_OUT, whole[2] or "")
    return Postcode("", PostcodeProblem.MALFORMED)


def with_zeros(post: Post, leading: str) -> str:
    """The whole code that leading digits would be if they were a number that lost zeros; empty
    if they cannot be."""
    form = _form(post.country, post.postcode_form, post.postcode_key)
    if form is None or not leading.isdigit() or leading.startswith("0"):
        return ""
    return leading.zfill(form.length)


def address_kind(post: Post, postcode: Postcode) -> AddressKind:
    """What the code itself reveals of the address: a box, army post. ORDINARY says nothing."""
    form = _form(post.country, post.postcode_form, post.postcode_key)
    if form is None or not postcode.usable:
        return AddressKind.ORDINARY
    written = postcode.plain + postcode.add_on
    return next(
        (kind for kind, codes in form.kinds if codes.fullmatch(written)), AddressKind.ORDINARY
    )


def tell_problem(
    words: Words, post: Post, given: str, problem: PostcodeProblem, read_as: str = ""
) -> str:
    """What a person is told of a written postcode: what was given, what is expected, an example.

    Empty for no problem. A country's own text (`postcode.old_form.KR`) goes before the general.
    """
    if problem is PostcodeProblem.NONE:
        return ""
    own = f"postcode.{problem}.{post.country}"
    expected = f"postcode.form.{post.country}"
    expected = words.say(expected if expected in glossary() else "postcode.form.other")
    key = own if own in glossary() else f"postcode.{problem}"
    return words.say(key, given=given.strip(), read_as=read_as, expected=expected)
