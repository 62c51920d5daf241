"""A file that a form hands in: the form as browsers send it with a file (RFC 7578), read whole."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from datecertain.door import Problem, door_of
from datecertain.web.site.visiting import CSRF_FIELD, Looker, csrf_of

_BOUNDARY = re.compile(
    r"multipart/form-data\s*;.*?boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))", re.IGNORECASE
)
_NAME = re.compile(rb'\bname="([^"]*)"')
_FILE_NAME = re.compile(rb'\bfilename="([^"]*)"')
#: What stands around the file: its form's fields, and the heads of the parts.
_AROUND_BYTES = 64 << 10
_MOST_PARTS = 50


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form with a file brought. `name` is the file's name on the machine it came from."""

    fields: Mapping[str, str]
    name: str
    data: bytes

    @property
    def ending(self) -> str:
        """The ending of its name, where it is a plain one."""
        ending = self.name.rpartition(".")[2].lower()
        return ending if re.fullmatch(r"[a-z0-9]{1,8}", ending) else "dat"


async def uploaded(request: Request, who: Looker) -> Upload:
    """The file and the fields of a form that one of our pages posted. Raises `Problem` 403, 413,
    422."""
    most, body = door_of(request).how.most_bytes, bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most + _AROUND_BYTES:
            raise Problem(413, "too-large", "The file is too large", f"At most {most} bytes.")
    found = _BOUNDARY.match(request.headers.get("content-type", ""))
    if found is None:
        raise Problem(422, "form", "The form cannot be read")
    fields, name, data = dict[str, str](), "", b""
    for field, file, content in _parts(bytes(body), (found[1] or found[2]).encode("latin-1")):
        if file is None:
            fields[field] = content.decode("utf-8", "replace")[:_AROUND_BYTES]
        else:
            name, data = file, content
    given = fields.pop(CSRF_FIELD, "").encode()
    if not who.name or not hmac.compare_digest(given, csrf_of(request).encode()):
        raise Problem(403, "form", "The form is too old", "Load the page again.")
    if len(data) > most:
        raise Problem(413, "too-large", "The file is too large", f"At most {most} bytes.")
    return Upload(fields, name, data)


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str | None, bytes]]:
    """(name, file name or None, content) of every part. Raises `Problem` 422."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--") or len(pieces) > _MOST_PARTS:
        raise Problem(422, "form", "The form cannot be read", "It did not come whole.")
    for piece in pieces[1:-1]:
        head, gap, content = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not gap or name is None:
            raise Problem(422, "form", "The form cannot be read")
        file = _FILE_NAME.search(head)
        yield _text(name[1]), None if file is None else _text(file[1]), content


def _text(name: bytes) -> str:
    told = name.decode("utf-8", "replace")[:200]
    return "".join(sign for sign in told if sign.isprintable())


Uploaded = Annotated[Upload, Depends(uploaded)]
