"""A meeting pack to read: its subjects in the frame of the site, each figure with the page on which
it can be looked into, its files, and the actions that rest on it (req 68, 70)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.door.papers import Form, paper
from datecertain.kept import Kept
from datecertain.operations.kept_packs import KeptPack, find_pack, kept_file, read_pack
from datecertain.operations.quality_looks import looked_months
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.meeting import Cell as Value
from datecertain.planning.meeting import Figure, Pack, Query, Sheet
from datecertain.web.pack import View, decisions, heading, notices, views_of
from datecertain.web.pack_words import NUMBERS, PackWords
from datecertain.web.site.actions import register_grid, register_of
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.grids import Cell, Grid, Head, file_asked, grid
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import named
from datecertain.web.site.packs import Reader, months_named
from datecertain.web.site.table_files import FILE, KINDS

PAGES = APIRouter(include_in_schema=False)
ENTRIES: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A large number: what it is of, its interval or nothing, and where it can be looked into."""

    label: str
    text: str
    ends: str
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """A subject ready to be shown."""

    view: View
    numbers: tuple[Number, ...]
    grids: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A pack in a language for viewers with the same rights. `notices`: what has to be known
    first."""

    parts: tuple[Part, ...]
    queries: Grid
    heading: dict[str, str]
    notices: list[str]
    asked: list[tuple[str, str, str, str]]


#: Packs are frozen: what was made of one is kept.
_WRITTEN: Kept[Written] = Kept(24)


@PAGES.get("/packs/{name}")
def read(request: Request, who: Reader, name: str) -> Response:
    """A pack, subject by subject."""
    language = language_of(request, STAFF)
    words, workspace = page_words(language), door_of(request).workspace
    kept = find_pack(workspace, named(name))
    key = (str(workspace), kept.name, language, tuple(sorted(who.rights)))
    written = _WRITTEN.get(key, lambda: _written(request, workspace, kept, language, who))
    with open_workspace(workspace) as opened:
        latest = next(iter(looked_months(opened)), None)
        actions = [one for one in register_of(request, opened, who, latest)
                   if one["at_meeting"]["period"] in kept.months]  # fmt: skip
    register = register_grid(request, words, actions, "register", words.say("packs.register"))
    grids = [*(one for part in written.parts for one in part.grids), register, written.queries]
    if answer := file_asked(request, grids, f"{kept.name}."):
        return answer
    title = months_named(kept.months, words)
    return page(
        request, "pack.html.j2", who, kept=kept, pack=written, title=title,
        register=register if actions else None,
        files=[(one.name, f"/packs/{kept.name}/files/{one.name}") for one in kept.files],
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("packs.title"), "/packs"),
                Crumb(title)),
    )  # fmt: skip


def _written(
    request: Request, workspace: Path, kept: KeptPack, language: str, who: Viewer
) -> Written:
    pack = read_pack(workspace, kept.name)
    speak = PackWords(pack, language)
    paths = {one.key: path_of(one, who) for one in pack.queries}

    def own(one: Grid) -> Grid:
        """With the addresses of its files, whatever else stood in that of the page."""
        links = ((kind.upper(), f"/packs/{kept.name}?{FILE}={one.name}.{kind}") for kind in KINDS)
        return replace(one, downloads=tuple(links))

    parts = tuple(
        Part(
            view, tuple(_number(one, speak, paths) for one in page_.figures),
            tuple(own(_grid(request, sheet, speak, paths, pack))
                  for sheet in page_.sheets if sheet.rows),
        )
        for page_, view in zip(pack.pages, views_of(pack, speak), strict=True)
    )  # fmt: skip
    return Written(
        parts, own(_queries(request, speak, pack)), heading(pack, speak), notices(pack, speak),
        decisions(pack, speak),
    )  # fmt: skip


def _number(one: Figure, speak: PackWords, paths: dict[str, str]) -> Number:
    return Number(
        speak.say(f"figure.{one.key}"), speak.figure(one), speak.interval(one), paths[one.query]
    )


def _grid(
    request: Request, sheet: Sheet, speak: PackWords, paths: dict[str, str], pack: Pack
) -> Grid:
    """A table as it stands in the pack; in a file its numbers are raw. Its first column leads to
    the page that the table can be looked into."""
    heads = [Head(speak.head(column), "num" if column.unit in NUMBERS else "")
             for column in sheet.columns]  # fmt: skip
    path = paths[sheet.query]
    rows = []
    for raw, texts in zip(sheet.rows, speak.rows(sheet), strict=True):
        cells = [Cell(text, _raw(value)) for text, value in zip(texts, raw, strict=True)]
        rows.append([Cell(cells[0].text, cells[0].value, path), *cells[1:]])
    if sheet.key == "actions":  # what was decided is words, and stands with the pack's actions
        heads.insert(1, Head(speak.say("column.title")))
        for row, action in zip(rows, pack.actions, strict=True):
            row.insert(1, Cell(str(action["title"][speak.language])))
    return grid(request, sheet.key, speak.say(f"sheet.{sheet.key}"), heads, rows,
                note=sheet.query)  # fmt: skip


def _raw(value: Value) -> str | int | None:
    return f"{value:.9g}" if isinstance(value, float) else "" if value is None else value


def _queries(request: Request, speak: PackWords, pack: Pack) -> Grid:
    heads = [Head(speak.say(f"column.{name}"), kind)
             for name, kind in (("query", ""), ("command", ""), ("digest", "mono"))]  # fmt: skip
    rows = [(one.key, one.command, Cell(one.digest[:16], one.digest)) for one in pack.queries]
    return grid(request, "queries", speak.words.say("packs.queries"), heads, rows,
                note=speak.say("annex_intro"))  # fmt: skip


#: Which page tells what a query of a pack tells, and the right to it.
_TOLD_ON = {
    "report_cards": (Right.REPORTS, "/report-cards"),
    "month_report": (Right.REPORTS, "/report-cards"),
    "lane_standings": (Right.LANES, "/resume"),
    "board_rows": (Right.LANES, "/resume"),
    "quality_report": (Right.DATA_QUALITY, "/data-quality"),
    "published_recovery": (Right.VOLUMES, "/volumes"),
    "show_volumes": (Right.VOLUMES, "/volumes"),
    "forecast_table": (Right.VOLUMES, "/volumes"),
    "stored_money": (Right.NETTING, "/netting"),
    "list_actions": (Right.PACKS, "/actions"),
    "try_service": (Right.PLANS, "/plans"),
}


def path_of(query: Query, who: Viewer) -> str:
    """The page of the site that tells what a query tells, with its months; empty: there is none, or
    not for this viewer."""
    right, path = _TOLD_ON.get(query.operation, (None, ""))
    if right is None or not who.may(right):
        return ""
    asked, months = {}, [str(one) for one in query.parameters.get("months", ())]
    if path == "/report-cards":
        by = str(query.parameters.get("by", "leg"))
        asked = {"from": months[0], "to": months[-1], "by": by, "scope": "group"}
    elif path == "/data-quality":
        asked = {"month": months[-1]}
    elif path == "/actions":
        asked = {"period": str(query.parameters["month"])}
    return f"{path}?{urlencode(asked)}" if asked else path


@PAGES.get("/packs/{name}/files/{file}")
def file(request: Request, who: Reader, name: str, file: str) -> Response:
    """A file of a pack, as it was made."""
    kept, content = kept_file(door_of(request).workspace, named(name), named(file))
    stem, _, ending = kept.name.rpartition(".")
    language = stem.rpartition(".")[2]
    answer = paper(content, Form(ending), f"{name}-{stem}", language if language != stem else "en")
    answer.headers["Cache-Control"] = "no-store"
    return answer
