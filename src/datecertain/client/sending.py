"""Requests sent until they are answered: when to ask again, and what a refusal says."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from datecertain.errors import ServerRefused, ServerUnreachable

#: Not now: asked again later.
_LATER = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often a request is sent, and how long is waited in between: what the server says
    (`Retry-After`), else twice as long each time, with some chance in it so that many tills do not
    come back together."""

    tries: int = 5
    first_wait_s: float = 0.5
    most_wait_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def wait_s(self, done: int, told: str | None) -> float:
        """Seconds to wait after so many tries, and what `Retry-After` said."""
        asked = _retry_after_s(told)
        if asked is None:
            asked = self.first_wait_s * 2 ** (done - 1) * random.uniform(0.75, 1.25)
        return min(asked, self.most_wait_s)


def _retry_after_s(told: str | None) -> float | None:
    """The seconds of a `Retry-After`: a number or a date (RFC 9110); None for anything else."""
    if told is None:
        return None
    if told.strip().isascii() and told.strip().isdecimal():
        return float(told)
    try:
        at = parsedate_to_datetime(told)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def send(
    client: httpx.Client, retrying: Retrying, method: str, way: str, **request: Any
) -> httpx.Response:
    """The answer to a request that was accepted. It may be sent several times: it only asks, or it
    has a key of idempotency.

    Raises `ServerRefused`, `ServerUnreachable`.
    """
    tries = retrying.tries
    for done in range(1, tries + 1):
        told = None
        try:
            answer = client.request(method, way, **request)
        except httpx.TransportError as error:
            if done == tries:
                raise ServerUnreachable(
                    f"{client.base_url} does not answer ({error or type(error).__name__}), asked "
                    f"{done} times: look whether `datecertain serve` runs there"
                ) from error
        else:
            if answer.status_code not in _LATER or done == tries:
                return _accepted(answer)
            told = answer.headers.get("retry-after")
        retrying.sleep(retrying.wait_s(done, told))
    raise AssertionError("every try ends in an answer or an error")


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success or answer.status_code == 304:
        return answer
    problem: Mapping[str, Any] = {}
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = answer.json()
    kind = str(problem.get("type", "")).removeprefix("urn:datecertain:problem:")
    raise ServerRefused(
        str(problem.get("title", answer.reason_phrase)), answer.status_code, kind,
        str(problem.get("detail", "")),
    )  # fmt: skip
