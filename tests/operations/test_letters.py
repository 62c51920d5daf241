"""Letters of a simulated month: what they say, on paper and as mail, in Korean and English."""

from __future__ import annotations

import email
import html
import re
from dataclasses import replace
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from claim_workspaces import LATE_ITEM, OPEN_ITEM, claim, claims_workspace
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month

from datecertain.claims.letters import Decision, Ground, letter_to_sender
from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import current_verdicts
from datecertain.operations.letters import Letter, decision_of, sender_letter
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.verdict.explaining import Explanation
from datecertain.web.documents import font_order
from datecertain.web.letters import letter_pdf, mail, write
from datecertain.wording import LANGUAGES, words
from datecertain.wording.documents import Picture, as_text, width
from datecertain.wording.prepared import LETTER_LANGUAGES, LETTERS, PREPARED, letter_words

NAME = (
    "<b>#sys.version</b> *김* $x$ 뷁"  # markup to a browser and to the typesetter; a rare syllable
)


@pytest.fixture(scope="module")
def judged(month: Month) -> Any:
    with open_workspace(month.judged) as opened:
        yield opened


def items_of(workspace: Workspace, outcome: str) -> list[str]:
    rows = current_verdicts(workspace, [PERIOD]).to_pylist()
    return sorted(row["item_id"] for row in rows if row["sender_outcome"] == outcome)


@pytest.fixture(scope="module")
def late(judged: Workspace) -> str:
    return next(item for item in items_of(judged, "late_liable") if item.endswith("KR"))


@pytest.fixture(scope="module")
def decided(judged: Workspace, late: str) -> tuple[Decision, Explanation]:
    return decision_of(judged, late, CLOCK)


def korean(judged: Workspace, item: str, to: tuple[str, ...] = ()) -> Letter:
    return sender_letter(judged, item, letter_words("ko"), CLOCK, to)


def pages(pdf: bytes) -> list[str]:
    """The text of each page as another library reads it, without its breaks."""
    document = pypdfium2.PdfDocument(pdf)
    return [re.sub(r"\s+", " ", page.get_textpage().get_text_bounded()) for page in document]


def test_the_amount_is_the_published_share_of_the_postage_paid(judged: Workspace) -> None:
    """Every post of the bundled network gives back the whole postage (terms.csv)."""
    for item in items_of(judged, "late_liable")[:5]:
        decision, told = decision_of(judged, item, CLOCK)
        (row,) = current_items(judged, None, item).to_pylist()
        assert decision.granted
        assert told.towards == "sender"
        assert (decision.percent, decision.amount_minor) == (100, row["postage_minor"])
        assert decision.currency == row["currency"]


def test_every_verdict_has_a_letter_in_every_language(judged: Workspace) -> None:
    for outcome, title in (
        ("late_liable", "granted"), ("late_excused", "refused"), ("on_time", "refused"),
        ("not_guaranteed", "refused"),
    ):  # fmt: skip
        item = items_of(judged, outcome)[0]
        for language in LANGUAGES:
            speak = letter_words(language)
            document = sender_letter(judged, item, speak, CLOCK).document
            assert document.title == words(language).say(f"letter.title.{title}")
            assert item in as_text(document)
            assert "None" not in as_text(document)


def test_the_staircase_names_both_countries_in_the_language(
    decided: tuple[Decision, Explanation],
) -> None:
    for language in LETTER_LANGUAGES:
        speak = letter_words(language)
        document = letter_to_sender(*decided, "Post", {}, speak)
        (picture,) = (one for one in document.blocks if isinstance(one, Picture))
        for post in (decided[1].origin, decided[1].destination):
            assert speak.words.say(f"country.{post}") in picture.alt


@pytest.mark.parametrize("ground", list(Ground))
def test_every_ground_gives_its_reason(
    decided: tuple[Decision, Explanation], ground: Ground
) -> None:
    decision, told = decided
    day = parse_date("2026-11-20")
    reason = "no_delay" if ground is Ground.OTHER else "customs"
    other = replace(decision, ground=ground, reason=reason, until=day, appeal_until=day + 30)
    for language in LETTER_LANGUAGES:
        speak = letter_words(language)
        text = unbroken(as_text(letter_to_sender(other, told, "Post", {}, speak)))
        why = speak.words.say(f"letter.why.{ground}", reason="…", until="…").partition("…")[0]
        assert unbroken(why) in text
        assert unbroken(speak.words.date(day + 30)) in text
        assert (unbroken(speak.words.say("letter.never")) in text) is other.granted


def unbroken(text: str) -> str:
    """A text without blanks and ends of lines."""
    return "".join(text.split())


def test_on_paper_in_korean(judged: Workspace, late: str) -> None:
    letter = korean(judged, late, (NAME, "종로 1"))
    pdf = letter_pdf(letter.document, letter.told, CLOCK.now())
    first, second = pages(pdf)
    assert "우편요금 환불 안내" in first
    assert NAME in first, "a name is never read as markup"
    assert late in first
    assert "단계별 소요 일수" in second
    assert "접수" in second, "the staircase is text, not an image of text"
    assert pdf.count(b"/FontFile3") >= 1
    assert b"Pretendard" in pdf
    assert all(mark in pdf for mark in (b"pdfaid", b"pdfuaid", b"/StructTreeRoot", b"(ko)"))
    again = letter_pdf(letter.document, letter.told, CLOCK.now())
    assert again == pdf, "the same letter gives the same bytes"
    assert len(pdf) < 100_000


def test_a_sign_that_no_font_shows_is_refused_and_not_told(judged: Workspace, late: str) -> None:
    letter = korean(judged, late, ("山田太郎",))
    with pytest.raises(UsageError, match="no font at hand shows CJK") as refused:
        letter_pdf(letter.document, letter.told, CLOCK.now())
    assert not set("山田太郎") & set(str(refused.value))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert "山田太郎" in write(letter.document).html, "as mail it can be sent"


class Parts(HTMLParser):
    """What a mail program would meet in HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_as_mail_it_asks_for_nothing(judged: Workspace, late: str) -> None:
    for language in LANGUAGES:
        document = sender_letter(judged, late, letter_words(language), CLOCK, (NAME,)).document
        written = write(document)
        parts = Parts(written.html)
        assert written.html.startswith("<!DOCTYPE html>")
        assert set(parts.tags) <= {
            "html", "head", "meta", "title", "body", "table", "tr", "td", "th", "p", "br", "h1",
            "h2",
        }  # fmt: skip
        names = {name for name, _ in parts.attributes}
        assert not names & {"class", "id", "src", "href", "background", "onload"}
        assert not any("url(" in (value or "") for _, value in parts.attributes)
        assert NAME in "".join(parts.said)
        # The plain text says the same: every word of the text stands in the HTML.
        said = " ".join("".join(parts.said).split())
        for word in re.split(r"[\s:;*=-]+", written.text):
            assert word in said


def test_the_whole_mail(judged: Workspace, late: str) -> None:
    letter = korean(judged, late)
    pdf = letter_pdf(letter.document, letter.told, CLOCK.now())
    data = mail(write(letter.document), pdf, CLOCK.now(), "letter", "hong@kr.example")
    assert data == mail(write(letter.document), pdf, CLOCK.now(), "letter", "hong@kr.example")
    read = email.message_from_bytes(data, policy=default)
    assert read["Subject"] == "우편요금 환불 안내"
    assert read["To"] == "hong@kr.example"
    kinds = [part.get_content_type() for part in read.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    plain, attached = read.get_body(("plain",)), list(read.iter_attachments())
    assert plain is not None
    assert late in plain.get_content()
    assert attached[0].get_content() == pdf


@pytest.mark.parametrize("language", PREPARED)
def test_a_letter_in_a_prepared_language_is_in_it_and_says_who_has_not_read_it(
    judged: Workspace, late: str, language: str
) -> None:
    speak = letter_words(language)
    letter = sender_letter(judged, late, speak, CLOCK)
    text = as_text(letter.document)
    assert letter.document.language == language
    assert speak.notice in html.unescape(write(letter.document).html)
    assert speak.words.date(letter.told.promised_on) in text.replace("\n", "")
    assert max(width(line) for line in text.splitlines() if ";" not in line) <= LONGEST[language]
    if language in ("fr", "es"):
        first = pages(letter_pdf(letter.document, letter.told, CLOCK.now()))[0]
        assert speak.notice in first
        return
    # Beside the codes and names of the data no word is in Latin letters.
    latin = set(re.findall(r"[A-Za-z]{2,}", text))
    assert {word for word in latin if word[0].islower()} <= {"of", "and"}
    with pytest.raises(UsageError, match="no font at hand shows"):
        letter_pdf(letter.document, letter.told, CLOCK.now())


def test_of_several_fonts_those_named_for_the_language_come_first() -> None:
    """Chinese letters look otherwise in Beijing, Hong Kong and Tokyo; one font has them all."""
    families = ("Pretendard", "DejaVu Sans", "Noto Sans CJK HK", "Noto Sans CJK JP",
                "Noto Sans CJK SC", "Noto Sans Thai")  # fmt: skip
    first = {language: font_order(language, families)[:2] for language in LETTER_LANGUAGES}
    assert first["ja"] == ["Pretendard", "Noto Sans CJK JP"]
    assert first["zh-Hans"] == ["Pretendard", "Noto Sans CJK SC"]
    assert first["zh-Hant"] == ["Pretendard", "Noto Sans CJK HK"]
    assert first["th"] == ["Pretendard", "Noto Sans Thai"]
    assert first["fr"] == ["Pretendard", "DejaVu Sans"]


#: Columns of the longest line, with the mark of a notice before it. A line of Thai ends at a blank,
#: and Thai has few.
LONGEST = dict.fromkeys(PREPARED, 78) | {"th": 110}


def test_a_language_that_lacks_a_text_falls_back_visibly(
    judged: Workspace, late: str, tmp_path: Path
) -> None:
    for language in PREPARED:
        texts = (LETTERS / f"{language}.toml").read_text(encoding="utf-8")
        texts = re.sub(r'"letter.dear" = ".*"', '"letter.dear" = ""', texts)
        (tmp_path / f"{language}.toml").write_text(texts, encoding="utf-8")
        speak = letter_words(language, tmp_path)
        document = sender_letter(judged, late, speak, CLOCK).document
        text = as_text(document)
        assert document.language == "en"
        assert speak.notice in html.unescape(write(document).html)
        assert text.index("is not translated into") < text.index("Dear sender")
    first = pages(letter_pdf(document, None, CLOCK.now()))[0]
    assert "is not translated into Thai yet" in first


def test_the_commands_write_files_for_their_owner_alone(
    month: Month, late: str, tmp_path: Path
) -> None:
    person = tmp_path / "sender.json"
    person.write_text('{"name": "홍길동", "email": "hong@kr.example"}', encoding="utf-8")
    files = {name: tmp_path / f"letter.{name}" for name in ("pdf", "html", "mail")}
    told = say("letter", "sender", late, "--to", person, "--lang", "ko", "--dated",
               "2026-11-24T00:00Z", *(w for n, f in files.items() for w in (f"--{n}", f)), "--json",
               "-w", month.judged)  # fmt: skip
    assert told.code == 0, told.err
    assert "홍길동" not in told.out
    assert told.json["files"] == [str(file) for file in files.values()]
    assert all(file.stat().st_mode & 0o077 == 0 for file in files.values())
    assert "홍길동" in pages(files["pdf"].read_bytes())[0]
    refused = say("letter", "sender", late, "--lang", "xx", "-w", month.judged)
    assert (refused.code, "use one of en, ko, ja" in refused.err) == (1, True)


def test_a_claim_decides_what_its_sender_is_told(tmp_path: Path) -> None:
    """Of an item delivered two days late: claimed in time, and another claimed too late."""
    in_time = claims_workspace(tmp_path / "in-time")
    granted = claim(in_time, "2026-11-03T00:00Z")
    late = claims_workspace(tmp_path / "too-late")
    refused = claim(late, "2026-11-21T00:00Z")  # the window closed with 20 November in Seoul
    with open_workspace(in_time) as opened:
        decision, _ = decision_of(opened, LATE_ITEM, CLOCK)
    assert (decision.reference, decision.ground) == (granted.case_id, Ground.LATE)
    assert (decision.percent, decision.amount_minor) == (100, 30_000)
    assert decision.decided_on == parse_date("2026-11-03")
    with open_workspace(late) as opened:
        decision, _ = decision_of(opened, LATE_ITEM, CLOCK)
        text = as_text(sender_letter(opened, LATE_ITEM, letter_words("en"), CLOCK).document)
    assert (decision.reference, decision.ground) == (refused.case_id, Ground.OUT_OF_TIME)
    assert (decision.amount_minor, decision.until) == (0, parse_date("2026-11-20"))
    # Refused on the 21st at nine in Seoul; thirty days after that.
    assert decision.appeal_until == parse_date("2026-12-21")
    text = " ".join(text.split())
    assert "A refund can be asked for until Fri 20 Nov 2026." in text
    assert "21 Dec 2026" in text


def test_no_letter_before_a_claim_is_decided(tmp_path: Path) -> None:
    folder = claims_workspace(tmp_path / "w")
    waiting = claim(folder, "2026-11-03T00:00Z", OPEN_ITEM)
    with open_workspace(folder) as opened, pytest.raises(UsageError, match=waiting.case_id):
        decision_of(opened, OPEN_ITEM, CLOCK)
