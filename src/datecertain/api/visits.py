"""Signing in and out, and who one is (req 58)."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from typing_extensions import TypedDict

from datecertain.access import Viewer
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import Door, door_of
from datecertain.door.problems import Problem
from datecertain.door.visiting import (
    csrf_of,
    forget_visit,
    over_tls,
    set_visit,
    token_of,
)
from datecertain.errors import NotFound, SignInRefused
from datecertain.operations.accounts import find_account
from datecertain.operations.oidc import Provider
from datecertain.operations.passwords import demand_password, neighbours, set_password
from datecertain.operations.signing_in_elsewhere import begin_elsewhere, finish_elsewhere
from datecertain.operations.visits import begin, csrf_token, end, viewer_of_visit

WAYS = APIRouter(prefix="/v1", tags=["signing in"], responses=REFUSALS)

_Anyone = Annotated[Viewer, Depends(Needs(None))]
_STATE = "dc-oidc"


class Me(TypedDict):
    """Who one is: `post` is null for the central office; `csrf` goes along with every change by a
    visit, null for a key."""

    login: str
    name: str
    post: str | None
    kind: str
    roles: list[str]
    rights: list[str]
    language: str
    csrf: str | None


class SigningIn(BaseModel):
    """A login and its password."""

    model_config = ConfigDict(extra="forbid")

    login: str = Field(max_length=64, examples=["kim"])
    password: SecretStr = Field(max_length=1024)


@WAYS.post("/visits", status_code=201, summary="Sign in with a password")
def sign_in(request: Request, response: Response, given: SigningIn) -> Me:
    """Begins a visit, which the cookie of the answer tells from then on. 401: the login or the
    password is not right; 429: it was tried too often."""
    door, now, address = door_of(request), int(time.time()), address_of(request)
    demand_slowly(door, address)
    token = begin(
        door.access, given.login, given.password.get_secret_value(), now, address, door.visits
    )
    set_visit(request, response, token, door.visits.whole_s)
    who = viewer_of_visit(door.access, token, now, door.visits)
    if who is None:
        raise SignInRefused("the account was closed just now")
    return _me(door, who, csrf_token(token))


@WAYS.delete("/visits/current", status_code=204, summary="Sign out")
def sign_out(request: Request, who: _Anyone) -> Response:
    """Ends the visit of the cookie."""
    token = token_of(request)
    if token is None:
        raise NotFound("there is no visit to end: a key is revoked instead")
    end(door_of(request).access, who, token, int(time.time()))
    response = Response(status_code=204)
    forget_visit(request, response)
    return response


@WAYS.get("/me", summary="Who one is")
def me(request: Request, response: Response, who: _Anyone) -> Me:
    """The account that asks, and what it may do."""
    response.headers["Cache-Control"] = "no-store"
    by_key = "authorization" in request.headers
    return _me(door_of(request), who, None if by_key else csrf_of(request))


class NewPassword(BaseModel):
    """The password of now, and the one to be."""

    model_config = ConfigDict(extra="forbid")

    current: SecretStr = Field(max_length=1024)
    new: SecretStr = Field(max_length=1024)


@WAYS.post("/me/password", status_code=204, summary="Change one's own password")
def change_password(request: Request, given: NewPassword, who: _Anyone) -> Response:
    """All visits of the account end, this one too: sign in again. 401 when the password of now is
    not right, 422 when the new one is too weak."""
    door, now, address = door_of(request), int(time.time()), address_of(request)
    demand_slowly(door, address)
    demand_password(door.access, who.name, given.current.get_secret_value(), now, address)
    set_password(door.workspace, who.name, given.new.get_secret_value(), now, by=who)
    response = Response(status_code=204)
    forget_visit(request, response)
    return response


@WAYS.get("/login/oidc", status_code=303, summary="Sign in elsewhere (OpenID Connect)")
def go_elsewhere(
    request: Request, next: Annotated[str, Query(max_length=500)] = "/"
) -> RedirectResponse:
    """Sends the browser to the provider of the workspace; afterwards to the path `next`."""
    door = door_of(request)
    demand_slowly(door, address_of(request))
    begun = begin_elsewhere(door.access, _provider(door), next, int(time.time()))
    response = RedirectResponse(begun.address, 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        _state_cookie(request), begun.state, max_age=600, path="/", secure=over_tls(request),
        httponly=True, samesite="lax",
    )  # fmt: skip
    return response


@WAYS.get("/login/oidc/callback", status_code=303, summary="Come back from elsewhere")
def come_back(
    request: Request,
    code: Annotated[str, Query(max_length=4096)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
    error: Annotated[str, Query(max_length=200)] = "",
) -> RedirectResponse:
    """Where the provider sends the browser back to; begins a visit."""
    door = door_of(request)
    provider = _provider(door)
    demand_slowly(door, address_of(request))
    if error or not code:
        raise SignInRefused("the provider did not sign you in: begin it again")
    answer = {"code": code, "state": state} | ({} if iss is None else {"iss": iss})
    token, then = finish_elsewhere(
        door.access, door.workspace, provider, answer,
        request.cookies.get(_state_cookie(request), ""), int(time.time()), door.visits,
    )  # fmt: skip
    response = RedirectResponse(then, 303)
    set_visit(request, response, token, door.visits.whole_s)
    response.delete_cookie(
        _state_cookie(request), path="/", secure=over_tls(request), httponly=True, samesite="lax"
    )
    return response


def address_of(request: Request) -> str:
    """The address that a request came from, as the proxy before us tells it."""
    return "" if request.client is None else request.client.host


def demand_slowly(door: Door, address: str) -> None:
    """Hold a neighbourhood of addresses to the rate of one key. Raises `Problem`."""
    if wait := door.limiter.wait_s(f"signing in from {neighbours(address)}"):
        raise Problem(429, "rate", "Too many requests", headers={"Retry-After": str(int(wait) + 1)})


def _provider(door: Door) -> Provider:
    if door.provider is None:
        raise NotFound("this workspace has no provider of OpenID Connect")
    return door.provider


def _state_cookie(request: Request) -> str:
    return f"__Host-{_STATE}" if over_tls(request) else _STATE


def _me(door: Door, who: Viewer, csrf: str | None) -> Me:
    account = find_account(door.access, who.name)
    return {
        "login": account.login, "name": account.name, "post": account.post or None,
        "kind": str(account.kind), "roles": [str(role) for role in who.roles],
        "rights": sorted(map(str, who.rights)), "language": account.language, "csrf": csrf,
    }  # fmt: skip
