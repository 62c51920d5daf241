"""The meeting pack written out: a web page and a PDF in each language, its figures as JSON, and
the explanations of the items that it names (req 63, 70; decision 16)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files as package_files
from pathlib import Path

from markupsafe import Markup

from datecertain.operations.clock import Clock
from datecertain.operations.explaining import explain_item
from datecertain.operations.kept_packs import KeptPack, keep_pack
from datecertain.operations.packing import make_pack
from datecertain.planning.meeting import Asking, Pack, Page, Sheet, Subject, Unit
from datecertain.planning.services import Service
from datecertain.store import Workspace
from datecertain.web import documents
from datecertain.web.explanation import explanation_html
from datecertain.web.pack_charts import STYLE, Drawn, charts_of, on_paper
from datecertain.web.pack_leads import leads
from datecertain.web.pack_words import NUMBERS, PackWords
from datecertain.web.pages import templates
from datecertain.wording import LANGUAGES, words
from datecertain.wording.documents import (
    Block,
    Document,
    Facts,
    Heading,
    Notice,
    Paragraph,
    Picture,
    Table,
)

NAME = "meeting-pack"
#: Of a digest so much is printed; pack.json has all of it.
_SHOWN = 16
_EXPLAIN = "datecertain explain"


@dataclass(frozen=True, slots=True)
class Shown:
    """A table ready to be written; `links` are the item numbers of its rows, empty without."""

    key: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int]
    query: str
    items: int  # the column of item numbers, -1: none


@dataclass(frozen=True, slots=True)
class View:
    """A page ready to be written."""

    key: str
    title: str
    leads: tuple[str, ...]
    keys: tuple[tuple[str, str, str], ...]  # label, number, its interval or empty
    charts: dict[str, Drawn]
    tables: tuple[Shown, ...]
    sources: str


def views_of(pack: Pack, speak: PackWords) -> list[View]:
    """The pages in a language."""
    return [_view(pack, page, speak) for page in pack.pages]


def _view(pack: Pack, page: Page, speak: PackWords) -> View:
    used = [*(one.query for one in page.figures), *(sheet.query for sheet in page.sheets)]
    return View(
        str(page.subject), speak.say(f"page.{page.subject}"), tuple(leads(page, speak)),
        tuple((speak.say(f"figure.{one.key}"), speak.figure(one), speak.interval(one))
              for one in page.figures),
        {one.sheet: one for one in charts_of(page, speak)},
        tuple(_table(pack, sheet, speak) for sheet in page.sheets if sheet.rows),
        speak.say("source", keys=", ".join(dict.fromkeys(used))),
    )  # fmt: skip


def _table(pack: Pack, sheet: Sheet, speak: PackWords) -> Shown:
    head = [speak.head(column) for column in sheet.columns]
    rows = [tuple(row) for row in speak.rows(sheet)]
    units = [column.unit for column in sheet.columns]
    numbers = {at for at, unit in enumerate(units) if unit in NUMBERS}
    if sheet.key == "actions":  # what was decided is words, and stands with the pack's actions
        head.insert(1, speak.say("column.title"))
        titles = [str(one["title"][speak.language]) for one in pack.actions]
        rows = [(row[0], title, *row[1:]) for row, title in zip(rows, titles, strict=True)]
        numbers = {at + (at > 0) for at in numbers}
    return Shown(
        sheet.key, speak.say(f"sheet.{sheet.key}"), tuple(head), tuple(rows), frozenset(numbers),
        sheet.query, units.index(Unit.ITEM) if Unit.ITEM in units else -1,
    )  # fmt: skip


def notices(pack: Pack, speak: PackWords) -> list[str]:
    """What has to be known before anything is read."""
    return [speak.say(key) for key, told in (
        ("synthetic", pack.synthetic), ("published", pack.published)
    ) if told]  # fmt: skip


def heading(pack: Pack, speak: PackWords) -> dict[str, str]:
    """What stands above all pages."""
    return {
        "title": speak.say("title"),
        "period": speak.say("period", first=speak.w.day(pack.first_day),
                            last=speak.w.day(pack.last_day)),
        "closing": speak.say("closing", moment=speak.w.moment(pack.closing_at)),
        "made": speak.say("made", moment=speak.w.moment(pack.made_at)),
        "posts": " · ".join(f"{code} {speak.w.post(code)}" for code, *_ in pack.posts),
        "network": speak.say("network", version=pack.network_version, rules=pack.rules_version),
    }  # fmt: skip


def pack_html(pack: Pack, language: str, items: bool = True) -> str:
    """The web page. `items`: whether explanations lie beside it, in the folder `items`."""
    speak = PackWords(pack, language)
    return templates().get_template("pack.html.j2").render(
        pack=pack, notices=notices(pack, speak), say=speak.say, language=language,
        heading=heading(pack, speak), views=views_of(pack, speak), pack_style=_style(),
        asked=decisions(pack, speak), items=items,
        others=[(one, words(one).say("report.language"), f"{NAME}.{one}.html")
                for one in LANGUAGES if one != language],
        command=_EXPLAIN, shown=_SHOWN,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _style() -> Markup:
    folder = package_files("datecertain.web")
    texts = [(folder / name).read_text(encoding="utf-8") for name in (STYLE, "templates/pack.css")]
    return Markup("\n".join(texts))


def decisions(pack: Pack, speak: PackWords) -> list[tuple[str, str, str, str]]:
    """(number, title, text, the page it rests on) of each decision asked."""
    return [
        (speak.say("decision.number", n=number), one.titles[speak.language],
         one.texts[speak.language],
         speak.say("decision.page", page=speak.say(f"page.{one.subject}")) if one.subject else "")
        for number, one in enumerate(pack.asked, 1)
    ]  # fmt: skip


def pack_pdf(pack: Pack, language: str) -> bytes:
    """The paper: a page a subject, the queries at the end."""
    speak = PackWords(pack, language)
    head, blocks, pictures = heading(pack, speak), list[Block](), dict[str, Markup]()
    blocks += [Notice(text) for text in notices(pack, speak)]
    for view in views_of(pack, speak):
        blocks += _paper(view, pack, speak, pictures)
    blocks += [Heading(speak.say("annex")), Paragraph(speak.say("annex_intro")), Table(
        "", tuple(speak.say(f"column.{name}") for name in ("query", "command", "digest")),
        tuple((one.key, one.command, one.digest[:_SHOWN]) for one in pack.queries),
    )]  # fmt: skip
    document = Document(
        language, head["title"], pack.title, head["period"], head["closing"],
        tuple(blocks), footer=speak.say("confidential"),
        to=(head["made"], head["network"], head["posts"]),
    )  # fmt: skip
    return documents.pdf(document, pack.made_at, pictures, template="pack.typ")


def _paper(view: View, pack: Pack, speak: PackWords, pictures: dict[str, Markup]) -> list[Block]:
    """A subject as blocks: sentences, large numbers, each chart before its table."""
    blocks: list[Block] = [Heading(view.title), *(Paragraph(text) for text in view.leads)]
    blocks.append(Facts(tuple(
        (label, f"{number}\n{ends}" if ends else number) for label, number, ends in view.keys
    )))  # fmt: skip
    if view.key == Subject.DECISIONS:
        for number, title, text, see in decisions(pack, speak):
            blocks += [Notice(f"{number}. {title}"), Paragraph(" ".join(filter(None, (text, see))))]
    for table in view.tables:
        if table.key in view.charts:
            drawn = view.charts[table.key]
            pictures[drawn.sheet] = on_paper(drawn)
            blocks.append(Picture(drawn.sheet, drawn.alt, Table(drawn.caption, (), ())))
        caption = f"{table.caption} [{table.query}]"
        blocks.append(Table(caption, table.head, table.rows, table.numbers))
        if table.items >= 0:
            command = f"{_EXPLAIN} {table.rows[0][table.items]}"
            blocks.append(Paragraph(speak.say("item_command", command=command)))
    return blocks


def write_pack(
    workspace: Workspace, pack: Pack, languages: Sequence[str], folder: Path, clock: Clock
) -> list[Path]:
    """All files of a pack into a folder; their paths. The same pack gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in languages:
        page = folder / f"{NAME}.{language}.html"
        page.write_text(pack_html(pack, language), encoding="utf-8")
        paper = folder / f"{NAME}.{language}.pdf"
        paper.write_bytes(pack_pdf(pack, language))
        written += [page, paper]
    text = json.dumps(pack.as_json(), ensure_ascii=False, indent=2)
    (folder / "pack.json").write_text(text + "\n", encoding="utf-8")
    written.append(folder / "pack.json")
    if pack.items:
        (folder / "items").mkdir(exist_ok=True)
    for item in pack.items:
        told = explain_item(workspace, item, None, clock)
        for language in languages:
            path = folder / "items" / f"{item}.{language}.html"
            path.write_text(explanation_html(told, words(language)), encoding="utf-8")
            written.append(path)
    return written


def keep_published_pack(
    workspace: Workspace, months: Sequence[str], by: str, clock: Clock,
    asked: Sequence[Asking] = (), services: Sequence[Service] = (),
    told: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[KeptPack, bool]:  # fmt: skip
    """Make the pack of some months that the group may publish, and keep it in the workspace;
    whether it is new. Raises `NotFound` when a month was not judged."""
    made = make_pack(workspace, months, clock, asked, services, told=told, published=True)

    def write(folder: Path) -> None:
        write_pack(workspace, made, LANGUAGES, folder, clock)

    return keep_pack(workspace.path, made, by, write)
