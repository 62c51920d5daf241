"""CONTRL: what is answered, what the answer says, and that it reads back. Synthetic throughout."""

import io
import warnings
from pathlib import Path

import pytest
from house_cases import HELD, LEAVES, TRIED, UNB, interchange, message, parts, read
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.messages import (
    Action,
    Answer,
    ElementError,
    Envelope,
    GroupAnswer,
    MessageAnswer,
    SegmentError,
    Where,
    answer,
    bundled_profiles,
    code_table,
    read_contrl,
    write_contrl,
)
from datecertain.moments import parse_date

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "upu" / "samples"
ON = parse_date("2026-11-16")
ASKS = UNB.replace("++EMSEVT'", "++EMSEVT++1'")
REPLY = Envelope("J1CJPA", "J1CKRA", "JPKR0000000007", ON, 575)


def answered(data: bytes, **more: object) -> Answer | None:
    result = read(data)
    [summary] = result.interchanges
    return answer(summary, result.quarantined, on=ON, **more)  # type: ignore[arg-type]


def written(one: Answer, envelope: Envelope = REPLY) -> str:
    """The segments between UNH and UNT."""
    data = write_contrl([one], envelope).data.decode("ascii")
    return data.partition("UNH+1+CONTRL:D:3:UN'")[2].rpartition("UNT+")[0]


GOOD, ALSO_GOOD = message(1, LEAVES + HELD), message(2, TRIED)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # Nobody asks, nothing is wrong: no answer.
        (interchange(GOOD, ALSO_GOOD), None),
        # Asked for: accepted.
        (interchange(GOOD, header=ASKS), "UCI+KRJP0000000123+J1CKRA+J1CJPA+7'"),
        # Not asked for, but a message is refused: its UNT counts wrongly, so the rest is accepted.
        (
            interchange(message(1, LEAVES, count=99), ALSO_GOOD),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+7'UCM+1+EMSEVT:3:0:ZZ:DC1+4+29+UNT+2'",
        ),
        (
            interchange(GOOD, ALSO_GOOD.replace("+2'", "+3'")),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+7'UCM+2+EMSEVT:3:0:ZZ:DC1+4+28+UNT+3'",
        ),
        (
            interchange(GOOD.rpartition("UNT")[0], ALSO_GOOD),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+7'UCM+1+EMSEVT:3:0:ZZ:DC1+4+13+UNT'",
        ),
        (
            interchange(GOOD.replace("EMSEVT:3:0:ZZ:DC1", "EMSEVT:9:0:UN"), ALSO_GOOD),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+7'UCM+1+EMSEVT:9:0:UN+4+14+UNH+3:1'",
        ),
        # The UNZ is wrong, in its count or its reference, or missing: the whole is refused.
        (
            interchange(GOOD, trailer="UNZ+2+KRJP0000000123'"),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+4+29+UNZ+2'",
        ),
        (
            interchange(GOOD, trailer="UNZ+1+KRJP0000000124'"),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+4+28+UNZ+3'",
        ),
        (interchange(GOOD, trailer=""), "UCI+KRJP0000000123+J1CKRA+J1CJPA+4+13+UNZ'"),
        (
            interchange(GOOD + "LOC+14+KRSELB'"),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+4+33'",
        ),
        # Tests are not processed.
        (
            interchange(GOOD, header=UNB.replace("++EMSEVT'", "++EMSEVT++++1'")),
            "UCI+KRJP0000000123+J1CKRA+J1CJPA+4+25+UNB+12'",
        ),
        # An item whose number is wrong is a matter of contents, not of syntax.
        (interchange(message(1, LEAVES.replace("829KR", "828KR"))), None),
    ],
)  # fmt: skip
def test_what_is_answered(data: bytes, expected: str | None) -> None:
    one = answered(data)
    assert (None if one is None else written(one)) == expected


def group(number: int, *messages: str, counted: int | None = None, reference: str = "") -> str:
    count = len(messages) if counted is None else counted
    reference = reference or f"G{number}"
    return (
        f"UNG+EMSEVT+A:ZZ+B+261116:0930+G{number}+ZZ+3'{''.join(messages)}UNE+{count}+{reference}'"
    )


def test_groups_are_answered_where_they_stand() -> None:
    bad = message(1, LEAVES, count=99)
    data = interchange(
        group(1, GOOD),
        group(2, bad, ALSO_GOOD),
        group(3, GOOD, counted=5),
        group(4, GOOD, reference="G5"),
    )
    one = answered(data)
    assert one is not None
    assert written(one) == (
        "UCI+KRJP0000000123+J1CKRA+J1CJPA+7'"
        "UCF+G2+A:ZZ+B+7'UCM+1+EMSEVT:3:0:ZZ:DC1+4+29+UNT+2'"
        "UCF+G3+A:ZZ+B+4+29+UNE+2'"
        "UCF+G4+A:ZZ+B+4+28+UNE+3'"
    )


def test_by_agreement_a_message_is_refused_with_the_segments_in_error() -> None:
    body = (
        LEAVES.replace("829KR", "828KR")
        + HELD.replace("STS+1+EDC'DTM+334:202611160810:203'", "STS+1+EDC'")
        + "STS+1+EMF'DTM+334:NOON:203'LOC+14+KRSELB'"
    )
    one = answered(interchange(message(7, body), ALSO_GOOD), profiles=bundled_profiles())
    assert one is not None
    assert written(one) == (
        "UCI+KRJP0000000123+J1CKRA+J1CJPA+7'UCM+7+EMSEVT:3:0:ZZ:DC1+4'"
        "UCS+3'UCD+12+3:1'"  # CNI: its second element, the tag being 1
        "UCS+15+13'UCS+17+12'"
    )


@pytest.mark.parametrize(
    ("refused_as", "expected"),
    [
        ("interchange-conflict", "4+26+UNB+6'"),
        ("sender-unknown", "4+23+UNB+3:1'"),
        ("recipient-unknown", "4+7+UNB+4:1'"),
        ("something-else", "4+18'"),
    ],
)
def test_a_whole_interchange_is_refused_for_what_its_reader_knows(
    refused_as: str, expected: str
) -> None:
    one = answered(interchange(GOOD), refused_as=refused_as)
    assert one is not None
    assert written(one) == f"UCI+KRJP0000000123+J1CKRA+J1CJPA+{expected}"


def test_no_contrl_answers_a_contrl() -> None:
    header = ASKS.replace("EMSEVT", "CONTRL")
    contrl = "UNH+1+CONTRL:D:3:UN'UCI+R1+A+B+4+29'UNT+3+1'"
    assert answered(interchange(contrl, header=header)) is None
    assert answered(interchange(contrl, header=header.replace("CONTRL", ""))) is None
    with pytest.raises(UsageError, match="asks for no acknowledgement"):
        write_contrl(
            [Answer("R1", "B", "A", "7")], Envelope("A", "B", "R", ON, 0, acknowledge=True)
        )


def test_answers_go_back_to_who_sent_the_interchange_and_say_what_is_known() -> None:
    with pytest.raises(UsageError, match="the envelope from"):
        write_contrl([Answer("R1", "X", "J1CJPA", "7")], REPLY)
    with pytest.raises(UsageError, match="syntax_errors"):
        write_contrl([Answer("R1", "J1CKRA", "J1CJPA", "4", "99")], REPLY)
    with pytest.raises(UsageError, match="syntax_actions"):
        write_contrl([Answer("R1", "J1CKRA", "J1CJPA", "5")], REPLY)


def test_other_separators_are_understood() -> None:
    text = interchange(message(1, LEAVES, count=99), ALSO_GOOD).decode("ascii")
    # What is released in the second message is text in the other dialect.
    text = text.replace("O?'BRIEN MOVED?? LEFT NOTE?: FLAT 3?+4", "MOVED")
    data = b"UNA|*.! ~" + text.translate(str.maketrans(":+'", "|*~")).encode("ascii")
    one = answered(data)
    assert one is not None
    assert [message.layout for message in one.refused_messages] == ["EMSEVT:3:0:ZZ:DC1"]


def test_every_finding_has_a_code_that_is_written() -> None:
    errors = code_table("syntax_errors")
    for row in code_table("finding_errors").rows:
        found = errors.find(row.meaning, ON)
        assert found is not None, row.code
        assert found.more["written"] == "yes", row.code


# Golden file, an independent reader, round trips.

MANY = [
    Answer("KRJP0000000123", "J1CKRA", "J1CJPA", Action.ACCEPTED),
    Answer("KRJP0000000124", "J1CKRA", "J1CJPA", Action.REFUSED, "29", Where("UNZ", 2)),
    Answer(
        "KRJP0000000125",
        "J1CKRA",
        "J1CJPA",
        Action.ACCEPTED,
        messages=(
            MessageAnswer("1", "EMSEVT:3:0:ZZ:DC1", Action.REFUSED, "28", Where("UNT", 3)),
            MessageAnswer(
                "2",
                "EMSEVT:3:0:ZZ:DC1",
                Action.REFUSED,
                segments=(
                    SegmentError(3, "", (ElementError("12", 3, 1),)),
                    SegmentError(15, "13"),
                ),
            ),
        ),
        groups=(
            GroupAnswer("G1", "A:ZZ", "B", Action.REFUSED, "13", Where("UNE")),
            GroupAnswer(
                "G2",
                "A",
                "B",
                Action.ACCEPTED,
                messages=(MessageAnswer("1", "PREDES:2:1:ZZ", Action.REFUSED, "18"),),
            ),
        ),
    ),
]


def test_golden_file() -> None:
    data = write_contrl(MANY, REPLY).data
    assert data.replace(b"'", b"'\n") == (GOLDEN / "contrl.edi").read_bytes()
    found = read_contrl(io.BytesIO((GOLDEN / "contrl.edi").read_bytes()), "contrl.edi")
    assert found.findings == []
    assert [one.answer for one in found.answers] == MANY
    assert {(one.by, one.interchange) for one in found.answers} == {("J1CJPA", "JPKR0000000007")}
    assert [one.answer.accepted for one in found.answers] == [True, False, False]
    assert [len(one.answer.refused_messages) for one in found.answers] == [0, 0, 3]


def test_an_independent_reader_finds_the_same_segments_and_counts() -> None:
    pydifact = pytest.importorskip("pydifact.segmentcollection")
    data = write_contrl(MANY, REPLY).data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pydifact.Interchange.from_str(data.decode("ascii"))
        messages = list(theirs.get_messages())
        tags = [[segment.tag for segment in one.segments] for one in messages]
    assert (theirs.sender, theirs.recipient) == ("J1CJPA", "J1CKRA")
    assert {one.type for one in messages} == {"CONTRL"}
    assert tags == [
        ["UCI"],
        ["UCI"],
        ["UCI", "UCM", "UCM", "UCS", "UCD", "UCS", "UCF", "UCF", "UCM"],
    ]
    text = data.decode("ascii")
    assert [f"UNT+{len(one) + 2}+{number}'" in text for number, one in enumerate(tags, 1)] == [
        True
    ] * 3
    assert text.endswith("UNZ+3+JPKR0000000007'")


def test_our_own_reader_finds_no_fault_in_it_but_the_layout() -> None:
    [found] = parts(write_contrl(MANY, REPLY).data)
    assert {one.code for one in found.findings} == {"layout-unknown"}


TEXT = st.text("ABC 123+:'?.-", min_size=1, max_size=14).map(str.strip).filter(bool)
WHERE = st.one_of(
    st.just(Where()),
    st.builds(
        Where, st.sampled_from(["UNB", "UNT"]), st.integers(1, 999), st.none() | st.integers(1, 9)
    ),
)
ERROR = st.sampled_from(["2", "12", "13", "29", "33"])
SEGMENTS = st.lists(
    st.builds(
        SegmentError,
        st.integers(1, 999_999),
        st.just("") | ERROR,
        st.lists(
            st.builds(ElementError, ERROR, st.integers(1, 99), st.none() | st.integers(1, 9)),
            max_size=2,
        ).map(tuple),
    ),
    max_size=2,
).map(tuple)
ACTION = st.sampled_from(["4", "7", "8"])
LAYOUT = st.just("EMSEVT:3:0:ZZ:DC1")
NO_OR_ERROR = st.just("") | ERROR
MESSAGES = st.lists(
    st.builds(
        MessageAnswer,
        TEXT,
        st.just("EMSEVT:3:0:ZZ:DC1"),
        ACTION,
        st.just("") | ERROR,
        WHERE,
        SEGMENTS,
    ),
    max_size=2,
).map(tuple)
GROUPS = st.lists(
    st.builds(
        GroupAnswer,
        TEXT,
        st.just("A:ZZ"),
        st.just("B"),
        ACTION,
        st.just("") | ERROR,
        WHERE,
        MESSAGES,
    ),
    max_size=2,
).map(tuple)
ANSWERS = st.lists(
    st.builds(
        Answer, TEXT, st.just("J1CKRA"), st.just("J1CJPA"), ACTION, st.just("") | ERROR, WHERE,
        MESSAGES, GROUPS,
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip


@given(ANSWERS)
@settings(deadline=None, max_examples=80)
def test_what_is_written_is_read_back(answers: list[Answer]) -> None:
    data = write_contrl(answers, REPLY).data
    found = read_contrl(io.BytesIO(data), "reply.edi")
    assert found.findings == []
    assert [one.answer for one in found.answers] == answers


# Reading what partners send.


def test_a_partners_refusal_becomes_a_value() -> None:
    path = SAMPLES / "contrl_reject_count.edi"
    if not path.exists():
        pytest.skip("the shared samples are not beside this checkout")
    [one] = read_contrl(io.BytesIO(path.read_bytes()), path.name).answers
    assert (one.answer.control_ref, one.answer.error) == ("KRJP0000000126", "29")
    assert one.answer.action == Action.REFUSED
    assert not one.answer.accepted


@pytest.mark.parametrize(
    ("body", "answers", "findings"),
    [
        ("UCI+R1+A+B+8'", 1, []),
        ("UCI+R1+A+B+9'", 1, ["contrl-code-unknown"]),
        ("UCI+R1+A+B+4+777'", 1, ["contrl-code-unknown"]),
        ("UCI+R1+A+B+7'XYZ+1'", 1, ["segment-not-in-layout"]),
        ("UCM+1+X:1:1:UN+4'", 0, ["contrl-without-interchange"]),
        ("UCI'", 0, ["contrl-without-interchange"]),
        ("UCI+R1+A+B+7'UCM+1+X:1:1:UN+4'UCS+" + "9" * 5_000 + "'", 1, []),
    ],
)
def test_what_partners_write_is_read_as_far_as_it_goes(
    body: str, answers: int, findings: list[str]
) -> None:
    contrl = f"UNH+1+CONTRL:D:3:UN'{body}UNT+{body.count(chr(39)) + 2}+1'"
    found = read_contrl(io.BytesIO(interchange(contrl)), "theirs.edi")
    assert len(found.answers) == answers
    assert [one.code for one in found.findings] == findings
    miscounted = contrl.replace("UNT+", "UNT+1")
    found = read_contrl(io.BytesIO(interchange(miscounted)), "theirs.edi")
    assert ([one.code for one in found.findings], found.answers) == (["segment-count"], [])
