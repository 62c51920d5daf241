"""A file that a form hands in: the form as browsers send it with a file (RFC 7578)."""

from __future__ import annotations

import hmac
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from datecertain.door import Problem, door_of
from datecertain.web.site.visiting import CSRF_FIELD, Looker, csrf_of

#: What stands around the file: its form's fields, and the heads of the parts.
_AROUND_BYTES = 64 << 10
_MOST_FIELDS = 50


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
    most = door_of(request).how.most_bytes
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(422, "form", "The form cannot be read")
    parser = MultiPartParser(
        request.headers, _limited(request, most), max_files=1, max_fields=_MOST_FIELDS,
        max_part_size=_AROUND_BYTES,
    )  # fmt: skip
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Problem(422, "form", "The form cannot be read", "It did not come whole.") from error
    fields, name, data = dict[str, str](), "", b""
    try:
        for field, given in form.multi_items():
            if isinstance(given, UploadFile):
                name, data = _plain(given.filename or ""), await given.read()
            else:
                fields[_plain(field)] = given
    finally:
        await form.close()
    token = fields.pop(CSRF_FIELD, "").encode()
    if not who.name or not hmac.compare_digest(token, csrf_of(request).encode()):
        raise Problem(403, "form", "The form is too old", "Load the page again.")
    if len(data) > most:
        raise _too_large(most)
    return Upload(fields, name, data)


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes, as long as it is no larger than a file may be."""
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > most + _AROUND_BYTES:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> Problem:
    return Problem(413, "too-large", "The file is too large", f"At most {most} bytes.")


def _plain(name: str) -> str:
    return "".join(sign for sign in name[:200] if sign.isprintable())


Uploaded = Annotated[Upload, Depends(uploaded)]
