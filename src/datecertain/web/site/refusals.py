"""What a page could not do, told beside its form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """The key of what is said, and what the operation told."""

    key: str
    detail: str = ""
