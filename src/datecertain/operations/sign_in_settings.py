"""What the workspace file says of signing in: how long visits last, and the provider of OpenID
Connect.

    [sign_in]
    idle_minutes = 30
    whole_hours = 12

    [oidc]
    issuer = "https://id.example"
    client_id = "datecertain"
    client_secret_file = "/run/secrets/oidc"     # or client_secret_env = "NAME"
    redirect_url = "https://dc.example/v1/login/oidc/callback"
    match_email = false      # find an account by an address that the provider has verified
    create = false           # make an account for whoever has a role below

    [oidc.accounts]          # of those that are made
    post = "KR"
    language = "ko"
    roles_claim = "groups"
    roles = { "dc-care" = "care" }
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datecertain.errors import StoreError
from datecertain.operations.visits import Limits
from datecertain.store.settings import FILE, read_settings

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class NewAccounts:
    """Of accounts that are made when somebody unknown comes: post, language, and which value of
    which claim gives which role."""

    post: str = ""
    language: str = "en"
    roles_claim: str = "groups"
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A provider of OpenID Connect, and how its people become accounts."""

    issuer: str
    client_id: str
    redirect_url: str
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ("openid", "email")
    match_email: bool = False
    create: bool = False
    accounts: NewAccounts = NewAccounts()


def sign_in_settings(workspace: Path) -> tuple[Limits, OidcSettings | None]:
    """How long visits last, and the provider, if there is one. Raises `StoreError`, which says what
    is wrong in the file."""
    config = read_settings(workspace).config
    of_visits = _Table(config.get("sign_in", {}), "sign_in")
    limits = Limits(
        60 * of_visits.number("idle_minutes", 30, 24 * 60),
        3600 * of_visits.number("whole_hours", 12, 31 * 24),
    )
    of_visits.demand_known()
    if "oidc" not in config:
        return limits, None
    return limits, _oidc(workspace, _Table(config["oidc"], "oidc"))


def _oidc(workspace: Path, table: _Table) -> OidcSettings:
    accounts = _Table(table.take("accounts", dict, {}), "oidc.accounts")
    roles = accounts.take("roles", dict, {})
    made = OidcSettings(
        table.text("issuer"), table.text("client_id"), table.text("redirect_url"),
        _secret(workspace, table), tuple(table.take("scopes", list, ["openid", "email"])),
        table.take("match_email", bool, False), table.take("create", bool, False),
        NewAccounts(
            accounts.take("post", str, "").upper(), accounts.take("language", str, "en"),
            accounts.take("roles_claim", str, "groups"),
            {str(claim): str(role) for claim, role in roles.items()},
        ),
    )  # fmt: skip
    for one in (table, accounts):
        one.demand_known()
    for name, url in (("issuer", made.issuer), ("redirect_url", made.redirect_url)):
        demand_https(url, f"{FILE}: oidc.{name}")
    if "openid" not in made.scopes:
        raise StoreError(f"{FILE}: oidc.scopes: openid is not among them: add it")
    if made.create and not made.accounts.roles:
        raise StoreError(
            f"{FILE}: oidc.create without oidc.accounts.roles: say who gets which role"
        )
    return made


def demand_https(url: str, what: str) -> None:
    """Raises `StoreError` unless a URL is one of https, or of this machine."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise StoreError(f"{what} = {url!r} is not a URL: {error}") from error
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (parts.hostname and (parts.scheme == "https" or local)):
        raise StoreError(f"{what} = {url!r}: https is wanted (http on this machine only)")


def _secret(workspace: Path, table: _Table) -> str:
    path: str = table.take("client_secret_file", str, "")
    name: str = table.take("client_secret_env", str, "")
    if path and name:
        raise StoreError(f"{FILE}: oidc: a secret by file or by environment, not both")
    if path:
        try:
            return (workspace / path).read_text("utf-8").strip()
        except OSError as error:
            raise StoreError(
                f"{FILE}: oidc.client_secret_file {path}: {error.strerror}: give the file"
            ) from error
    if name and name not in os.environ:
        raise StoreError(f"{FILE}: oidc.client_secret_env: there is no {name} in the environment")
    return os.environ.get(name, "") if name else ""


class _Table:
    """A table of the file, of which every value is asked for by its type."""

    def __init__(self, values: Any, name: str) -> None:
        if not isinstance(values, dict):
            raise StoreError(f"{FILE}: {name}: a table is wanted, [{name}]")
        self._values, self._name, self._asked = values, name, set[str]()

    def take(self, name: str, kind: type, default: Any) -> Any:
        self._asked.add(name)
        value = self._values.get(name, default)
        if type(value) is not kind:
            raise StoreError(f"{FILE}: {self._name}.{name} = {value!r}: {kind.__name__} is wanted")
        return value

    def text(self, name: str) -> str:
        value: str = self.take(name, str, "")
        if not value:
            raise StoreError(f"{FILE}: {self._name}.{name} is missing")
        return value

    def number(self, name: str, default: int, most: int) -> int:
        value: int = self.take(name, int, default)
        if not 0 < value <= most:
            raise StoreError(f"{FILE}: {self._name}.{name} = {value}: 1 to {most} is wanted")
        return value

    def demand_known(self) -> None:
        if strange := sorted(set(self._values) - self._asked):
            raise StoreError(f"{FILE}: {self._name} has no {strange[0]!r}: remove it")
