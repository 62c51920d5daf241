"""Accounts of one's own post, and their roles (req 58)."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field

from datecertain.access import Right, Role, Viewer
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.texts import Body
from datecertain.errors import NotFound
from datecertain.operations.accounts import Account, list_accounts, set_roles
from datecertain.operations.telling_accounts import AccountTold, account_as_json

WAYS = APIRouter(prefix="/v1/accounts", tags=["accounts"], responses=REFUSALS)

_Administrator = Annotated[Viewer, Depends(Needs(Right.USERS))]
_Login = Annotated[str, Path(max_length=64)]


@WAYS.get("", summary="The accounts of one's post")
def list_(request: Request, who: _Administrator, page: Paging) -> Page[AccountTold]:
    """People and machines, closed ones too, by login."""
    found = paged(_own(request, who), lambda one: (one.login,), page)
    return {"items": [account_as_json(one) for one in found["items"]], "next": found["next"]}


@WAYS.get("/{login}", summary="One account")
def show(request: Request, login: _Login, who: _Administrator) -> AccountTold:
    """An account of one's post."""
    return account_as_json(_find(request, who, login))


class NewRoles(Body):
    """The roles that an account is to have: all of them."""

    roles: list[Role] = Field(min_length=1, max_length=len(Role))


@WAYS.put("/{login}/roles", summary="Change the roles of an account")
def roles(request: Request, login: _Login, wanted: NewRoles, who: _Administrator) -> AccountTold:
    """Its visits have the new rights at once, its keys within a second. 403 for one's own account:
    another administrator looks at that."""
    _find(request, who, login)
    changed = set_roles(
        door_of(request).workspace, login, int(time.time()),
        roles=[str(role) for role in wanted.roles], by=who,
    )  # fmt: skip
    return account_as_json(changed)


def _own(request: Request, who: Viewer) -> list[Account]:
    found = list_accounts(door_of(request).workspace)
    return [one for one in found if who.acts_for(one.post)]


def _find(request: Request, who: Viewer, login: str) -> Account:
    for one in _own(request, who):
        if one.login == login:
            return one
    raise NotFound(f"no account {login[:64]!r} here")
