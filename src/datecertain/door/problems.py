"""Refusals as problem details (RFC 9457): every answer that is no success has this form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from datecertain.errors import (
    BadMoment,
    ClaimRefused,
    DatecertainError,
    KeyReused,
    NetworkError,
    NotAllowed,
    NotFound,
    PromiseRefused,
    ProviderError,
    SignInRefused,
    StoreBusy,
    StoreUnreachable,
    UnknownPlace,
    UsageError,
)

MEDIA_TYPE = "application/problem+json"


#: Status, short name and title of what operations raise; the first that fits counts. What they say
#: is for whoever asks.
_KINDS: tuple[tuple[type[DatecertainError], int, str, str], ...] = (
    (NotAllowed, 403, "not-allowed", "You may not do this"),
    (NotFound, 404, "not-found", "There is no such thing here"),
    (PromiseRefused, 409, "promise-refused", "The promise cannot be given or changed"),
    (ClaimRefused, 409, "claim-refused", "The claim cannot be filed"),
    (KeyReused, 422, "idempotency-key-reused", "This Idempotency-Key came with another request"),
    (UnknownPlace, 422, "unknown-place", "A place that the network does not know"),
    (BadMoment, 422, "bad-moment", "A date or time that cannot be read"),
    (UsageError, 422, "wrong", "This cannot be asked"),
    (NetworkError, 422, "network", "The network cannot be used"),
    (ProviderError, 502, "provider", "The provider of OpenID Connect does not answer as it must"),
)


class Problem(Exception):
    """An answer that refuses: status, a short name of the kind, title, what to do."""

    def __init__(
        self, status: int, kind: str, title: str, detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(title)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.headers = dict(headers or {})


def problem(one: Problem) -> JSONResponse:
    """A problem as an answer."""
    return JSONResponse(_content(one), one.status, headers=one.headers, media_type=MEDIA_TYPE)


def _content(one: Problem) -> dict[str, Any]:
    content: dict[str, Any] = {
        "type": f"urn:datecertain:problem:{one.kind}", "title": one.title, "status": one.status,
    }  # fmt: skip
    if one.detail:
        content["detail"] = one.detail
    return content


def problem_of(error: Exception, workspace: Path | None = None) -> dict[str, Any]:
    """What went wrong where no request waits for the answer, as problem details, without the place
    of the workspace; of what is not for whoever asks no more than that."""
    if isinstance(error, Problem):
        return _content(error)
    for kind, status, name, title in _KINDS:
        if isinstance(error, kind):
            return _content(Problem(status, name, title, _without(workspace, str(error))))
    return _content(Problem(500, "internal", "The server failed", "Try again later."))


def _refusal(request: Request, one: Problem) -> Response:
    """A refusal as whoever asked reads it: pages outside `/v1/`, where there are any."""
    as_page = getattr(request.app.state, "refusal_page", None)
    if as_page is None or request.url.path.startswith("/v1/"):
        return problem(one)
    answer: Response = as_page(request, one)
    return answer


def answer_in_problems(app: FastAPI) -> None:
    """Make an application answer with problems only, whatever goes wrong."""

    @app.exception_handler(Problem)
    async def _ours(request: Request, error: Problem) -> Response:
        return _refusal(request, error)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return _refusal(
            request,
            Problem(error.status_code, "http", str(error.detail), headers=error.headers or {}),
        )

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
        return _refusal(
            request, Problem(422, "invalid-request", "The request cannot be understood", told)
        )

    @app.exception_handler(DatecertainError)
    async def _cannot(request: Request, error: DatecertainError) -> Response:
        if isinstance(error, SignInRefused):
            return _refusal(request, _not_let_in(error))
        for kind, status, name, title in _KINDS:
            if isinstance(error, kind):
                return _refusal(
                    request, Problem(status, name, title, _without_places(request, str(error)))
                )
        # What it says is for the keeper of the workspace: it names places on this machine.
        told = 500, "internal", "The server cannot do this now"
        if isinstance(error, StoreBusy):
            told = 503, "busy", "Busy"
        elif isinstance(error, StoreUnreachable):
            told = 503, "unreachable", "The records do not answer"
        return _refusal(request, Problem(*told, "Try again later.", {"Retry-After": "30"}))

    @app.exception_handler(Exception)
    async def _defect(request: Request, error: Exception) -> Response:
        return _refusal(request, Problem(500, "internal", "The server failed", "Try again later."))


def _not_let_in(error: SignInRefused) -> Problem:
    if error.wait_s:
        return Problem(
            429, "tried-too-often", "This was tried too often", "Wait before the next attempt.",
            {"Retry-After": str(error.wait_s)},
        )  # fmt: skip
    return Problem(
        401, "sign-in", "You cannot be signed in like that", str(error),
        {"WWW-Authenticate": "Bearer"},
    )  # fmt: skip


def _without_places(request: Request, text: str) -> str:
    """A message without the place of the workspace on this machine."""
    return _without(request.app.state.door.workspace, text)


def _without(workspace: Path | None, text: str) -> str:
    for place in () if workspace is None else (str(workspace.resolve()), str(workspace)):
        if len(place) > 1:
            text = text.replace(place, "the workspace")
    return text
