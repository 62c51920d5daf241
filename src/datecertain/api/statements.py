"""Statements between two posts: shown down to the items, on paper, contested, answered, accepted
(req 44-46)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from datecertain.access import Right, Viewer
from datecertain.api.statements_told import ItemBehind, StatementTold
from datecertain.api.writes import IDEMPOTENT, write
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.conditional import etag, not_modified
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.papers import Form, form_wanted, paper
from datecertain.door.second_look import MAY_WAIT, must_wait
from datecertain.door.texts import Body, Code, InPath, Language, Line, MonthInPath, Reason
from datecertain.operations.statements import (
    Standee,
    accept,
    find_statement,
    say_of_statement,
    statement_names,
    statement_seen,
)
from datecertain.operations.telling_statements import statement_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import items_behind
from datecertain.settlement.life import Act
from datecertain.store import Workspace
from datecertain.web.statement_papers import statement_paper

WAYS = APIRouter(prefix="/v1/statements", tags=["statements"], responses=REFUSALS)

_See = Annotated[Viewer, Depends(Needs(Right.STATEMENTS))]
_Act = Annotated[Viewer, Depends(Needs(Right.STATEMENTS_ACT))]
_Contest = Annotated[Viewer, Depends(Needs(Right.CONTEST))]
_Version = Annotated[int | None, Query(ge=1, le=10**6, description="None: the latest.")]
_Month = Annotated[str | None, Query(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")]
_FORMS = (Form.HTML, Form.PDF, Form.XLSX, Form.CSV)
_PAPERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The paper, as the ending or `Accept` wants it.",
        "content": {
            form.media: {"schema": {"type": "string", "format": "binary"}} for form in _FORMS
        },
    }
}


@WAYS.get("", response_model=Page[StatementTold], summary="List statements")
def list_(request: Request, who: _See, page: Paging, period: _Month = None) -> dict[str, Any]:
    """The latest version of each statement of the asking post, by period and pair."""
    with open_workspace(door_of(request).workspace) as opened:
        names = paged(statement_names(opened, who, period), lambda name: name, page)
        found = [find_statement(opened, name[0], name[1:]) for name in names["items"]]
    return {"items": [statement_as_json(one, who) for one in found], "next": names["next"]}


@WAYS.get("/{period}/{pair}", response_model=StatementTold, summary="One statement")
def show(
    request: Request, response: Response, period: MonthInPath, pair: InPath, who: _See,
    version: _Version = None,
) -> Any:  # fmt: skip
    """Its lines, how it stands, what was said of it. Conditional: it is as it was until something
    is said of it, or another version is written."""
    with open_workspace(door_of(request).workspace) as opened:
        found = statement_seen(opened, who, period, pair, version)
    return _conditional(request, response, found, who) or statement_as_json(found, who)


def _conditional(
    request: Request, response: Response, found: Standee, who: Viewer
) -> Response | None:
    tag = f"{found.statement.sha256}.{found.version}.{len(found.events)}.{who.post}"
    response.headers["ETag"] = etag(tag)
    return not_modified(request, tag)


@WAYS.get(
    "/{period}/{pair}/text", summary="Its frozen text", response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}},
                     "description": "The canonical text: its SHA-256 is the statement's."}},
)  # fmt: skip
def text(
    request: Request, period: MonthInPath, pair: InPath, who: _See, version: _Version = None
) -> Response:
    """The statement as it was frozen, byte for byte: for the other post to compare."""
    with open_workspace(door_of(request).workspace) as opened:
        frozen = statement_seen(opened, who, period, pair, version).statement
    known = not_modified(request, frozen.sha256)
    if known is not None:
        return known
    headers = {"ETag": etag(frozen.sha256)}
    return Response(frozen.content, media_type="application/json", headers=headers)


@WAYS.get(
    "/{period}/{pair}/lines/{line}/items", response_model=Page[ItemBehind],
    summary="The items behind an amount",
)  # fmt: skip
def items(
    request: Request, period: MonthInPath, pair: InPath, line: int, who: _See, page: Paging,
    version: _Version = None,
) -> Page[dict[str, Any]]:  # fmt: skip
    """The items of a line and their amounts, which sum to the line's."""
    with open_workspace(door_of(request).workspace) as opened:
        frozen = statement_seen(opened, who, period, pair, version).statement
    rows = enumerate(items_behind(frozen, line).to_pylist())
    told = paged(rows, lambda row: (row[0],), page)
    return {"items": [row for _, row in told["items"]], "next": told["next"]}


@WAYS.get("/{period}/{pair}/paper", responses=_PAPERS, response_class=Response, summary="On paper")
def on_paper(
    request: Request, period: MonthInPath, pair: InPath, who: _See, version: _Version = None,
    lang: Language = "en",
) -> Response:  # fmt: skip
    """HTML, PDF, an Excel workbook or CSV of its lines, as `Accept` wants it."""
    return _paper(request, period, pair, who, version, lang, "")


@WAYS.get(
    "/{period}/{pair}/paper.{ending}", responses=_PAPERS, response_class=Response,
    summary="On paper, as a file",
)  # fmt: skip
def as_file(
    request: Request, period: MonthInPath, pair: InPath, ending: InPath, who: _See,
    version: _Version = None, lang: Language = "en",
) -> Response:  # fmt: skip
    """The same by its ending: `paper.pdf`, `paper.html`, `paper.xlsx`, `paper.csv`."""
    return _paper(request, period, pair, who, version, lang, ending)


def _paper(
    request: Request, period: str, pair: str, who: Viewer, version: int | None, lang: str,
    ending: str,
) -> Response:  # fmt: skip
    door, form = door_of(request), form_wanted(request, _FORMS, ending)
    with open_workspace(door.workspace) as opened:
        found = statement_seen(opened, who, period, pair, version)
        known = not_modified(request, f"{found.statement.sha256}.{len(found.events)}.{form}.{lang}")
        if known is not None:
            return known
        content = statement_paper(opened, found, form, lang, door.how.clock.now())
    name = f"statement.{period}.{'-'.join(found.pair)}.v{found.version}"
    answer = paper(content, form, name if ending else "", lang)
    answer.headers["ETag"] = etag(f"{found.statement.sha256}.{len(found.events)}.{form}.{lang}")
    return answer


class Accepted(Body):
    """A post accepts: the whole, or all but what is contested."""

    in_part: bool = False
    reason: Line = ""


@WAYS.post(
    "/{period}/{pair}/acceptance", response_model=StatementTold, summary="Accept it",
    openapi_extra=IDEMPOTENT, responses=MAY_WAIT,
)  # fmt: skip
def accept_(request: Request, period: MonthInPath, pair: InPath, made: Accepted, who: _Act) -> Any:
    """For each of the two posts, once it is final; when both have, it can be netted. It is the
    post that says so; whose account did, that post alone is told."""

    def do(opened: Workspace) -> dict[str, Any]:
        seen, clock = statement_seen(opened, who, period, pair), door_of(request).how.clock
        done = (opened, period, seen.pair, who.post, made.in_part, made.reason, clock, who.name)
        return statement_as_json(accept(*done), who)

    with open_workspace(door_of(request).workspace) as opened:
        named = "-".join(statement_seen(opened, who, period, pair).pair)
    asked = {"month": period, "pair": named, "in_part": made.in_part, "reason": made.reason}
    if waits := must_wait(request, who, "statements.accept", asked):
        return waits
    return write(request, who, made, do)


class OfLine(Body):
    """A line of the statement, or one item of it."""

    line: int = Field(ge=1, le=10**6)
    item: Code = ""
    reason: Line = ""


class Contested(OfLine):
    """What is contested, and why."""

    reason: Reason = Field(description="In words for the other post.")


class Answered(Contested):
    """The other post's answer: it agrees, or stands by the line."""

    concede: bool


def _say(
    request: Request, period: str, pair: str, who: Viewer, act: Act, made: OfLine
) -> dict[str, Any]:
    def do(opened: Workspace) -> dict[str, Any]:
        seen, clock = statement_seen(opened, who, period, pair), door_of(request).how.clock
        found = say_of_statement(
            opened, period, seen.pair, act, who.post, made.reason, clock, (made.line,), made.item,
            who.name,
        )  # fmt: skip
        return statement_as_json(found, who)

    return write(request, who, made, do)


@WAYS.post(
    "/{period}/{pair}/disputes", response_model=StatementTold, summary="Contest a line or an item",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def contest(
    request: Request, period: MonthInPath, pair: InPath, made: Contested, who: _Contest
) -> dict[str, Any]:
    """With a reason, as long as the two posts agreed that it can be."""
    return _say(request, period, pair, who, Act.DISPUTED, made)


@WAYS.post(
    "/{period}/{pair}/disputes/answer", response_model=StatementTold,
    summary="Answer what is contested", openapi_extra=IDEMPOTENT,
)  # fmt: skip
def answer(
    request: Request, period: MonthInPath, pair: InPath, made: Answered, who: _Act
) -> dict[str, Any]:
    """What is conceded is corrected by the next month that is settled."""
    act = Act.CONCEDED if made.concede else Act.MAINTAINED
    return _say(request, period, pair, who, act, made)


@WAYS.post(
    "/{period}/{pair}/disputes/withdrawal", response_model=StatementTold,
    summary="Contest it no longer", openapi_extra=IDEMPOTENT,
)  # fmt: skip
def withdraw(
    request: Request, period: MonthInPath, pair: InPath, made: OfLine, who: _Contest
) -> dict[str, Any]:
    """For the post that contested it."""
    return _say(request, period, pair, who, Act.WITHDRAWN, made)
