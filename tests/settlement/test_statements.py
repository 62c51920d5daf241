"""Statements as posts read them: frozen content, differences, text, CSV, words."""

import csv
import hashlib
import io
import json
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from settling_cases import BOOKED_AT, LATE, TARIFF, month, network, tariff

from datecertain.errors import NotFound, UsageError
from datecertain.settlement import (
    Period,
    Settlement,
    Statement,
    difference,
    explain_item,
    explain_performance,
    items_behind,
    items_csv,
    lines_csv,
    reason_label,
    settle_period,
    statement_text,
)
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.statements import canonical
from datecertain.wording import words

NOVEMBER = Period.month("2026-11")
MONTH = f"""
A KR-US 2026-11-02 38500 | {LATE} {LATE} | export 40 delivery 60 | CDI
B KR-US 2026-11-03 38500 | on_time on_time | | CDI
E US-KR 2026-11-05 6745 | {LATE} late_excused | | CDI
"""


def settled(cases: str = MONTH, text: str = TARIFF) -> Settlement:
    return settle_period(network(), *month(cases), NOVEMBER, tariff(text), booked_at=BOOKED_AT)


def statement(cases: str = MONTH, text: str = TARIFF) -> Statement:
    return settled(cases, text).statements[0]


def test_the_content_is_frozen_by_its_hash() -> None:
    frozen = statement()
    assert hashlib.sha256(frozen.content).hexdigest() == frozen.sha256
    document = json.loads(frozen.content)
    again = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert again.encode() == frozen.content
    assert document["net"] == {"KR": 11965812 - 4_000_000 + 4_000_000, "US": -11965812}
    assert document["basis"]["tariff_digest"] == tariff().digest
    assert "booked" not in frozen.content.decode()


def test_the_content_says_how_performance_was_rated() -> None:
    rated = {row["relation"]: row for row in json.loads(statement().content)["performance"]}
    assert rated["KR-US"]["each"] == 2_000_000
    assert [(m["measure"], m["met"], m["of"]) for m in rated["KR-US"]["measures"]] == [
        ("on_time", 1, 2), ("completeness", 2, 2),
    ]  # fmt: skip


TEXT = """\
Statement KR - US, 2026-11
1  refunds charged on, delivery  US owes KR  1 items  11.97 SDR
2  pay for performance, KR-US    KR owes US  2 items   4.00 SDR
3  pay for performance, US-KR    US owes KR  1 items   4.00 SDR
KR is owed 15.97 SDR gross
US is owed 4.00 SDR gross
Net: US owes KR 11.97 SDR
"""
TEXT_KO = """\
정산서 KR - US, 2026-11
1  환불금 구상, 배달 단계  US → KR 지급  1건  11.97 SDR
2  성과연동 지급, KR-US    KR → US 지급  2건   4.00 SDR
3  성과연동 지급, US-KR    US → KR 지급  1건   4.00 SDR
KR 총 채권액: 15.97 SDR
US 총 채권액: 4.00 SDR
순액: US, KR에 11.97 SDR 지급
"""


@pytest.mark.parametrize(("language", "expected"), [("en", TEXT), ("ko", TEXT_KO)])
def test_a_statement_on_one_screen(language: str, expected: str) -> None:
    text = statement_text(statement(), words(language))
    assert text.startswith(expected)
    assert text.splitlines()[-1].endswith(statement().sha256)


def test_posts_that_owe_each_other_the_same_are_even() -> None:
    cases = """
    A KR-US 2026-11-02 38500 | on_time on_time | | CDI
    B US-KR 2026-11-02 6745 | on_time on_time | | CDI
    """
    assert "Net: the two posts are even" in statement_text(statement(cases), words("en"))


def test_csv_of_lines_and_items() -> None:
    assert lines_csv(statement()).splitlines() == [
        "line,reason,creditor,debtor,items,each_usdr,amount_usdr",
        "1,recourse.delivery,KR,US,1,,11965812",
        "2,performance.KR-US,US,KR,2,2000000,4000000",
        "3,performance.US-KR,KR,US,1,4000000,4000000",
    ]
    assert items_csv(statement()).splitlines() == [
        "line,item_id,item_key,amount_usdr",
        "1,A,key-A,11965812",
        "2,A,key-A,2000000",
        "2,B,key-B,2000000",
        "3,E,key-E,4000000",
    ]


def test_csv_of_items_is_what_a_writer_of_rows_writes() -> None:
    """Odd numbers of items are quoted; an amount that is not known is empty."""
    given = statement()
    document = json.loads(given.content)
    document["lines"][1] |= {
        "item_ids": ['a,"b"', "두\n줄"], "item_keys": ["k,1", ""], "item_amounts": [None, -7],
    }  # fmt: skip
    odd = replace(given, content=json.dumps(document).encode())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("line", "item_id", "item_key", "amount_usdr"))
    for line in odd.lines:
        for row in items_behind(odd, line.number).to_pylist():
            writer.writerow((line.number, row["item_id"], row["item_key"], row["amount_usdr"]))
    assert items_csv(odd) == text.getvalue()
    nothing = replace(given, lines=(), content=b'{"lines": []}')
    assert items_csv(nothing) == "line,item_id,item_key,amount_usdr\n"


def test_what_changed_between_two_versions() -> None:
    later = MONTH.replace("export 40 delivery 60", "export 50 delivery 50")
    later += f"C KR-US 2026-11-04 38500 | {LATE} {LATE} | delivery 100 | CDI\n"
    found = {change.reason.text: change for change in difference(statement(), statement(later))}
    recourse = found["recourse.delivery"]
    assert (recourse.before_usdr, recourse.after_usdr) == (11965812, 9971510 + 19943020)
    assert (recourse.came, recourse.went, recourse.changed) == (("C",), (), ("A",))
    assert found["performance.KR-US"].came == ("C",)
    assert "performance.US-KR" not in found
    back = {c.reason.text: c for c in difference(statement(later), statement())}
    assert back["recourse.delivery"].went == ("C",)
    assert difference(statement(), statement()) == ()


def test_only_versions_of_one_statement_are_compared() -> None:
    other = settled("A KR-JP 2026-11-02 38500 | on_time on_time | | CDI").statements[0]
    with pytest.raises(UsageError, match="JP"):
        difference(statement(), other)
    with pytest.raises(NotFound, match="line 4"):
        items_behind(statement(), 4)
    with pytest.raises(NotFound, match="JP"):
        statement().net_of("JP")


def test_an_item_explained() -> None:
    assert explain_item(settled(), "key-A", words("en")) == [
        (
            "KR owes the sender of A 100 % of the postage of 38,500 KRW: 38,500 KRW in money, "
            "from Sun 8 Nov 2026 (test)."
        ),
        "That is 19.94 SDR at 1,930.5 KRW per SDR, the rate of Thu 1 Oct 2026.",
        "KR bears 7.98 SDR itself: 40.0 % of the days are attributable to the leg export.",
        "KR charges US 11.97 SDR: 60.0 % of the days are attributable to the leg delivery.",
    ]
    assert explain_item(settled(), "key-E", words("en"))[-1] == (
        "US bears 49.60 SDR itself: between the posts the delay is excused."
    )
    with pytest.raises(NotFound, match="key-B"):
        explain_item(settled(), "key-B", words("en"))


def test_performance_explained() -> None:
    line = settled(text=TARIFF.replace("250_000", "600_000")).performance.lines[0]
    assert explain_performance(line, words("en")) == [
        "KR pays US for 2 items received, on a base of 4.00 SDR an item.",
        (
            "Delivered within the destination's own time: 1 of 2, 50.0 %; earns 0.0 % of "
            "its weight of 50 %, 0.00 SDR an item."
        ),
        "Scans complete: 2 of 2, 100.0 %; earns 100.0 % of its weight of 50 %, 2.00 SDR an item.",
        "The agreed minimum applies: 2.40 SDR an item.",
        "2 items at 2.40 SDR: 4.80 SDR (test).",
    ]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_everything_has_words_in_both_languages(language: str) -> None:
    in_words = words(language)
    details = {
        Kind.REFUND: ("money", "credit"), Kind.RECOURSE: ("import", "delivery"),
        Kind.PERFORMANCE: ("KR-US",),
    }  # fmt: skip
    labels = [
        reason_label(Reason(kind, detail, settled_), in_words)
        for kind, of_kind in details.items()
        for detail in of_kind
        for settled_ in ("", "2026-10")
    ]
    assert len(set(labels)) == 10
    every_measure = settled().performance.lines[0]
    assert len(explain_performance(every_measure, in_words)) == 4
    assert len(explain_item(settled(), "key-A", in_words)) == 4


@given(
    numbers=st.lists(st.one_of(st.text("EK1\"\\\n\x7f한é", max_size=4), st.none()), max_size=6),
    amounts=st.lists(st.integers(-(2**62), 2**62), max_size=4), skipped=st.integers(0, 3),
)  # fmt: skip
def test_arrays_are_written_as_lists_are(
    numbers: list[str | None], amounts: list[int], skipped: int
) -> None:
    lines = [{"number": 1, "ids": numbers[skipped:], "amounts": amounts, "each": None}] * skipped
    document = {"lines": lines, "basis": {"b": "한", "a": []}, "format": 4}
    arrays = [
        line | {"ids": pa.array(numbers, pa.string())[skipped:],
                "amounts": pa.array(amounts, pa.int64())}
        for line in lines
    ]  # fmt: skip
    plain = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical(document) == canonical(document | {"lines": arrays}) == plain.encode()
