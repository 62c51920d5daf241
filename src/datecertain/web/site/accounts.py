"""Accounts of the viewer's own post, and their keys, shown once (req 58)."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import GROUP_ROLES, POST_ROLES, Right, Role, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound, UsageError
from datecertain.operations import accounts as acts
from datecertain.operations.accounts import Account, Key
from datecertain.operations.passwords import set_password
from datecertain.operations.visits import end_all
from datecertain.web.site.administration import crumbs
from datecertain.web.site.approvals import moment_text
from datecertain.web.site.frame import Crumb, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import OWN_NAMES, STAFF, language_of, page_words
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import LANGUAGES, Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
_TICK = "role."
_DAY_S = 86_400
_DAYS = re.compile(r"[1-9]\d{0,3}", re.ASCII)

_Users = Annotated[Viewer, Depends(PageNeeds(Right.USERS))]
_Keys = Annotated[Viewer, Depends(PageNeeds(Right.KEYS))]


@PAGES.get("/admin/accounts")
def accounts(request: Request, who: _Users) -> Response:
    """Who comes in for the viewer's post."""
    return _accounts(request, who, {})


def _own(request: Request, who: Viewer) -> list[Account]:
    found = acts.list_accounts(door_of(request).workspace)
    return [one for one in found if who.acts_for(one.post)]


def _accounts(
    request: Request, who: Viewer, fields: dict[str, str], refused: Refused | None = None
) -> Response:
    words, found = page_words(language_of(request, STAFF)), _own(request, who)
    rows = [
        (Cell(one.login, path=f"/admin/accounts/{one.login}"), one.name,
         ", ".join(words.say(f"role.{role}") for role in one.roles),
         words.say(f"admin.kind.{one.kind}"),
         Cell(words.say(f"admin.state.{one.state}"), mark=one.state), moment_text(one.created_at))
        for one in found
    ]  # fmt: skip
    names = heads(words, "admin.col.login:mono", "admin.col.name", "admin.col.roles",
                  "admin.col.kind", "settle.col.state", "admin.col.made:day")  # fmt: skip
    table = grid(request, "accounts", words.say("admin.accounts"), names, rows)
    if answer := file_asked(request, [table]):
        return answer
    possible = POST_ROLES if who.post else GROUP_ROLES
    return page(
        request, "admin_accounts.html.j2", who, status=422 if refused else 200, grid=table,
        refused=refused, roles=[(str(role), words.say(f"role.{role}")) for role in possible],
        fields={"login": "", "name": "", "language": "en", "kind": ""} | fields,
        ticked=[name.removeprefix(_TICK) for name in fields if name.startswith(_TICK)],
        tongues=LANGUAGES, names=OWN_NAMES,
        crumbs=crumbs(words, Crumb(words.say("admin.link.accounts"))),
    )  # fmt: skip


@PAGES.post("/admin/accounts")
def create(request: Request, who: _Users, form: Form) -> Response:
    """A new account of the viewer's post."""
    fields = {name: value[:80] for name, value in form.items()}
    login = fields.get("login", "").strip().lower()
    roles = [name.removeprefix(_TICK) for name in form if name.startswith(_TICK)]
    try:
        acts.create_account(
            door_of(request).workspace, login, fields.get("name", ""), who.post, roles,
            int(time.time()), machine=fields.get("kind") == "key",
            language=fields.get("language") or "en", by=who,
        )  # fmt: skip
    except UsageError as error:
        return _accounts(request, who, fields, refused(request, "admin.fault.account", error))
    return go(f"/admin/accounts/{login}", "said.account.made")


@PAGES.get("/admin/accounts/{login}")
def account(request: Request, who: _Users, login: str) -> Response:
    """One account: its roles, its keys."""
    return _account(request, who, login)


def _find(request: Request, who: Viewer, login: str) -> Account:
    for one in _own(request, who):
        if one.login == login:
            return one
    raise NotFound(f"no account {login!r} here")


def _account(
    request: Request, who: Viewer, login: str, secret: str = "", refused: Refused | None = None
) -> Response:
    words, one = page_words(language_of(request, STAFF)), _find(request, who, login)
    keys = [key for key in acts.list_keys(door_of(request).workspace) if key.login == login]
    table = _keys(request, words, keys)
    if answer := file_asked(request, [table]):
        return answer
    now = int(time.time())
    return page(
        request, "admin_account.html.j2", who, status=422 if refused else 200, one=one, grid=table,
        secret=secret, refused=refused, may_keys=who.may(Right.KEYS),
        valid=[key.key_id for key in keys if key.state(now) == "valid"],
        roles=[(str(role), words.say(f"role.{role}")) for role in _possible(one)],
        made=moment_text(one.created_at), oneself=one.login == who.name,
        crumbs=crumbs(words, Crumb(words.say("admin.link.accounts"), "/admin/accounts"),
                      Crumb(login)),
    )  # fmt: skip


def _possible(one: Account) -> Sequence[Role]:
    return POST_ROLES if one.post else GROUP_ROLES


def _keys(request: Request, words: Words, found: Sequence[Key]) -> Grid:
    now = int(time.time())
    marks = {"valid": "good", "expired": "", "revoked": "revoked"}
    rows = [
        (one.key_id, Cell(words.say(f"admin.key.{one.state(now)}"), mark=marks[one.state(now)]),
         words.say("admin.every_right") if one.scopes is None
         else ", ".join(str(right) for right in one.scopes),
         moment_text(one.created_at), moment_text(one.expires_at), moment_text(one.revoked_at))
        for one in found
    ]  # fmt: skip
    names = heads(words, "admin.col.key:mono", "settle.col.state", "admin.col.scopes",
                  "admin.col.made:day", "admin.col.ends:day", "admin.col.revoked:day")  # fmt: skip
    return grid(request, "keys", words.say("admin.keys"), names, rows)


@PAGES.post("/admin/accounts/{login}/state")
def set_state(request: Request, who: _Users, login: str, form: Form) -> Response:
    """Close an account, open it again, or sign it out everywhere."""
    door, now, what = door_of(request), int(time.time()), form.get("do", "")
    _find(request, who, login)
    if what == "sign_out":
        end_all(door.access, who, login, now)
    elif what not in ("close", "open"):
        return _account(request, who, login, refused=Refused("admin.fault.do"))
    elif login == who.name:
        return _account(request, who, login, refused=Refused("admin.fault.self"))
    else:
        state = "closed" if what == "close" else "active"
        acts.set_state(door.workspace, login, state, now, by=who)
    return go(f"/admin/accounts/{login}", f"said.account.{what}")


@PAGES.post("/admin/accounts/{login}/roles")
def roles(request: Request, who: _Users, login: str, form: Form) -> Response:
    """Other roles: those that are ticked."""
    _find(request, who, login)
    wanted = [name.removeprefix(_TICK) for name in form if name.startswith(_TICK)]
    if login == who.name:
        return _account(request, who, login, refused=Refused("admin.fault.own_roles"))
    try:
        acts.set_roles(door_of(request).workspace, login, int(time.time()), roles=wanted, by=who)
    except UsageError as error:
        return _account(request, who, login, refused=refused(request, "admin.fault.roles", error))
    return go(f"/admin/accounts/{login}", "said.account.roles")


@PAGES.post("/admin/accounts/{login}/password")
def password(request: Request, who: _Users, login: str, form: Form) -> Response:
    """A new password of a person, by which it comes in; its visits end."""
    _find(request, who, login)
    try:
        set_password(
            door_of(request).workspace, login, form.get("password", "")[:1000], int(time.time()),
            by=who,
        )  # fmt: skip
    except UsageError as error:
        return _account(
            request, who, login, refused=refused(request, "admin.fault.password", error)
        )
    return go(f"/admin/accounts/{login}", "said.account.password")


@PAGES.post("/admin/accounts/{login}/keys")
def create_key(request: Request, who: _Keys, login: str, form: Form) -> Response:
    """A new key, which this answer shows and no other one will."""
    who.demand(Right.USERS)
    _find(request, who, login)
    now, days = int(time.time()), form.get("days", "").strip()
    if days and not _DAYS.fullmatch(days):
        return _account(request, who, login, refused=Refused("admin.fault.days"))
    ends = now + int(days) * _DAY_S if days else None
    secret = acts.create_key(door_of(request).workspace, login, now, expires_at=ends, by=who)
    return _account(request, who, login, secret)


@PAGES.post("/admin/accounts/{login}/keys/{key_id}/revoke")
def revoke_key(request: Request, who: _Keys, login: str, key_id: str, form: Form) -> Response:
    """End a key at once."""
    _find(request, who, login)
    workspace = door_of(request).workspace
    mine = [key.key_id for key in acts.list_keys(workspace) if key.login == login]
    if key_id not in mine:
        raise NotFound(f"{login} has no key {key_id!r}")
    acts.revoke_key(workspace, key_id, int(time.time()), by=who)
    return go(f"/admin/accounts/{login}", "said.key.revoked")
