"""The HTTP API: the operations for programs, scoped to whoever asks. A module for each group of
ways; `GROUPS` lists them in the order of the description."""

from types import ModuleType

from datecertain.api import (
    cases,
    claims,
    inquiries,
    interchanges,
    lanes,
    letters,
    money,
    plans,
    quotes,
    refunds,
    reports,
    statements,
    volumes,
)

GROUPS: tuple[ModuleType, ...] = (
    quotes,
    interchanges,
    claims,
    refunds,
    letters,
    inquiries,
    cases,
    statements,
    money,
    reports,
    volumes,
    plans,
    lanes,
)

__all__ = ["GROUPS"]
