"""The HTTP API: the operations for programs, scoped to whoever asks. A module for each group of
ways; `GROUPS` lists them in the order of the description."""

from types import ModuleType

from datecertain.api import acceptances, events, interchanges, items, promises, quotes

GROUPS: tuple[ModuleType, ...] = (quotes, promises, acceptances, events, interchanges, items)

__all__ = ["GROUPS"]
