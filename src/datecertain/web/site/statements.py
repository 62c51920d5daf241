"""A statement down to the items behind each amount; contested, answered, accepted (req 44-46)."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.door.papers import Form as PaperForm
from datecertain.door.papers import form_wanted, paper
from datecertain.errors import NotAllowed, NotFound, UsageError
from datecertain.moments import DAY, format_utc
from datecertain.operations.approvals import ask_if_demanded
from datecertain.operations.statement_documents import stated_of
from datecertain.operations.statements import (
    Standee,
    accept,
    say_of_statement,
    statement_seen,
)
from datecertain.operations.telling_statements import account_seen
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.explaining import reason_label
from datecertain.settlement.life import OPEN, Act, State
from datecertain.settlement.stated import Stated
from datecertain.settlement.statement_papers import how_text, net_text, told_differences
from datecertain.settlement.statements import items_behind
from datecertain.web.site.frame import Crumb, go, page
from datecertain.web.site.grids import file_asked
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.settlement import answer_by, crumbs, statement_path
from datecertain.web.site.statement_tables import (
    differences_grid,
    items_grid,
    lines_grid,
    terms_grid,
)
from datecertain.web.site.table_files import FILE
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.web.statement_papers import statement_paper
from datecertain.wording.exact import ExactWords, exact_words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
_NAME = re.compile(
    r"((?:19|20)\d\d-(?:0[1-9]|1[0-2]))-([A-Z0-9]{2,8})-([A-Z0-9]{2,8})(?:-v(\d{1,5}))?"
)
_FORMS = (PaperForm.HTML, PaperForm.PDF, PaperForm.XLSX, PaperForm.CSV)
#: Items of a line on one page.
SHOWN = 100
_MOST = 300

_See = Annotated[Viewer, Depends(PageNeeds(Right.STATEMENTS))]
_Act = Annotated[Viewer, Depends(PageNeeds(Right.STATEMENTS_ACT))]
_Contest = Annotated[Viewer, Depends(PageNeeds(Right.CONTEST))]


@dataclass(frozen=True, slots=True)
class Named:
    """A statement as its address names it."""

    period: str
    pair: str
    version: int | None


def _named(name: str) -> Named:
    match = _NAME.fullmatch(name)
    if match is None:
        raise NotFound(f"{name!r} is no statement: 2026-10-KR-US is one")
    return Named(match[1], f"{match[2]}-{match[3]}", int(match[4]) if match[4] else None)


@PAGES.get("/statements/{name}")
@kept_page(by_the_minute=False)
def statement(
    request: Request, who: _See, name: str,
    line: Annotated[int, Query(ge=0, le=10**6)] = 0,
    item: Annotated[str, Query(max_length=20)] = "",
) -> Response:  # fmt: skip
    """One statement: what it comes to, why, how it stands, what can be done."""
    return _statement(request, who, name, {"line": str(line or ""), "item": item})


def _statement(
    request: Request, who: Viewer, name: str, fields: dict[str, str],
    refused: Refused | None = None,
) -> Response:  # fmt: skip
    named, language = _named(name), language_of(request, STAFF)
    speak = exact_words(page_words(language).language)
    with open_workspace(door_of(request).workspace) as opened:
        found = statement_seen(opened, who, named.period, named.pair, named.version)
        stated = stated_of(opened, found, speak.language)
        latest = found.version
        if named.version is not None:
            latest = statement_seen(opened, who, named.period, named.pair).version
    grids = [lines_grid(request, stated, speak, f"/statements/{name}")]
    if stated.before is not None:
        grids.append(differences_grid(request, stated, speak))
    grids.append(terms_grid(request, stated, speak))
    if answer := file_asked(request, grids, f"statement.{name}."):
        return answer
    stands, mine, day = stated.standing, who.post in found.pair, answer_by(found)
    current = found.version == latest
    return page(
        request, "statement.html.j2", who, status=422 if refused else 200, stated=stated,
        found=found, name=name, lines=grids[0], terms=grids[-1], speak=speak,
        fields={"line": "", "item": "", "reason": ""} | fields,
        differences=grids[1] if len(grids) > 2 else None, refused=refused, latest=latest,
        told_differences=told_differences(stated, speak), net=net_text(stated, speak),
        changed_before=stated.before_version, said_of_it=_history(found, speak, who),
        facts=_facts(found, stated, speak, day), papers=[form.value for form in _FORMS],
        reasons=[reason_label(one.reason, speak) for one in found.statement.lines],
        may_accept=current and mine and who.may(Right.STATEMENTS_ACT)
        and stands.state is State.FINAL and who.post not in stands.accepted_by,
        may_contest=current and mine and who.may(Right.CONTEST)
        and stands.state in (State.PROVISIONAL, State.FINAL)
        and who.post not in stands.accepted_by,
        may_answer=current and mine and who.may(Right.STATEMENTS_ACT), open_acts=OPEN,
        path=statement_path(found),
        crumbs=crumbs(speak, Crumb(f"{named.period} {named.pair}")),
    )  # fmt: skip


def _facts(
    found: Standee, stated: Stated, words: ExactWords, day: int | None
) -> list[tuple[str, str]]:
    facts = [
        (words.say("settle.version"), str(found.version)),
        (words.say("settle.written"), format_utc(found.written_at).replace("T", " ")),
        (words.say("settle.col.items"), words.count(stated.items)),
    ]
    if day is not None:
        key = "settle.contest_by" if found.standing.state is State.PROVISIONAL else "settle.answer"
        facts.append((words.say(key), words.date(day)))
    if found.standing.accepted_by:
        facts.append((words.say("settle.accepted_by"), ", ".join(found.standing.accepted_by)))
    if stated.netted is not None:
        text = words.say("settle.round", number=stated.netted.number)
        facts.append((words.say("settle.netted"), f"{text}, {words.date(stated.netted.netted_on)}"))
    facts.append(("SHA-256", found.statement.sha256))
    return facts


def _history(found: Standee, words: ExactWords, who: Viewer) -> list[dict[str, str]]:
    return [
        {"act": words.say(f"settle.act.{one.act}"), "by": one.actor,
         "account": account_seen(one, who) or "",
         "what": " ".join(filter(None, (str(one.line or ""), one.item))), "reason": one.reason,
         "day": words.date(one.at // DAY)}
        for one in found.events
    ]  # fmt: skip


@PAGES.get("/statements/{name}/lines/{number}")
@kept_page(by_the_minute=False)
def line_(
    request: Request, who: _See, name: str, number: int,
    after: Annotated[int, Query(ge=0, le=10**8)] = 0,
) -> Response:  # fmt: skip
    """The items behind an amount, and how it came about."""
    named = _named(name)
    speak = exact_words(page_words(language_of(request, STAFF)).language)
    with open_workspace(door_of(request).workspace) as opened:
        found = statement_seen(opened, who, named.period, named.pair, named.version)
        if not 1 <= number <= len(found.statement.lines):
            raise NotFound(f"the statement has no line {number}")
        stated = stated_of(opened, found, speak.language)
    rows = items_behind(found.statement, number)
    path = f"/statements/{name}"
    contest = path if who.may(Right.CONTEST) and who.post in found.pair else ""
    shown = items_grid(request, rows.slice(after, SHOWN), speak, number, contest)
    if FILE in request.query_params:
        whole = items_grid(request, rows, speak, number, "")
        if answer := file_asked(request, [whole], f"statement.{name}.line-{number}."):
            return answer
    one = found.statement.lines[number - 1]
    return page(
        request, "statement_line.html.j2", who, line=one, grid=shown, path=path, speak=speak,
        how=how_text(stated, one, speak), reason=reason_label(one.reason, speak),
        count=len(rows), after=after, shown=len(shown.rows),
        onward=f"?after={after + SHOWN}" if after + SHOWN < len(rows) else "",
        crumbs=crumbs(speak, Crumb(f"{named.period} {named.pair}", path),
                      Crumb(speak.say("settle.line_of", number=number))),
    )  # fmt: skip


@PAGES.get("/statements/{name}/paper.{ending}")
def paper_(request: Request, who: _See, name: str, ending: str) -> Response:
    """The statement as HTML, PDF, workbook or CSV."""
    named, door = _named(name), door_of(request)
    form = form_wanted(request, _FORMS, ending)
    language = page_words(language_of(request, STAFF)).language
    with open_workspace(door.workspace) as opened:
        found = statement_seen(opened, who, named.period, named.pair, named.version)
        content = statement_paper(opened, found, form, language, door.how.clock.now())
    as_file = "" if form is PaperForm.HTML else f"statement.{found.statement_id}"
    return paper(content, form, as_file, language)


@PAGES.post("/statements/{name}/accept")
def accept_(request: Request, who: _Act, name: str, form: Form) -> Response:
    """The post accepts, the whole or all but what is contested."""
    named, door = _named(name), door_of(request)
    reason, in_part = form.get("reason", "").strip()[:_MOST], form.get("in_part", "") == "1"
    try:
        with open_workspace(door.workspace, write=True) as opened:
            seen = _own(statement_seen(opened, who, named.period, named.pair), who)
            waits = _asked(request, who, seen, in_part, reason)
            if waits is not None:
                return go(f"/approvals/{waits}", "said.approval_asked")
            accept(
                opened, named.period, seen.pair, who.post, in_part, reason, door.how.clock, who.name
            )
    except (NotFound, NotAllowed):
        raise
    except UsageError as error:
        return _statement(
            request, who, name, dict(form), refused(request, "settle.fault.accept", error)
        )
    return go(f"/statements/{name}", "said.settle.accepted")


def _asked(request: Request, who: Viewer, seen: Standee, in_part: bool, reason: str) -> int | None:
    """The approval that acceptance waits for, where two must look at it; None: nobody else."""
    door = door_of(request)
    asked = {"month": seen.statement.period, "pair": "-".join(seen.pair), "in_part": in_part,
             "reason": reason}  # fmt: skip
    made = ask_if_demanded(
        door.access, door.workspace, who, "statements.accept", asked, int(time.time()),
        door.how.clock,
    )  # fmt: skip
    return None if made is None else made.number


@PAGES.post("/statements/{name}/contest")
def contest(request: Request, who: _Contest, name: str, form: Form) -> Response:
    """A line, or an item of it, is contested with a reason."""
    return _say(request, who, name, form, Act.DISPUTED)


@PAGES.post("/statements/{name}/answer")
def answer_(request: Request, who: _Act, name: str, form: Form) -> Response:
    """The other post agrees, or stands by the line."""
    concede = form.get("answer", "") == "concede"
    return _say(request, who, name, form, Act.CONCEDED if concede else Act.MAINTAINED)


@PAGES.post("/statements/{name}/withdraw")
def withdraw(request: Request, who: _Contest, name: str, form: Form) -> Response:
    """Who contested does so no longer."""
    return _say(request, who, name, form, Act.WITHDRAWN)


def _say(request: Request, who: Viewer, name: str, form: Form, act: Act) -> Response:
    named, door, fields = _named(name), door_of(request), dict(form)
    reason, line = form.get("reason", "").strip()[:_MOST], form.get("line", "").strip()
    item = form.get("item", "").strip().replace(" ", "").upper()[:20]
    if not reason and act is not Act.WITHDRAWN:
        return _statement(request, who, name, fields, Refused("settle.fault.reason"))
    if not (line.isascii() and line.isdigit() and len(line) < 7):
        return _statement(request, who, name, fields, Refused("settle.fault.line"))
    try:
        with open_workspace(door.workspace, write=True) as opened:
            seen = _own(statement_seen(opened, who, named.period, named.pair), who)
            say_of_statement(
                opened, named.period, seen.pair, act, who.post, reason, door.how.clock,
                (int(line),), item, who.name,
            )  # fmt: skip
    except (NotFound, NotAllowed):
        raise
    except UsageError as error:
        return _statement(request, who, name, fields, refused(request, "settle.fault.say", error))
    return go(f"/statements/{name}#disputes", f"said.settle.{act}")


def _own(found: Standee, who: Viewer) -> Standee:
    if who.post not in found.pair:
        raise NotAllowed("only a post of the statement says something of it")
    return found
