"""The HTTP API: the operations for programs, scoped to whoever asks. A module for each group of
ways; `GROUPS` lists them in the order of the description."""

from types import ModuleType

from datecertain.api import (
    acceptances,
    data_quality,
    events,
    inbox,
    interchanges,
    items,
    promises,
    quotes,
    watch,
)

GROUPS: tuple[ModuleType, ...] = (
    quotes, promises, acceptances, events, interchanges, items, watch, inbox, data_quality,
)  # fmt: skip

__all__ = ["GROUPS"]
