"""`datecertain letter sender`, `letter post`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import LOOKS, JsonOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.operations.case_persons import Person, read_person
from datecertain.operations.clock import Clock, FixedClock, SystemClock
from datecertain.operations.inquiries import Done
from datecertain.operations.letters import Letter, post_letter, sender_letter
from datecertain.operations.workspaces import open_workspace
from datecertain.wording.prepared import LETTER_LANGUAGES, letter_words

app = typer.Typer(
    name="letter",
    help="Letters to senders and to posts: text, HTML for a mail, PDF, or the whole mail.",
    no_args_is_help=True,
    **LOOKS,
)
LangOption = Annotated[
    str, typer.Option("--lang", help=f"Language of the letter: {', '.join(LETTER_LANGUAGES)}.")
]
PdfOption = Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write the PDF.")]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write the HTML of a mail.")
]
MailOption = Annotated[
    Path | None, typer.Option("--mail", metavar="FILE", help="Write the whole mail, PDF attached.")
]
FontsOption = Annotated[
    Path | None,
    typer.Option("--fonts", metavar="FOLDER", help="More fonts for the PDF (default: the folder "
                 "fonts of the workspace, if it is there)."),
]  # fmt: skip
DatedOption = Annotated[
    str | None, typer.Option("--dated", metavar="MOMENT", help="The letter's date (default: now).")
]


@app.command("sender")
def sender(
    item: Annotated[str, typer.Argument(help="S10 item number.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="The sender, as JSON: name, street, "
                                  "postcode, city, email.")
    ] = None,
    pdf: PdfOption = None,
    html: HtmlOption = None,
    mail: MailOption = None,
    fonts: FontsOption = None,
    dated: DatedOption = None,
    lang: LangOption = "en",
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """The letter about an item's refund: the decision, its reason, the amount, where the days went,
    how to ask for another decision. Without a file to write, its text.

    Example: datecertain letter sender EE815645503KR --lang ko --pdf letter.pdf -w october
    """
    clock, speak, person = _clock(dated), letter_words(lang), _person(to)
    with open_workspace(workspace) as opened:
        letter = sender_letter(opened, item, speak, clock, person.lines)
        folders = _fonts(opened.path, fonts)
    _give(letter, clock, (pdf, html, mail), folders, person.email, json_)


@app.command("post")
def post(
    inquiry: Annotated[str, typer.Argument(help="Id of an inquiry, or its begin.")],
    persons: Annotated[
        str | None,
        typer.Option("--persons", metavar="REASON", help="With sender and addressee; why is "
                     "recorded."),
    ] = None,
    actor: Annotated[
        str, typer.Option("--actor", envvar="DATECERTAIN_ACTOR", help="With --persons: who.")
    ] = "",
    pdf: PdfOption = None,
    html: HtmlOption = None,
    mail: MailOption = None,
    fonts: FontsOption = None,
    dated: DatedOption = None,
    lang: LangOption = "en",
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """An inquiry as a letter to the post that is asked. Without a file to write, its text.

    Example: datecertain letter post KR-261102-f98b0472 --pdf inquiry.pdf -w october
    """
    clock, speak = _clock(dated), letter_words(lang)
    if persons is not None and not actor:
        raise UsageError("--persons needs --actor: who asks for names is written down")
    wanted = None if persons is None else Done(actor, persons)
    with open_workspace(workspace, write=wanted is not None) as opened:
        letter = post_letter(opened, inquiry, speak, clock, wanted)
        folders = _fonts(opened.path, fonts)
    _give(letter, clock, (pdf, html, mail), folders, "", json_)


def _give(
    letter: Letter, clock: Clock, files: tuple[Path | None, Path | None, Path | None],
    fonts: tuple[Path, ...], address: str, json_: bool,
) -> None:  # fmt: skip
    from datecertain.web import letters  # noqa: PLC0415 - the typesetter is large

    written, now = letters.write(letter.document), clock.now()
    pdf, html, mail = files
    paper = b""
    if pdf is not None or mail is not None:
        paper = letters.letter_pdf(letter.document, letter.told, now, fonts)
    if pdf is not None:
        _write(pdf, paper)
    if html is not None:
        _write(html, written.html.encode())
    if mail is not None:
        _write(mail, letters.mail(written, paper, now, "letter", address))
    names = [str(file) for file in files if file is not None]
    if json_:
        say_json({"title": letter.document.title, "language": letter.document.language,
                  "files": names})  # fmt: skip
    elif names:
        say(*names)
    else:
        say(written.text.rstrip())


def _write(file: Path, data: bytes) -> None:
    """Letters name people: the file is for its owner alone."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


def _clock(dated: str | None) -> Clock:
    return SystemClock() if dated is None else FixedClock(parse_utc(dated))


def _fonts(workspace: Path, named: Path | None) -> tuple[Path, ...]:
    folder = named or workspace / "fonts"
    if named is not None and not named.is_dir():
        raise UsageError(f"{named} is not a folder: name one with fonts (.otf, .ttf)")
    return (folder.resolve(),) if folder.is_dir() else ()


def _person(file: Path | None) -> Person:
    if file is None:
        return Person()
    try:
        return read_person(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {type(error).__name__}") from error
