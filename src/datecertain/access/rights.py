"""Roles and the rights they give, read from `rights.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from datecertain.errors import InvariantBroken


class Right(StrEnum):
    """Something that can be done or seen. What ends in `.see` looks; its stem does too."""

    QUOTE = "quote"
    PROMISES = "promises"
    ITEMS = "items"
    EXPLAIN = "explain"
    ACCEPTANCES = "acceptances"
    EVENTS_SEND = "events.send"
    INTERCHANGES = "interchanges"
    MESSAGES = "messages"
    MESSAGES_ACT = "messages.act"
    DATA_QUALITY = "data_quality"
    WATCH = "watch"
    CLAIMS = "claims"
    CLAIMS_SEE = "claims.see"
    CLAIMS_DECIDE = "claims.decide"
    PERSONS = "persons"
    LETTERS = "letters"
    INQUIRIES = "inquiries"
    INQUIRIES_SEE = "inquiries.see"
    CASES = "cases"
    CONTEST = "contest"
    REFUNDS = "refunds"
    REFUNDS_SEE = "refunds.see"
    STATEMENTS = "statements"
    STATEMENTS_ACT = "statements.act"
    MONEY = "money"
    NETTING = "netting"
    REPORTS = "reports"
    PLANS = "plans"
    VOLUMES = "volumes"
    LANES = "lanes"
    LANES_SIGN = "lanes.sign"
    NETWORK = "network"
    APPROVE = "approve"
    PACKS = "packs"
    PACKS_WRITE = "packs.write"
    ACTIONS = "actions"
    RULEBOOK = "rulebook"
    USERS = "users"
    KEYS = "keys"
    WEBHOOKS = "webhooks"
    HAPPENINGS = "happenings"
    JOBS = "jobs"
    HEALTH = "health"
    AUDIT = "audit"


class Role(StrEnum):
    """What a user or a machine is for."""

    COUNTER = "counter"
    CARE = "care"
    QUALITY = "quality"
    SETTLEMENT = "settlement"
    EDI = "edi"
    CENTRAL_OFFICE = "central_office"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    NETWORK = "network"
    SHOP = "shop"
    PARTNER = "partner"


#: Rights that another one includes.
_INCLUDED = {
    Right.CLAIMS: (Right.CLAIMS_SEE,), Right.CLAIMS_DECIDE: (Right.CLAIMS_SEE,),
    Right.INQUIRIES: (Right.INQUIRIES_SEE,), Right.REFUNDS: (Right.REFUNDS_SEE,),
    Right.STATEMENTS_ACT: (Right.STATEMENTS,), Right.LANES_SIGN: (Right.LANES,),
    Right.PACKS_WRITE: (Right.PACKS,), Right.ACTIONS: (Right.PACKS,),
    Right.MESSAGES_ACT: (Right.MESSAGES,),
}  # fmt: skip


@cache
def _table() -> Mapping[Role, Mapping[str, Any]]:
    text = files("datecertain.access").joinpath("rights.toml").read_text("utf-8")
    table = {Role(name): row for name, row in tomllib.loads(text).items()}
    if missing := set(Role) - set(table):
        raise InvariantBroken(f"rights.toml lacks {sorted(missing)}")
    return table


@cache
def _rights(role: Role) -> frozenset[Right]:
    named = {Right(name) for name in _table()[role]["rights"]}
    return frozenset(named.union(*(_INCLUDED.get(right, ()) for right in named)))


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """What these roles may do together."""
    return frozenset().union(*(_rights(role) for role in roles))


def roles_with(right: Right) -> tuple[Role, ...]:
    """The roles that have a right, in their order."""
    return tuple(role for role in Role if right in _rights(role))


def _of(kind: str) -> tuple[Role, ...]:
    return tuple(role for role in Role if _table()[role]["of"] in (kind, "both"))


#: Roles that people and machines of a post can have.
POST_ROLES = _of("post")
#: Roles that people and machines of the group's central office can have.
GROUP_ROLES = _of("group")
