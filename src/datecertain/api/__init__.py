"""The HTTP API: the operations for programs, scoped to whoever asks. A module for each group of
ways; `GROUPS` lists them in the order of the description."""

from types import ModuleType

from datecertain.api import (
    acceptances,
    accounts,
    actions,
    approvals,
    audit,
    cases,
    claims,
    data_quality,
    events,
    happenings,
    inbox,
    inquiries,
    interchanges,
    items,
    lanes,
    letters,
    money,
    packs,
    plans,
    promises,
    quotes,
    refunds,
    reports,
    statements,
    trials,
    visits,
    volumes,
    watch,
    webhooks,
)

GROUPS: tuple[ModuleType, ...] = (
    quotes, promises, acceptances, events, interchanges, items, watch, inbox, data_quality, claims,
    refunds, letters, inquiries, cases, statements, money, reports, volumes, plans, trials,
    lanes, packs, actions, happenings, webhooks, approvals, visits, accounts, audit,
)  # fmt: skip

__all__ = ["GROUPS"]
