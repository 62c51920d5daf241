"""Receiving a body: streamed into a draft, measured, hashed, handed in when it is whole."""

from __future__ import annotations

import asyncio
import base64
import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from datecertain.door.problems import Problem
from datecertain.operations.mail_room import Draft, draft, hand_in
from datecertain.store.mail_book import HandedIn, MailBook

DRAFT = "http-"
#: A body of which nothing comes for so long is given up.
SILENCE_S = 30.0
#: Of a body that is too large so much is still read, that the answer finds its reader.
_DRAINED = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]{44}):")
_ENDINGS = {
    "application/json": "json", "application/ld+json": "json", "text/csv": "csv",
    "application/edifact": "edi", "text/plain": "txt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receiving:
    """How bodies are received for one workspace."""

    workspace: Path
    book: MailBook
    most_bytes: int

    async def receive(
        self, request: Request, partner: str, key: str | None,
        check: Callable[[bytes], None] | None = None,
    ) -> HandedIn:  # fmt: skip
        """Take a body in; what is written down of it. `check` looks at the whole body before
        anything is handed in, and may raise. Raises `Problem`."""
        self._demand(request)
        with draft(self.workspace, partner, DRAFT + secrets.token_hex(12)) as written:
            try:
                size, sha256 = await self._stream(request, written)
                _demand_digest(request, sha256)
                if size == 0:
                    raise Problem(422, "empty", "The body is empty")
                if check is not None:
                    await run_in_threadpool(_looked_at, written, check)
                if key is not None:
                    await run_in_threadpool(self._claim, partner, key, sha256)
                name = f"http-{sha256[:32]}.{_ending(request)}"
                return await run_in_threadpool(self._hand_in, partner, name, written, sha256, size)
            except ClientDisconnect as error:
                raise Problem(400, "cut-off", "The body did not come whole") from error
            except OSError as error:
                raise _disk(error) from error
            finally:
                written.path.unlink(missing_ok=True)

    def receive_made(self, partner: str, key: str | None, data: bytes, ending: str) -> HandedIn:
        """Take in a content that was made of a request: the same request, the same content. Raises
        `Problem`."""
        sha256 = hashlib.sha256(data).hexdigest()
        with draft(self.workspace, partner, DRAFT + secrets.token_hex(12)) as written:
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(written.handle, view) :]
                if key is not None:
                    self._claim(partner, key, sha256)
                name = f"http-{sha256[:32]}.{ending}"
                return self._hand_in(partner, name, written, sha256, len(data))
            except OSError as error:
                raise _disk(error) from error
            finally:
                written.path.unlink(missing_ok=True)

    def _demand(self, request: Request) -> None:
        if request.headers.get("content-encoding", "identity") != "identity":
            raise Problem(
                415, "encoding", "The body must not be compressed", headers={"Accept-Encoding": ""}
            )

    async def _stream(self, request: Request, written: Draft) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        chunks = request.stream()
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    data = await anext(chunks, None)
            except TimeoutError as error:
                raise Problem(408, "silence", "The body did not come in time") from error
            if data is None:
                break
            size += len(data)
            declared = int(request.headers.get("content-length", 0))
            if max(size, declared) > self.most_bytes:
                if size < min(declared, _DRAINED):
                    continue
                raise Problem(
                    413, "too-large", "The body is too large",
                    f"At most {self.most_bytes} bytes are taken: send several interchanges.",
                )  # fmt: skip
            digest.update(data)
            view = memoryview(data)
            while view:
                view = view[os.write(written.handle, view) :]
        return size, digest.hexdigest()

    def _claim(self, partner: str, key: str, sha256: str) -> None:
        if (earlier := self.book.claim(partner, key, sha256, int(time.time()))) != sha256:
            raise Problem(
                422, "idempotency-key-reused", "This Idempotency-Key came with another body",
                f"The content that came under it has the SHA-256 {earlier}.",
            )  # fmt: skip

    def _hand_in(self, partner: str, name: str, written: Draft, sha256: str, size: int) -> HandedIn:
        """Durable first, then written down: cut off between them, it comes again and is known."""
        stored = hand_in(partner, name, written, sha256)
        one = HandedIn(partner, sha256, "http", stored, size, int(time.time()))
        return self.book.hand_in(one)


def _looked_at(written: Draft, check: Callable[[bytes], None]) -> None:
    check(written.path.read_bytes())


def _demand_digest(request: Request, sha256: str) -> None:
    told = request.headers.get("content-digest")
    if told is None:
        return
    given = _DIGEST.search(told)
    if given and base64.b64decode(given[1]).hex() != sha256:
        raise Problem(
            422, "digest", "The body is not what Content-Digest says", f"Received: {sha256}."
        )


def _ending(request: Request) -> str:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _ENDINGS.get(media, "dat")


def _disk(error: OSError) -> Problem:
    if error.errno in _FULL:
        return Problem(507, "full", "There is no room", "Try again later.", {"Retry-After": "300"})
    return Problem(500, "internal", "The server cannot write", "Try again later.")
