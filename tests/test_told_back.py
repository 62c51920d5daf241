"""What was told in English, told back in Korean: how sentences are found, and that all are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

import datecertain
from datecertain.access import Role
from datecertain.claims import inquiries
from datecertain.claims.cases import Actor, Event, State, moved
from datecertain.claims.deciding import Reason
from datecertain.claims.inquiries import Act, Happened, Standing, after
from datecertain.claims.references import EXPECTED
from datecertain.errors import LayoutError, NetworkError, UsageError
from datecertain.messages import vocabulary
from datecertain.messages.doors.told import REQUIRED
from datecertain.messages.profiles import read_profile
from datecertain.network import Network
from datecertain.network.loading import bundled_folder, read_texts
from datecertain.operations import promising
from datecertain.operations.job_kinds import KINDS
from datecertain.promise import reasons as promise_reasons
from datecertain.promise.records import PromiseEvent, PromiseState
from datecertain.settlement.tariff_files import tariff_of
from datecertain.wording import LANGUAGES, Said, glossary, words
from datecertain.wording.senders import sender_words
from datecertain.wording.told_back import InEnglish, Piece, told_back, told_text

KO = words("ko")
SOURCES = Path(datecertain.__file__).parent
HANGUL = re.compile(r"[가-힣]")

#: Whose sentences are all told on pages, whatever is done with them.
WHOLE = ("messages", "tracking", "identifiers", "network", "moments.py",
         "settlement/tariff_files.py")  # fmt: skip
#: Timetables are imported by commands alone; drafts are files that people read and correct.
BY_COMMANDS = (
    "network/csv_timetable.py", "network/icn_timetable.py", "network/importing.py",
    "network/ssim.py", "network/ssim_layout.py", "network/ssim_timetable.py",
    "network/timetable_rows.py", "messages/draft_text.py",
)  # fmt: skip
#: What reads like a sentence and is told nobody: names, what breaks an assertion, words of data.
NOT_TOLD = {
    "surface air lifted", "priority by surface", "without eventID", "without a name",
    "profiles without item_id are refused when they are read",
    "carried bytes belong to a source that has not ended",
    "rows stand in the order of their messages", "no part has so many values",
    "the stretches of a run belong to interchanges",
    "only a stretch with a start opens an interchange",
    "the bundled network \0", "insurance packaging customs_fees indirect_loss lost_profit",
    "EXX EDX", "event strike closure", "what held before the catalogue existed",
    "what held before the term existed", "agreed: lane proposal \0 of \0, signed by both posts",
    "signed by both posts: proposal \0", "closed by \0: \0", "emergency closure by \0",
    "as between the posts: \0", "\0… (\0 characters)", "post or *", "inward office",
}  # fmt: skip
#: What sentences hold that are told of more than these.
HELD = {
    "\0 event(s) have code \0, not in \0", "layout profile \0: \0 is missing",
    "office: no inward office \0 here", "\n  … and \0 more",
}  # fmt: skip
#: Whose refusals and failures pages tell: what pages, runs and approvals do.
REFUSING = (
    "access", "claims", "door", "planning", "promise", "quality", "settlement", "verdict", "web",
    "operations", "network", "messages", "tracking",
)  # fmt: skip
#: Of these: files that only commands and jobs read, settings, and what commands alone do.
BY_COMMANDS_ALONE = {
    f"operations/{name}.py" for name in (
        "acceptance_lists", "agreements", "archiving", "backing_up", "backup_settings",
        "batch_csv", "batch_parquet", "books", "carrier_lists", "cases", "claim_files",
        "digesting", "erasing", "event_doors", "expecting", "fact_keeping", "history_files",
        "inquiry_files", "inquiry_sending", "lane_capacity", "mailboxes", "offline",
        "offline_journal", "oidc", "packing", "profile_drafts", "quoting_batch", "reconciling",
        "restoring", "retention", "route_maps", "sftp", "shadow_runs", "sign_in_settings",
        "signing_in_elsewhere", "timetables", "volume_sources", "watching", "weights",
    )
} | {
    "door/paging.py", "door/writing.py", "door/conditional.py", "door/headers.py", "door/heads.py",
} | {
    f"planning/{name}.py" for name in (
        "forecast_series", "published_volumes", "resumption_rules", "scenarios", "shadow",
        "volume_rows",
    )
} | {
    "promise/batch.py", "promise/expected.py", "promise/tables.py", "quality/disclosure.py",
    "quality/event_rules.py", "verdict/digest_files.py", "verdict/route_map_report.py",
    "verdict/route_plan_checks.py", "verdict/route_plans.py",
}  # fmt: skip
TELLING = {
    "BadMoment", "ClaimRefused", "Finding", "LayoutError", "NetworkError", "NotAllowed", "NotFound",
    "Problem", "PromiseRefused", "UnknownPlace", "UsageError", "finding",
}  # fmt: skip


def english() -> list[str]:
    """The sentences that are known, their places as NUL; words of the glossary filled in."""
    found = []
    for key, texts in glossary().items():
        text = texts["en"] if key.startswith("told.") else texts.get("told")
        if text is None:
            continue
        parts = [
            [literal] if name is None else [f"{literal}{one}" for one in ["\0", *fillings(spec)]]
            for literal, name, spec, _ in Formatter().parse(text)
        ]
        found += ["".join(one) for one in product(*parts)]
    return found


def fillings(spec: str | None) -> list[str]:
    if not spec or not spec.startswith("word."):
        return []
    return [key.removeprefix(spec) for key in glossary() if key.startswith(spec)]


def is_known(text: str, sentences: list[str]) -> bool:
    """Whether one sentence has all that stands around the places of a text, in its order."""
    parts = re.compile(".*".join(re.escape(part) for part in text.split("\0") if part), re.DOTALL)
    return any(parts.search(one) for one in sentences)


def text_of(node: ast.AST) -> str | None:
    """A text of the sources, its places as NUL."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(one) or "\0" for one in node.values)
    return None


def texts_of(path: Path) -> Iterator[str]:
    """All texts of a module that read like sentences, but for what is written about the code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            passed.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            passed |= {id(one) for one in ast.walk(node) if isinstance(one, ast.Constant)}
    for node in ast.walk(tree):
        text = None if id(node) in passed else text_of(node)
        if text and re.search(r"[A-Za-z] [A-Za-z]|\0 [a-z]{2}|[a-z]{2} \0", text):
            yield text


def told_in(path: Path) -> Iterator[str]:
    """The texts that a module raises or finds: refusals that the glossary has by a reason too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and called(node) in TELLING:
            several = called(node) in ("Problem", "Finding", "finding")
            for given in node.args if several else node.args[:1]:
                for one in chosen(given):
                    text = text_of(one)
                    if text and " " in text.strip("\0 "):
                        yield text


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def chosen(node: ast.expr) -> list[ast.expr]:
    return chosen(node.body) + chosen(node.orelse) if isinstance(node, ast.IfExp) else [node]


def modules(*folders: str) -> list[Path]:
    found: list[Path] = []
    for one in folders:
        place = SOURCES / one
        found += [place] if place.is_file() else sorted(place.rglob("*.py"))
    return found


def named(path: Path) -> str:
    return path.relative_to(SOURCES).as_posix()


def test_every_sentence_about_data_is_told_back() -> None:
    sentences = english()
    for path in modules(*WHOLE):
        if named(path) not in BY_COMMANDS:
            for text in texts_of(path):
                assert text in NOT_TOLD | HELD or is_known(text, sentences), (named(path), text)


def test_every_refusal_that_pages_may_tell_is_told_back() -> None:
    sentences = english()
    for path in modules(*REFUSING):
        if named(path) in BY_COMMANDS_ALONE or named(path) in BY_COMMANDS:
            continue
        for text in told_in(path):
            # What is not found in a file, or at an address, is told without a word of detail.
            assert is_known(text, sentences) or text in ELSEWHERE | HELD or hidden(path, text), (
                named(path), text,
            )  # fmt: skip


#: Told by commands alone, out of modules that pages use as well.
ELSEWHERE = {
    "\0 is not there: give a file or a mailbox folder",
    "\0 is not there: make it with `datecertain expected`",
    "the bundled network cannot be read: install datecertain again",
}


def hidden(path: Path, text: str) -> bool:
    """Whether only a page's own address is wrong, of which no detail is shown."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return "site" in path.parts and any(
        isinstance(node, ast.Call) and called(node) == "NotFound" and text_of(node.args[0]) == text
        for node in ast.walk(tree)
    )


#: What may stand in a place of each kind.
STANDING = {"r": "'x'", "d": "7", "usdr": "7", "list": "a, b", "or": "a or b",
            "told": "no message, no group"}  # fmt: skip


def test_each_sentence_is_found_by_itself() -> None:
    """No two entries give the same sentence, and what stands in places does not hide one."""
    for key, texts in glossary().items():
        english = texts["en"] if key.startswith("told.") else texts.get("told")
        if english is not None:
            pieces = [
                literal if name is None else literal + STANDING.get(kind or spec or "", "Ab")
                for literal, name, spec, kind in Formatter().parse(english)
            ]
            told = told_back("".join(pieces), KO)
            assert {one.language for one in told} == {"ko"}, (key, "".join(pieces))


def test_what_is_told_back_has_the_places_of_its_english() -> None:
    for key, texts in glossary().items():
        if "told" in texts:
            have = {name for _, name, _, _ in Formatter().parse(texts["told"])}
            wanted = {name for _, name, _, _ in Formatter().parse(texts["ko"])}
            assert wanted - {None} <= have, key


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("'RR1 read as RR2' read as RR2", "“RR1 read as RR2”을(를) RR2(으)로 읽었습니다."),
        ("3 event(s) have code 'X: Y, not in Z', not in EMSEVT: kept as it is",
         "이벤트 3건의 부호 “X: Y, not in Z”이(가) 부호표 EMSEVT에 없습니다. 그대로 보관했습니다."),
        ('"it\'s {0}" is not a date: write YYYY-MM-DD',
         "“it's {0}”은(는) 날짜가 아닙니다. YYYY-MM-DD 형식으로 쓰십시오."),
        (repr("a'b\"c\\d\n\0{e}") + " is not a date: write YYYY-MM-DD",
         "“a'b\"c\\d\\n\\x00{e}”은(는) 날짜가 아닙니다. YYYY-MM-DD 형식으로 쓰십시오."),
        ("'C:\\x\\N' is not a date: write YYYY-MM-DD",
         "“C:\\x\\N”은(는) 날짜가 아닙니다. YYYY-MM-DD 형식으로 쓰십시오."),
        ("'한글 값' is not a date: write YYYY-MM-DD",
         "“한글 값”은(는) 날짜가 아닙니다. YYYY-MM-DD 형식으로 쓰십시오."),
        ("kind='a=b: must not be empty': must be one of closed, open",
         "kind “a=b: must not be empty”: closed, open 중 하나여야 합니다."),
        ("source=must not be empty", "source: 비어 있을 수 없습니다."),
        ("1,234 values for 7 columns", "열은 7개인데 값은 1,234개입니다."),
        ("no Area 'X' here", "no Area 'X' here"),
        ("5000000 micro-SDR cannot have been paid: 1500000 are open",
         "5.00 SDR을(를) 지급했을 수 없습니다. 미지급액은 1.50 SDR입니다."),
        ("office: no inward office 'X' here",
         "office: “X”은(는) 운송망에 없는 도착교환국입니다."),
        ("interchange 7, message 2, segment 9, byte 310",
         "전문 7, 메시지 2, 세그먼트 9, 310번째 바이트"),
        ("lanes per post 0: give 1 or more", "우정청별 구간 수 0: 1 이상이어야 합니다."),
        ("a sentence of somebody else", "a sentence of somebody else"),
        ("", ""),
    ],
)  # fmt: skip
def test_in_korean(sentence: str, told: str) -> None:
    assert told_text(sentence, KO) == told


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "statement 2026-10 KR-US, line 3 is contested already, or a part of it is",
            "2026-10 KR-US 정산서의 3번 항목 또는 그 일부에 이미 이의가 제기되어 있습니다.",
        ),
        (
            "statement 2026-10 KR-US, line 3, item EE1KR is maintained: it cannot be conceded",
            (
                "2026-10 KR-US 정산서의 3번 항목 우편물 EE1KR 상태: 원안 유지. "
                "“이의 인정”을(를) 할 수 없습니다."
            ),
        ),
        (
            "no reason: say why it is denied (--reason)",
            "이유가 없습니다. “상대국 우정청이 부인”의 이유를 쓰십시오.",
        ),
        (
            "KR-1: its verdict says on_time now: decide the case again first",
            (
                "KR-1: 현재 판정: 안내한 날짜까지 배달 또는 배달 시도됨. "
                "먼저 청구를 다시 결정하십시오."
            ),
        ),
        (
            (
                f"EE1KR: the reference is not one: give {EXPECTED}; nobody's name, for a claim is "
                "never deleted"
            ),
            (
                "EE1KR: 참조번호로 쓸 수 없습니다. 계정 번호나 주문 번호처럼 대문자 4자 이하와 "
                "숫자로 된 것(예: INV-2026-00077)을 쓰십시오. "
                "청구는 지워지지 않으므로 이름은 쓰지 마십시오."
            ),
        ),
        (
            (
                "promise P-1 cannot be voided: the item left its outward office of exchange: the "
                "date told binds (left at 2026-11-27T07:10Z): 2026-11-30"
            ),
            (
                "배달보장 P-1에 “취소” 처리를 할 수 없습니다. 우편물이 발송교환국을 "
                "떠나(2026-11-27T07:10Z) 안내한 날짜 2026-11-30이(가) 유효합니다."
            ),
        ),
        (
            (
                "EE1KR has a promise already (P-1, estimated): say with `promise possess` that it "
                "was handed over"
            ),
            (
                "EE1KR에는 이미 배달보장이 있습니다(P-1, 기표지 예상일(우편물 미인수)). "
                "우편물을 인수했으면 인수를 기록하십시오."
            ),
        ),
        (
            (
                "no date can be given (too_heavy): nothing is recorded; if the sender was told a "
                "date, record it with that date"
            ),
            (
                "배달보장일을 정할 수 없어(상품의 중량 한도를 초과함) 기록하지 않았습니다. "
                "발송인에게 날짜를 안내했으면 그 날짜로 기록하십시오."
            ),
        ),
        (
            "5 message(s) tell of no status, leg; the first is here",
            "메시지 5건에 내용(운송 상태, 운송 구간)이 없습니다. 처음 나온 곳입니다.",
        ),
    ],
)
def test_what_is_named_in_a_sentence_is_told_in_words(sentence: str, told: str) -> None:
    assert told_text(sentence, KO) == told


def refusals() -> Iterator[str]:
    """What is told when something cannot happen to a claim, an inquiry or a promise, or is not for
    somebody to do."""
    for (state, event), role in product(product(State, Event), Actor):
        try:
            moved(state, event, role)
        except UsageError as error:
            yield str(error)
    for (kept, act), post in product(product([None, *inquiries.State], Act), ("KR", "US")):
        before = None if kept is None else Standing(kept, 1, 0, 0)
        try:
            after("KR", "US", before, Happened(act, 0, 0, "", post))
        except UsageError as error:
            yield str(error)
    for event, why in product(PromiseEvent, promising.WHY.values()):
        yield f"promise P-1 cannot be {event}: {why}"


def test_acts_and_states_are_words_of_the_glossary() -> None:
    for sentence in set(refusals()):
        told = told_back(sentence, KO)
        assert {one.language for one in told} == {"ko"}, sentence
        assert set(re.findall("[A-Za-z_]+", told[0].text)) <= {"KR", "US", "P"}, told[0].text


@pytest.mark.parametrize(
    ("key", "names"),
    [("word.field.", {*vocabulary.TIMES, *vocabulary.QUANTITIES, *vocabulary.WORDS, *REQUIRED}),
     ("word.part.", set(vocabulary.Within)), ("admin.job.", set(KINDS)), ("role.", set(Role)),
     ("claim.reason.", set(Reason)), ("reason.", set(promise_reasons.Reason) - {""}),
     ("promise.", set(PromiseState)), ("event.", set(PromiseEvent))],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_what_stands_in_a_place_has_its_word(key: str, names: set[str]) -> None:
    assert {f"{key}{name}" for name in names} <= set(glossary())


def test_sentences_within_others_are_told_as_well() -> None:
    told = "EMD at USJFKA from US: clocks change in that hour: the earlier reading was taken"
    assert told_text(told, KO) == (
        "USJFKA 이벤트 EMD, 발신 US: 시간제가 바뀌는 시간대의 시각입니다. 이른 쪽으로 읽었습니다."
    )
    told = "'RR1': expected two letters, nine digits, two letters; got 3 characters"
    assert told_text(f"{told}; 4 item(s) like it", KO).endswith("3자입니다. 같은 우편물 4건.")


def test_what_is_not_known_stays_english_and_is_marked() -> None:
    assert told_back("who knows", KO) == (Piece("who knows", "en"),)
    told = told_back("a layout profile is not valid TOML: who knows", KO)
    assert told == (Piece("레이아웃이 올바른 TOML이 아닙니다. ", "ko"), Piece("who knows", "en"))


def test_what_can_be_read_in_two_ways_is_not_guessed() -> None:
    told = "x is in row 1 of a.csv is in row 2 of b.csv already"
    assert told_text(told, KO) == "x is in row 1 of a.csv: 이미 b.csv 2행에 있습니다."
    two = "the network asked for has 2 errors; what"  # no entry gives it whole
    assert told_back(two, KO) == (Piece(two, "en"),)
    both = "terms.csv is not an area of a is not an area of b: see its areas.csv"
    assert told_back(both, KO) == (Piece(both, "en"),)


def test_other_languages_hear_english() -> None:
    told = "'x' is not a date: write YYYY-MM-DD"
    for language in ("en", "ja"):
        assert told_back(told, sender_words(language)) == (Piece(told, "en"),)


def test_what_is_said_may_hold_what_was_told() -> None:
    said = Said(
        "profile.seen.not_written", {}, {"error": InEnglish("there are no events to write")}
    )
    assert said.text(KO) == "쓸 수 없음: 쓸 이벤트가 없습니다."
    assert said.text(words("en")).endswith("there are no events to write")


def test_long_and_strange_sentences_are_told_at_once() -> None:
    for strange in (": " * 9_000, "a: error b: " * 1_500, "x" * 30_000, "\n" * 5_000):
        assert told_text(strange, KO) == strange


@pytest.mark.parametrize("text", [
    "nonsense", "name = 1", 'name = "x"\nfields = [1]', "a = [",
    'name = "x"\nfields = [{field = "code", within = "y"}]',
])  # fmt: skip
def test_what_is_wrong_with_a_layout(text: str) -> None:
    with pytest.raises(LayoutError) as raised:
        read_profile(text)
    assert "Error" not in str(raised.value)
    assert {one.language for one in told_back(str(raised.value), KO)} == {"ko"}


@pytest.mark.parametrize("text", ["x =", "name = 3", 'name = "x"\n[[performance]]\nbase_usdr = -1'])
def test_what_is_wrong_with_a_tariff(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        tariff_of(text, "the tariff")
    told = told_back(str(raised.value), KO)
    assert {one.language for one in told} == {"ko"}
    assert told_text(str(raised.value), KO).count("\n") == str(raised.value).count("\n")


def test_what_is_wrong_with_a_network() -> None:
    texts = read_texts(bundled_folder())
    texts["holidays.csv"] = texts["holidays.csv"].replace("closed", "clozed", 3)
    texts["rates.csv"] = "currency\n"
    texts["conditions.csv"] += "a,b\n"
    with pytest.raises(NetworkError) as raised:
        Network.from_texts(texts, "the network asked for")
    told = told_back(str(raised.value), KO)
    assert {one.language for one in told} == {"ko"}
    assert all(HANGUL.search(line) for line in told[0].text.split("\n"))
    assert set(LANGUAGES) == {"en", "ko"}
