"""A provider of OpenID Connect: found, asked, and its word checked (req 58).

Authorization code with PKCE, state and nonce (OpenID Connect Core 1.0 section 3.1, RFC 7636,
RFC 9207). What it signs is taken in RS256 and ES256 alone, with a key of its own key set, for us,
from it, in time and in answer to this very request. Everything else is refused. Moments are UTC
seconds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from datecertain.errors import ProviderError, SignInRefused, StoreError
from datecertain.operations.sign_in_settings import OidcSettings, demand_https

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
_WELL_KNOWN = "/.well-known/openid-configuration"
#: What the provider says of itself is asked for again after so long; its keys, when one is missing,
#: so often at most, and after so long in any case.
_DESCRIBED_S, _KEYS_AT_MOST_S, _KEYS_S = 3600.0, 30.0, 3600.0
#: Clocks may differ by so much; a token is of now by so much.
_LEEWAY_S, _OLDEST_S = 60, 600
_TIMEOUT_S, _MOST_BYTES = 10.0, 1 << 20
_Key = RSAKey | ECKey


@dataclass(slots=True)
class _Found:
    """What was asked of the provider, and when (by a clock that never goes back)."""

    described: Mapping[str, Any] | None = None
    described_at: float = 0.0
    keys: tuple[_Key, ...] = ()
    keys_at: float = float("-inf")


class Provider:
    """One provider, shared between threads."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock, self._found, self._lock = clock, _Found(), Lock()
        self._http = httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in. Raises `ProviderError`."""
        challenge = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code", "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_url, "scope": " ".join(self.settings.scopes),
            "state": state, "nonce": nonce, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        }  # fmt: skip
        place = self._endpoint("authorization_endpoint")
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def exchange(self, code: str, verifier: str) -> str:
        """The ID token for a code. Raises `SignInRefused`, `ProviderError`."""
        settings = self.settings
        form = {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": settings.redirect_url,
        }  # fmt: skip
        auth = None
        ways = self._described().get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        if settings.client_secret and "client_secret_basic" in ways:
            auth = httpx.BasicAuth(_quoted(settings.client_id), _quoted(settings.client_secret))
        else:
            form["client_id"] = settings.client_id
            if settings.client_secret:
                form["client_secret"] = settings.client_secret
        answer = self._ask("POST", self._endpoint("token_endpoint"), data=form, auth=auth)
        if 400 <= answer.status_code < 500:
            raise SignInRefused("the provider does not take this sign-in: begin it again")
        token = _object(answer).get("id_token")
        if not isinstance(token, str):
            raise ProviderError("the provider sent no ID token: it must serve the scope openid")
        return token

    def claims(self, token: str, nonce: str, now: int) -> Mapping[str, Any]:
        """What an ID token says, if all about it is right. Raises `SignInRefused`."""
        try:
            head = _head(token)
            kind = ALGORITHMS.get(head.get("alg", ""))
            if kind is None:
                raise SignInRefused("the provider's word is not signed as it must be")
            key = self._key(head.get("kid"), kind)
            found = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError) as error:
            raise SignInRefused("the provider's word cannot be trusted: its signature") from error
        if wrong := self._wrong(found, nonce, now):
            raise SignInRefused(f"the provider's word cannot be trusted: its {wrong}")
        return found

    def issued_by(self, issuer: str | None) -> bool:
        """Whether an answer that says (or does not say) who sent it is this provider's."""
        if issuer is None:
            told = "authorization_response_iss_parameter_supported"
            return self._described().get(told) is not True
        return issuer == self.settings.issuer

    def _wrong(self, found: Mapping[str, Any], nonce: str, now: int) -> str:
        """The claim that is wrong (OpenID Connect Core 1.0, 3.1.3.7); empty: none."""
        audience = found.get("aud")
        audience = [audience] if isinstance(audience, str) else audience
        ours = self.settings.client_id
        ends, issued = _moment(found.get("exp")), _moment(found.get("iat"))
        right = {
            "iss": found.get("iss") == self.settings.issuer,
            "aud": isinstance(audience, list) and ours in audience,
            "azp": found.get("azp", ours) == ours
            and (not isinstance(audience, list) or len(audience) < 2 or "azp" in found),
            "exp": ends is not None and now < ends + _LEEWAY_S,
            "iat": issued is not None and -_OLDEST_S <= issued - now <= _LEEWAY_S,
            "nonce": found.get("nonce") == nonce,
            "sub": isinstance(found.get("sub"), str) and 0 < len(found["sub"]) <= 255,
        }
        return next((name for name, is_right in right.items() if not is_right), "")

    def _described(self) -> Mapping[str, Any]:
        with self._lock:
            found, now = self._found, self._clock()
            if found.described is None or now - found.described_at > _DESCRIBED_S:
                place = self.settings.issuer.rstrip("/") + _WELL_KNOWN
                told = _object(self._ask("GET", place))
                if told.get("issuer") != self.settings.issuer:
                    raise ProviderError(
                        f"the provider at {place} calls itself {told.get('issuer')!r}, the "
                        f"settings {self.settings.issuer!r}: correct oidc.issuer"
                    )
                found.described, found.described_at = told, now
            return found.described

    def _endpoint(self, name: str) -> str:
        place = self._described().get(name)
        try:
            demand_https(str(place or ""), name)
        except StoreError as error:
            raise ProviderError(f"the provider's description: {error}") from error
        return str(place)

    def _key(self, kid: Any, kind: str) -> _Key:
        """The key that a token names; the key set is asked for again when it is not there, for
        providers change their keys. Raises `SignInRefused`."""
        place = self._endpoint("jwks_uri")
        with self._lock:
            found, now = self._found, self._clock()
            if now - found.keys_at > _KEYS_S:
                self._fetch_keys(place, now)
            if _fitting(found.keys, kid, kind) is None and now - found.keys_at > _KEYS_AT_MOST_S:
                self._fetch_keys(place, now)
            key = _fitting(found.keys, kid, kind)
        if key is None:
            raise SignInRefused("the provider's word is signed with a key that it does not show")
        return key

    def _fetch_keys(self, place: str, now: float) -> None:
        told = _object(self._ask("GET", place)).get("keys")
        keys: list[_Key] = []
        for one in told if isinstance(told, list) else []:
            if not isinstance(one, dict) or one.get("use", "sig") != "sig":
                continue
            try:
                if one.get("kty") == "RSA":
                    keys.append(RSAKey.import_key(one))
                elif (one.get("kty"), one.get("crv")) == ("EC", "P-256"):
                    keys.append(ECKey.import_key(one))
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # one that we cannot read is one that we do not have
        self._found.keys, self._found.keys_at = tuple(keys), now

    def _ask(self, method: str, place: str, **more: Any) -> httpx.Response:
        try:
            with self._http.stream(
                method, place, headers={"Accept": "application/json"}, **more
            ) as answer:
                size, parts = 0, []
                for part in answer.iter_bytes():
                    size += len(part)
                    if size > _MOST_BYTES:
                        raise ProviderError(f"the provider's answer at {place} is too long")
                    parts.append(part)
                status = answer.status_code
        except httpx.HTTPError as error:
            raise ProviderError(f"the provider at {place} cannot be reached: {error}") from error
        return httpx.Response(status, content=b"".join(parts))


def _fitting(keys: tuple[_Key, ...], kid: Any, kind: str) -> _Key | None:
    """The key of a name; without a name the only one of its kind."""
    of_kind = [key for key in keys if key.key_type == kind]
    if kid is not None:
        return next((key for key in of_kind if key.kid == kid), None)
    return of_kind[0] if len(of_kind) == 1 else None


def _head(token: str) -> Mapping[str, Any]:
    if token.count(".") != 2 or len(token) > _MOST_BYTES:
        raise ValueError("no signed token")
    part = token.partition(".")[0]
    try:
        head = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, RecursionError) as error:
        raise ValueError("no signed token") from error
    if not isinstance(head, dict) or not isinstance(head.get("alg"), str):
        raise ValueError("no signed token")
    return head


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        told = answer.json() if answer.status_code == 200 else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ProviderError(f"the provider answers {answer.status_code}, not what was asked for")
    return told


def _moment(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and abs(value) < 2**53 else None


def _quoted(text: str) -> str:
    """As RFC 6749 section 2.3.1 wants names and secrets in an Authorization header."""
    return urlencode({"": text})[1:]
