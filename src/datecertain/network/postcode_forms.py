"""How each of the ten countries writes its postcodes: data for `postcodes`, one row a country.

Texts are compared upper-case, in plain ASCII, with every run of blanks, dashes and punctuation as
one `-` (`lost_zero`, `alone`, `prefix`, `region`) or without any (`whole`, `old`, `incomplete`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class AddressKind(StrEnum):
    """What kind of address a postcode itself reveals."""

    ORDINARY = "ordinary"  # nothing special is known from the code alone
    BOX = "box"  # post boxes and large receivers have it, no street
    OFFICIAL = "official"  # the post's own, or public bodies of a province
    MILITARY = "military"  # army and fleet post
    NOT_A_PLACE = "not_a_place"  # Santa Claus


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


@dataclass(frozen=True, slots=True)
class CountryForm:
    """The written forms of one country's postcodes. Empty patterns (`None`): there is none."""

    example: str
    #: `9` a digit, `A` a letter: what stands where in the code proper.
    shape: str
    #: The code proper (group 1) and what may follow as part of it (group 2).
    whole: re.Pattern[str]
    #: The whole code standing alone at the head of a text, before a name of a place.
    alone: re.Pattern[str]
    #: What may follow a code that stands alone: a name without digits (group 1: part of the code).
    after: re.Pattern[str] = field(default=_re(r"-[^\d/]+()"), kw_only=True)
    #: Names of the country and of the postcode that people write before it.
    prefix: re.Pattern[str]
    #: Too short to be one: the leading characters of a code.
    incomplete: re.Pattern[str]
    #: Groups as in `whole`: a code whose leading zero a spreadsheet dropped.
    lost_zero: re.Pattern[str] | None = None
    #: A form that was replaced.
    old: re.Pattern[str] | None = None
    #: Abbreviated states or provinces, which stand before the code in an address.
    region: re.Pattern[str] | None = None
    #: Well formed, but written only to fill a field.
    fillers: frozenset[str] = frozenset()
    #: Whether the leading characters alone may name the area.
    leading_tell: bool = True
    #: Kind → the codes (with what follows them, no separators) that reveal it.
    kinds: tuple[tuple[AddressKind, re.Pattern[str]], ...] = ()

    @property
    def length(self) -> int:
        """Characters of the code proper."""
        return len(self.shape)


_LABELS = r"POST-?CODE|POSTAL-?CODE|ZIP-?CODE|ZIP"


def _prefix(names: str, follows: str = r"\d") -> re.Pattern[str]:
    return _re(rf"(?:(?:{names}|{_LABELS})-?)+(?={follows})")


def _digits(
    length: int, example: str, names: str, lost_zero: str = "", nines: bool = True,
    old: str = "", region: str = "", leading_tell: bool = True,
    kinds: tuple[tuple[AddressKind, re.Pattern[str]], ...] = (),
) -> CountryForm:  # fmt: skip
    """A country whose postcodes are so many digits, with nothing after them."""
    return CountryForm(
        example=example, shape="9" * length, whole=_re(rf"(\d{{{length}}})()"),
        alone=_re(rf"\d{{{length}}}"),
        prefix=_prefix(names, r"(?:[A-Z]{2,3}-?)?\d" if region else r"\d"),
        incomplete=_re(rf"\d{{2,{length - 1}}}"),
        lost_zero=_re(lost_zero) if lost_zero else None, old=_re(old) if old else None,
        region=_re(region) if region else None, leading_tell=leading_tell, kinds=kinds,
        fillers=frozenset({"0" * length, "9" * length} if nines else {"0" * length}),
    )  # fmt: skip


# Korea Post Announcement 2014-63 (koreapost.go.kr, 100004556): five digits replace the six of
# NNN-NNN on 1 August 2015. Leading digits of the old form mean other places than those of the new.
_KR = _digits(
    5, "03051", "REPUBLIC-OF-KOREA|SOUTH-KOREA|KOREA|KOR|KR|ROK|대한민국|한국|우편번호|우",
    lost_zero=r"([1-9]\d{3})()", old=r"\d{6}", leading_tell=False,
)  # fmt: skip

# 3 + 4 digits since 2 February 1998; the three or five digits used before are leading ones of the
# new (nanyanen.jp/hometown/postal7.html). Two lost zeros (00N) look like the old five digits.
_JP = replace(
    _digits(7, "100-0001", "JAPAN|JPN|JP|J|日本|郵便番号", lost_zero=r"([1-9]\d-?\d{4})()"),
    alone=_re(r"\d{3}-?\d{4}"),
)

# Five digits, or nine as ZIP+4 (USPS Publication 28, section 22); military codes: section 225.
_US_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|"
    "NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|AS|GU|MP|PR|VI|FM|MH|PW|AA|AE|AP"
)
_US = CountryForm(
    example="10001", shape="99999", whole=_re(r"(\d{5})(\d{4})?"), alone=_re(r"\d{5}(?:-?\d{4})?"),
    prefix=_prefix("UNITED-STATES|U-S-A|U-S|USA|US", r"(?:[A-Z]{2}-?)?\d"),
    incomplete=_re(r"\d{2,4}"),
    lost_zero=_re(r"([1-9]\d{3})(?:-?(\d{4}))?"), region=_re(rf"(?:{_US_STATES})-?(?=\d)"),
    fillers=frozenset({"00000", "99999"}),
    kinds=((AddressKind.MILITARY, _re(r"09[0-8].*|340.*|96[2-6].*")),),
)  # fmt: skip

# Six digits in four tiers; 01 to 07 are the northern provinces, 08 and 09 are not in use.
_CN = _digits(
    6,
    "100005",
    "P-R-CHINA|CHINA|CHN|CN|PRC|中国|邮政编码|邮编|郵遞區號",
    lost_zero=r"([1-7]\d{4})()",
)

# Four digits; ranges of post boxes and large receivers: wiki.dominic-ricottone.com/PostalCodes/
# Australia. 2890 is the forces' post overseas (contactairlandandsea.com/2017/11/14). Only the
# Northern Territory begins with 0 (and 02, withdrawn).
_AU = _digits(
    4, "2000", "AUSTRALIA|AUS|AU", lost_zero=r"([89]\d{2})()", nines=False,
    region=r"(?:NSW|VIC|QLD|SA|WA|TAS|NT|ACT)-?(?=\d)",
    kinds=(
        (AddressKind.MILITARY, _re("2890")),
        (AddressKind.NOT_A_PLACE, _re("9999")),
        (AddressKind.BOX, _re(r"0[29]..|1...|58..|59..|6[89]..|7[89]..|8...|9...")),
    ),
)  # fmt: skip

# Five digits, the first two the province 01 to 52; in each capital 070 is Correos, 071 public
# bodies, 080 post boxes (zippostalcodes.com/postcodes/es/spanish-postal-codes-format).
_ES = _digits(
    5, "28013", "ESPAÑA|ESPANA|SPAIN|ESP|ES|E|C-P|CP|CODIGO-POSTAL|CÓDIGO-POSTAL",
    lost_zero=r"([1-9]\d{3})()",
    kinds=(
        (AddressKind.BOX, _re(r"\d\d080")),
        (AddressKind.OFFICIAL, _re(r"\d\d07[01]")),
    ),
)  # fmt: skip

# Five digits, the first two the department; CEDEX codes of large receivers are followed by CEDEX
# and the number of the office. 00 is the armed forces' own.
_FR_ADD_ON = r"CEDEX-?\d{0,2}|SP-?\d{2}|AIR|CITYSSIMO|ARMEES"
_FR = CountryForm(
    example="75008", shape="99999", whole=_re(rf"(\d{{5}})({_FR_ADD_ON})?"),
    # A town may stand between, its district's number after it: 75380 PARIS CEDEX 08, 69003 LYON 03.
    alone=_re(r"\d{5}"), after=_re(r"-[^\d/]+?(?:-(CEDEX(?:-\d{1,2})?)|-\d{1,2})?"),
    prefix=_prefix("FRANCE|FRA|FR|F|C-P|CP|CODE-POSTAL"),
    incomplete=_re(r"\d{2,4}"), lost_zero=_re(rf"([1-9]\d{{3}})(?:-?({_FR_ADD_ON}))?"),
    fillers=frozenset({"00000", "99999"}),
    kinds=(
        (AddressKind.MILITARY, _re(r"00\d{3}.*|\d{5}ARMEES")),
        (AddressKind.BOX, _re(r"\d{5}(?:CEDEX\d*|SP\d+|AIR|CITYSSIMO)")),
    ),
)  # fmt: skip

# Five digits since 25 February 1982, the first two the province, none begins with 0.
_TH = _digits(5, "10500", "THAILAND|THA|TH|ประเทศไทย|รหัสไปรษณีย์")

# Letter digit letter, digit letter digit; never D F I O Q U, nor W Z in the first place. The
# forces' post: the three codes of Canada Post's addressing of military mail.
_CA_FIRST, _CA_LATER = "[ABCEGHJ-NPRSTVXY]", "[ABCEGHJ-NPRSTV-Z]"
_CA_WHOLE = rf"{_CA_FIRST}\d{_CA_LATER}-?\d{_CA_LATER}\d"
_CA = CountryForm(
    example="M5V 3A8", shape="A9A9A9", whole=_re(rf"({_CA_WHOLE.replace('-?', '')})()"),
    alone=_re(_CA_WHOLE),
    prefix=_prefix("CANADA|CAN|CA", follows=r"-?[A-Z]\d"),
    incomplete=_re(rf"{_CA_FIRST}\d(?:{_CA_LATER}(?:\d{_CA_LATER}?)?)?"),
    region=_re(rf"(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT)-(?={_CA_FIRST}\d)"),
    kinds=(
        (AddressKind.MILITARY, _re("K8N5W6|B3K5X5|V9A7N2")),
        (AddressKind.NOT_A_PLACE, _re("H0H0H0")),
    ),
)  # fmt: skip

#: Country (ISO 3166) → its form. Hong Kong has no postcodes.
FORMS: Mapping[str, CountryForm] = {
    "KR": _KR, "US": _US, "JP": _JP, "CN": _CN, "AU": _AU, "ES": _ES, "FR": _FR, "TH": _TH,
    "CA": _CA,
}  # fmt: skip
