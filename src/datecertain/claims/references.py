"""The claimant's own reference: an account or order number, which names nobody (req 59).

A claim is never deleted, and its reference stands beside it in lists and files. So it is no free
text: a prefix of at most four capitals, then digits, with `-`, `.`, `/` or `_` between them. A
person's full name cannot be written so; where a person has to be named the words of an inquiry are
sealed and erased by rule.
"""

from __future__ import annotations

import re

#: At most 40 signs, such as `INV-2026-00077`, `A12/4410`, `77`.
REFERENCE = re.compile(r"(?=.{1,40}\Z)(?:[A-Z]{1,4}[-./_]?)?[0-9]+(?:[-./_][0-9]+)*", re.ASCII)
EXPECTED = "an account or order number: at most four capitals, then digits, such as INV-2026-00077"


def usable_reference(text: str) -> bool:
    """Whether a text is such a reference; none at all is fine too."""
    return text == "" or REFERENCE.fullmatch(text) is not None
