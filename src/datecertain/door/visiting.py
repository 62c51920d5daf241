"""The cookie of a visit, and the token against forged requests that goes with it (req 58).

A cookie comes along with whatever another site makes a browser send. So whoever is known by it and
changes something must send the visit's token too, which no other site can read: in the header
`X-CSRF-Token`, or in the field `csrf` of a form.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request, Response

from datecertain.operations.visits import csrf_token, same_csrf

#: The cookie over TLS: browsers take it from this very host alone, and send it over TLS alone.
SECURE_COOKIE, PLAIN_COOKIE = "__Host-dc", "dc"
HEADER, FIELD = "X-CSRF-Token", "csrf"
_FORM = "application/x-www-form-urlencoded"
#: The largest form that the token is looked for in.
_MOST_FORM = 1 << 20


def over_tls(request: Request) -> bool:
    """Whether the request came over TLS, to this server or to the proxy before it."""
    return request.url.scheme == "https"


def token_of(request: Request) -> str | None:
    """The token of the visit that the request's cookie tells, if it has one."""
    name = SECURE_COOKIE if over_tls(request) else PLAIN_COOKIE
    return request.cookies.get(name) or None


def set_visit(request: Request, response: Response, token: str, whole_s: int) -> None:
    """Give the browser the visit's cookie."""
    secure = over_tls(request)
    response.set_cookie(
        SECURE_COOKIE if secure else PLAIN_COOKIE, token, max_age=whole_s, path="/",
        secure=secure, httponly=True, samesite="lax",
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"


def forget_visit(request: Request, response: Response) -> None:
    """Take the cookie back."""
    secure = over_tls(request)
    response.delete_cookie(
        SECURE_COOKIE if secure else PLAIN_COOKIE, path="/", secure=secure, httponly=True,
        samesite="lax",
    )  # fmt: skip


def csrf_of(request: Request) -> str:
    """What the forms of a page send along in the field `csrf`; empty without a visit."""
    token = token_of(request)
    return "" if token is None else csrf_token(token)


async def sends_csrf(request: Request, token: str) -> bool:
    """Whether a request bears the token of its visit."""
    given = request.headers.get(HEADER)
    if given is None:
        given = await _field(request)
    return given is not None and same_csrf(token, given)


async def _field(request: Request) -> str | None:
    if getattr(request, "_form", None) is not None:  # read already, for the way itself
        value = (await request.form()).get(FIELD)
        return value if isinstance(value, str) else None
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length", "")
    if media != _FORM or not length.isdigit() or int(length) > _MOST_FORM:
        return None
    body = (await request.body()).decode("utf-8", "replace")
    found = parse_qs(body, keep_blank_values=True, max_num_fields=2000).get(FIELD)
    return found[0] if found and len(found) == 1 else None
