"""The HTTP API: the operations for programs, scoped to whoever asks. A module for each group of
ways; `GROUPS` lists them in the order of the description."""

from types import ModuleType

from datecertain.api import (
    cases,
    claims,
    inquiries,
    interchanges,
    letters,
    money,
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
)

__all__ = ["GROUPS"]
