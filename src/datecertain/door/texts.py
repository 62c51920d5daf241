"""Texts in requests: how long they may be, and nothing in them that no person types."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

Language = Literal["en", "ko"]
_LINE = r"^[^\x00-\x1f\x7f]*$"
_SAID = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_NOTE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_MONTH = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"
#: An id, a code, a post: printable, without blanks.
Code = Annotated[str, StringConstraints(max_length=64, pattern=r"^[!-~]*$")]
#: One line of a person's words.
Line = Annotated[str, StringConstraints(max_length=300, pattern=_LINE)]
#: The same, and not empty: a reason that is wanted.
Reason = Annotated[str, StringConstraints(max_length=300, pattern=_SAID)]
#: A moment with its offset, or a local date or time.
Moment = Annotated[str, StringConstraints(max_length=40, pattern=r"^[ -~]*$")]
#: Several lines of a person's words.
Note = Annotated[str, StringConstraints(max_length=4000, pattern=_NOTE)]
#: A month, `2026-10`.
Month = Annotated[str, StringConstraints(pattern=_MONTH)]
#: The same in the address of a way, and behind its question mark.
InPath = Annotated[str, Path(max_length=64, pattern=r"^[!-~]+$")]
MonthInPath = Annotated[str, Path(pattern=_MONTH, examples=["2026-10"])]
MonthAsked = Annotated[str, Query(pattern=_MONTH, examples=["2026-10"])]
CodeAsked = Annotated[str, Query(max_length=64, pattern=r"^[!-~]*$")]
MomentAsked = Annotated[str | None, Query(max_length=40, pattern=r"^[ -~]*$")]


class Body(BaseModel):
    """A request body: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid")
