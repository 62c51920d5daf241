"""Meeting packs: made in the background from what the group may publish, kept frozen, read by every
post (req 70)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from datecertain.access import Right, Viewer
from datecertain.api.pack_work import KIND, PackAsked, begin_pack
from datecertain.api.packs_told import PackTold, pack_told
from datecertain.api.runs_told import RunTold, run_told
from datecertain.api.writes import IDEMPOTENT, write_alone
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.conditional import etag, not_modified
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.papers import Form, paper
from datecertain.door.runs import Run
from datecertain.door.texts import InPath
from datecertain.errors import NotFound
from datecertain.operations.kept_packs import find_pack, kept_file, list_packs

WAYS = APIRouter(prefix="/v1/packs", tags=["packs and actions"], responses=REFUSALS)

_Reader = Annotated[Viewer, Depends(Needs(Right.PACKS))]
_Office = Annotated[Viewer, Depends(Needs(Right.PACKS_WRITE))]
_FORMS = (Form.HTML, Form.PDF, Form.JSON)
#: A pack is frozen, and every post may read it: it is asked for again because rights can end.
_KEEP = {"Cache-Control": "private, no-cache"}
_FROZEN: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is had already (`If-None-Match`)."},
    200: {"description": "The file.",
          "content": {form.media: {"schema": {"type": "string"}} for form in _FORMS}},
}  # fmt: skip


@WAYS.get("", response_model=Page[PackTold], summary="Packs that were made")
def list_(request: Request, who: _Reader, page: Paging) -> Page[dict[str, Any]]:
    """By when they were made. Every post reads them: nothing is in them that the group may not
    publish."""
    found = [pack_told(one) for one in list_packs(door_of(request).workspace)]
    return paged(found, lambda one: (one["made_at"], one["name"]), page)


@WAYS.post(
    "/runs", status_code=202, response_model=RunTold, summary="Make a pack",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def begin(request: Request, asked: PackAsked, who: _Office) -> dict[str, Any]:
    """For the central office, in the background: the answer is to be asked for. The same facts and
    decisions are one pack, however often it is made."""
    door = door_of(request)
    return write_alone(request, who, asked, lambda: run_told(begin_pack(door, who, asked)))


def _run(request: Request, who: Viewer, run_id: str) -> Run:
    found = door_of(request).runs.find(who, run_id)
    if found.kind != KIND:
        raise NotFound("you have no such run here (what a server knew of runs ends with it)")
    return found


@WAYS.get("/runs/{run}", response_model=RunTold, summary="How far a pack has come")
def one_run(request: Request, run: InPath, who: _Office) -> dict[str, Any]:
    """Its `result` is the pack when it is done."""
    return run_told(_run(request, who, run))


@WAYS.delete("/runs/{run}", response_model=RunTold, summary="Make it no more")
def cancel(request: Request, run: InPath, who: _Office) -> dict[str, Any]:
    """One that works ends at its next step; nothing of it is kept."""
    found = _run(request, who, run)
    return run_told(door_of(request).runs.cancel(who, found.run_id))


@WAYS.get("/{name}", response_model=PackTold, summary="One pack", responses={304: _FROZEN[304]})
def one(request: Request, response: Response, name: InPath, who: _Reader) -> Any:
    """When it was made and by whom, with its files."""
    kept = find_pack(door_of(request).workspace, name)
    response.headers.update({"ETag": etag(kept.digest), **_KEEP})
    return not_modified(request, kept.digest, _KEEP) or pack_told(kept)


@WAYS.get(
    "/{name}/files/{file}", responses=_FROZEN, response_class=Response, summary="A file of a pack"
)
def file(
    request: Request, name: InPath, who: _Reader,
    file: Annotated[str, Path(max_length=64, pattern=r"^[!-~]+$")],
) -> Response:  # fmt: skip
    """`meeting-pack.en.html`, `meeting-pack.ko.pdf`, `pack.json` … as `files` of the pack tells."""
    told, content = kept_file(door_of(request).workspace, name, file)
    headers = {"ETag": etag(told.sha256), **_KEEP}
    if (same := not_modified(request, told.sha256, _KEEP)) is not None:
        return same
    stem, _, ending = told.name.rpartition(".")
    language = stem.rpartition(".")[2]
    answer = paper(content, Form(ending), f"{name}-{stem}", language if language != stem else "en")
    answer.headers.update(headers)
    return answer
