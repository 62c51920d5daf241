"""Fields of requests that many ways share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import StringConstraints

from datecertain.network.conditions import NOT_GIVEN

#: Text of one line, as it can stand in a file.
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
Month = Annotated[
    str,
    Query(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-10"], description="Of acceptance."
    ),
]
#: A code of a post; empty: any.
AnyPost = Annotated[str, Query(pattern=r"^([A-Za-z]{2})?$", description="A post's code.")]
Post = Annotated[str, Query(pattern=r"^[A-Za-z]{2}$", description="A post's code.")]
#: Where a list that is kept in its own order goes on, and how much of it is wanted.
After = Annotated[str, Query(max_length=200, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Items of a page, at most.")]
Number = Annotated[str, Path(max_length=40, description="S10 item number.")]
Sha256 = Annotated[str, Path(max_length=64, description="Of the content, as its receipt says.")]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=257,
           description="Asked again with the same key, nothing is done twice."),
]  # fmt: skip
#: A moment (`2026-10-15T06:00Z`).
Moment = Annotated[
    str | None,
    Query(max_length=20, examples=["2026-10-15T06:00Z"],
          description="What was known at this moment; none: now."),
]  # fmt: skip


def number_given(number: int | None) -> int:
    """A number of a request as the promise package takes it; NOT_GIVEN where there is none."""
    return NOT_GIVEN if number is None else number


def usdr_given(sdr: int | None) -> int:
    """A value in whole SDR as micro-SDR; NOT_GIVEN where there is none."""
    return NOT_GIVEN if sdr is None else sdr * 10**6
