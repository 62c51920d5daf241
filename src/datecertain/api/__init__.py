"""The HTTP API: the operations for programs, scoped to whoever asks. A module for each group of
ways; `GROUPS` lists them in the order of the description."""

from types import ModuleType

from datecertain.api import approvals, audit, interchanges, quotes, visits

GROUPS: tuple[ModuleType, ...] = (quotes, interchanges, approvals, visits, audit)

__all__ = ["GROUPS"]
