"""What a provider of OpenID Connect signs: taken when all of it is right, else refused."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from small_workspaces import small_workspace

from datecertain.errors import ProviderError, SignInRefused, StoreError, UsageError
from datecertain.operations import accounts
from datecertain.operations.oidc import Provider
from datecertain.operations.sign_in_settings import NewAccounts, OidcSettings, sign_in_settings
from datecertain.operations.signing_in_elsewhere import account_for, bind_identity, own_path
from datecertain.store.access_book import AccessBook

NOW = 1_790_000_000
RSA, EC = (
    RSAKey.generate_key(2048, auto_kid=True),
    ECKey.generate_key("P-256", auto_kid=True),
)
OTHER = RSAKey.generate_key(2048, auto_kid=True)


@dataclass
class Shown:
    """What a provider shows of itself, on a server of the test's own."""

    issuer: str = ""
    says: dict[str, Any] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=list)
    asked: int = 0


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    one = Shown()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one.asked += self.path == "/keys"
            told = one.says if self.path.endswith("configuration") else {"keys": one.keys}
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    one.issuer = f"http://127.0.0.1:{server.server_port}"
    yield one
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(shown: Shown) -> Iterator[Provider]:
    shown.says = {"issuer": shown.issuer, "jwks_uri": f"{shown.issuer}/keys"}
    shown.keys = [dict(key.as_dict(private=False)) for key in (RSA, EC)]
    made = Provider(OidcSettings(shown.issuer, "dc", "https://dc.example/cb"))
    yield made
    made.close()


def claims(provider: Provider, **more: Any) -> dict[str, Any]:
    right = {
        "iss": provider.settings.issuer, "aud": "dc", "sub": "4711", "exp": NOW + 300, "iat": NOW,
        "nonce": "n",
    }  # fmt: skip
    return {name: value for name, value in (right | more).items() if value is not None}


def token(provider: Provider, key: Any = RSA, alg: str = "RS256", **more: Any) -> str:
    head = {"alg": alg, "kid": key.kid}
    return jwt.encode(head, claims(provider, **more), key, algorithms=[alg])


def part(plain: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256")])
def test_what_is_right_is_taken(provider: Provider, key: Any, alg: str) -> None:
    for more in ({}, {"aud": ["dc"]}, {"aud": ["dc", "other"], "azp": "dc"}, {"exp": NOW - 59}):
        assert provider.claims(token(provider, key, alg, **more), "n", NOW)["sub"] == "4711"


@pytest.mark.parametrize(
    ("wrong", "more"),
    [
        ("iss", {"iss": "https://other.example"}),
        ("iss", {"iss": None}),
        ("aud", {"aud": "other"}),
        ("aud", {"aud": None}),
        ("azp", {"aud": ["dc", "other"]}),
        ("azp", {"azp": "other"}),
        ("exp", {"exp": NOW - 60}),
        ("exp", {"exp": None}),
        ("exp", {"exp": "tomorrow"}),
        ("iat", {"iat": NOW - 700}),
        ("iat", {"iat": NOW + 61}),
        ("nonce", {"nonce": "of another"}),
        ("nonce", {"nonce": None}),
        ("sub", {"sub": ""}),
        ("sub", {"sub": 4711}),
    ],
)
def test_a_claim_that_is_wrong_is_refused(
    provider: Provider, wrong: str, more: dict[str, Any]
) -> None:
    with pytest.raises(SignInRefused, match=f"trusted: its {wrong}|its signature"):
        provider.claims(token(provider, **more), "n", NOW)


def test_no_signature_and_other_signatures_are_refused(provider: Provider) -> None:
    good = token(provider)
    head, body, signature = good.split(".")
    told = f"{part({'alg': 'HS256', 'kid': RSA.kid})}.{body}"
    mac = hmac.digest(RSA.as_pem(private=False), told.encode(), "sha256")
    by_public_key = f"{told}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    hidden = OTHER.as_dict(private=False)
    with_its_key = jws.serialize_compact(
        {"alg": "RS256", "kid": RSA.kid, "jwk": dict(hidden)}, json.dumps(claims(provider)), OTHER,
        algorithms=["RS256"],
    )  # fmt: skip
    bad = {
        "none": f"{part({'alg': 'none'})}.{body}.",
        "none with a signature": f"{part({'alg': 'none', 'kid': RSA.kid})}.{body}.{signature}",
        "HMAC by the public key": by_public_key,
        "another algorithm": token(provider, alg="PS256"),
        "another key": token(provider, OTHER),
        "another key under a name of theirs": with_its_key,
        "the kind of another key": f"{part({'alg': 'ES256', 'kid': RSA.kid})}.{body}.{signature}",
        "another body": f"{head}.{part(claims(provider, sub='1'))}.{signature}",
        "cut off": good[:-3],
        "empty": "",
        "deep": f"{part({'alg': 'RS256'})[:-1]}" + "W" * 9000 + f".{body}.{signature}",
    }
    assert provider.claims(good, "n", NOW)
    for one in bad.values():
        with pytest.raises(SignInRefused):
            provider.claims(one, "n", NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_nonsense_is_refused(provider: Provider, one: str, two: str, three: str) -> None:
    with pytest.raises(SignInRefused):
        provider.claims(f"{one}.{two}.{three}", "n", NOW)


def test_new_keys_of_the_provider_are_asked_for_but_not_at_every_token(shown: Shown) -> None:
    clock = [100.0]
    shown.says = {"issuer": shown.issuer, "jwks_uri": f"{shown.issuer}/keys"}
    shown.keys = [dict(RSA.as_dict(private=False))]
    ours = OidcSettings(shown.issuer, "dc", "https://dc.example/cb")
    provider = Provider(ours, clock=lambda: clock[0])
    provider.claims(token(provider), "n", NOW)
    before, shown.keys = shown.asked, [dict(OTHER.as_dict(private=False))]
    for _ in range(3):
        with pytest.raises(SignInRefused, match="a key that it does not show"):
            provider.claims(token(provider, OTHER), "n", NOW)
    assert shown.asked == before, "whoever sends nonsense does not make us ask again and again"
    clock[0] += 31
    provider.claims(token(provider, OTHER), "n", NOW)
    assert shown.asked == before + 1
    with pytest.raises(SignInRefused):
        provider.claims(token(provider, RSA), "n", NOW)
    provider.close()


def test_a_provider_that_says_it_is_another_or_leads_to_plain_http_is_not_asked(
    shown: Shown,
) -> None:
    ours = OidcSettings(shown.issuer, "dc", "https://dc.example/cb")
    for says, told in (
        ({"issuer": "https://other.example"}, "calls itself 'https://other.example'"),
        ({"issuer": shown.issuer, "authorization_endpoint": "http://id.example/a"}, "https is"),
        ({"issuer": shown.issuer}, "https is wanted"),
    ):
        shown.says, provider = says, Provider(ours)
        with pytest.raises(ProviderError, match=told):
            provider.address("s", "n", "v")
        provider.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = small_workspace(tmp_path / "w")
    accounts.create_account(
        folder, "kim", "Kim", "KR", ["care"], NOW, email="Kim@Post.example"
    )  # fmt: skip
    return folder


def who(workspace: Path, settings: OidcSettings, **told: Any) -> str:
    """The login of the account that a provider's word leads to, or why there is none."""
    provider = Provider(settings)
    try:
        with AccessBook(workspace) as book:
            return account_for(book, workspace, provider, {"sub": "4711"} | told, NOW).login
    except SignInRefused as refused:
        return str(refused)
    finally:
        provider.close()


def test_which_account_is_whose(workspace: Path) -> None:
    strict = OidcSettings("https://id.example", "dc", "https://dc.example/cb")
    matching = OidcSettings(
        "https://id.example", "dc", "https://dc.example/cb", match_email=True
    )  # fmt: skip
    nobody = "no account here is yours: ask its administrator"
    email = {"email": "kim@post.example", "email_verified": True}
    assert who(workspace, strict, **email) == nobody, "never by a name or an address of its own"
    assert who(workspace, matching, email="kim@post.example") == nobody, "not verified"
    assert who(workspace, matching, **email | {"email_verified": "true"}) == nobody
    assert who(workspace, matching, **email) == "kim"
    assert who(workspace, strict) == "kim", "from then on by its subject"
    assert who(workspace, strict, sub="4712") == nobody
    accounts.set_state(workspace, "kim", "closed", NOW)
    assert who(workspace, strict) == nobody
    with pytest.raises(UsageError, match="bound to kim already"):
        bind_identity(workspace, "kim", "https://id.example", "4711", NOW)


def test_accounts_are_made_only_where_the_settings_give_a_role(workspace: Path) -> None:
    new = NewAccounts("KR", "ko", "groups", {"dc-care": "care", "dc-quality": "quality"})
    ours = OidcSettings(
        "https://id.example", "dc", "https://dc.example/cb", create=True, accounts=new
    )  # fmt: skip
    nobody = "no account here is yours: ask its administrator"
    assert who(workspace, ours, preferred_username="lee") == nobody
    assert who(workspace, ours, preferred_username="lee", groups=["others"]) == nobody
    told = {"preferred_username": "Lee", "name": "이", "groups": ["dc-care", "x", "dc-quality"]}
    assert who(workspace, ours, **told) == "lee"
    (made,) = [one for one in accounts.list_accounts(workspace) if one.login == "lee"]
    assert (made.name, made.post, made.roles, made.language) == (
        "이",
        "KR",
        ("care", "quality"),
        "ko",
    )
    taken = who(workspace, ours, sub="9", preferred_username="kim", groups=["dc-care"])
    assert taken == "an account for you cannot be made here: ask its administrator"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("/claims?open=1", "/claims?open=1"),
        ("", "/"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
    ],
)
def test_a_browser_goes_on_to_a_path_of_ours_alone(given: str, told: str) -> None:
    assert own_path(given) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('issuer = "http://id.example"', "https is wanted"),
        ('issuer = "https://id.example"', "client_id is missing"),
        ("issuer = 1", "str is wanted"),
        ('client_secret = "in the file itself"', "is missing|no 'client_secret'"),
        ("create = true", "without oidc.accounts.roles"),
        ('client_secret_file = "not-there"', "No such file"),
        ('client_secret_env = "DATECERTAIN_NOT_THERE"', "no DATECERTAIN_NOT_THERE in the env"),
        ('scopes = ["email"]', "openid is not among them"),
    ],
)
def test_settings_that_cannot_be_say_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    right = {
        "issuer": '"https://id.example"', "client_id": '"dc"',
        "redirect_url": '"https://dc.example/cb"',
    }  # fmt: skip
    name = text.partition(" = ")[0]
    if told == "client_id is missing":
        del right["client_id"]
    right.pop(name, None)
    lines = [*(f"{key} = {value}" for key, value in right.items()), text]
    (tmp_path / "datecertain.toml").write_text("[oidc]\n" + "\n".join(lines))
    with pytest.raises(StoreError, match=told):
        sign_in_settings(tmp_path)


def test_settings_of_visits(tmp_path: Path) -> None:
    file = tmp_path / "datecertain.toml"
    file.write_text("[sign_in]\nidle_minutes = 5\nwhole_hours = 8\n")
    limits, oidc = sign_in_settings(tmp_path)
    assert (limits.idle_s, limits.whole_s, oidc) == (300, 8 * 3600, None)
    for wrong in ("idle_minutes = 0", "idle = 5", "whole_hours = true"):
        file.write_text(f"[sign_in]\n{wrong}\n")
        with pytest.raises(StoreError, match="sign_in"):
            sign_in_settings(tmp_path)
