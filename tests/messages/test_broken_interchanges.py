"""Damaged files: whatever is whole is read, whatever is not is kept with its place and reason."""

import pytest
from house_cases import (
    HELD,
    LEAVES,
    TRIED,
    UNB,
    codes,
    interchange,
    message,
    parts,
    read,
    told,
    two_messages,
)

from datecertain.errors import UsageError
from datecertain.findings import Severity
from datecertain.messages import Kind, ReadResult

ALL = [
    ("EE473124829KR", "EMC"),
    ("EE966331020JP", "EME"),
    ("EE966331020JP", "EDC"),
    ("EE000000005US", "EMH"),
]
FIRST, SECOND = ALL[:3], ALL[3:]


def aside(result: ReadResult) -> list[tuple[str, str]]:
    return [(one.kind.value, one.reason) for one in result.quarantined]


@pytest.mark.parametrize(
    ("data", "events", "kept"),
    [
        (two_messages(), ALL, []),
        # The count of segments is wrong: that message only.
        (
            interchange(message(1, LEAVES + HELD, count=99), message(2, TRIED)),
            SECOND,
            [("message", "segment-count")],
        ),
        (
            interchange(message(1, LEAVES + HELD), message(2, TRIED).replace("UNT+10", "UNT+1O")),
            FIRST,
            [("message", "segment-count")],
        ),
        # UNT refers to another message.
        (
            interchange(message(1, LEAVES + HELD), message(2, TRIED).replace("+2'", "+3'")),
            FIRST,
            [("message", "message-reference")],
        ),
        # No UNT at all, before another message and before the UNZ.
        (
            interchange(message(1, LEAVES + HELD).rpartition("UNT")[0], message(2, TRIED)),
            SECOND,
            [("message", "message-not-closed")],
        ),
        (
            interchange(message(1, LEAVES + HELD), message(2, TRIED).rpartition("UNT")[0]),
            FIRST,
            [("message", "message-not-closed")],
        ),
        # No UNH: what follows until the UNT is outside of any message.
        (
            interchange(message(1, LEAVES + HELD), message(2, TRIED).partition("'")[2]),
            FIRST,
            [
                ("envelope", "segment-outside-message"),  # up to the UNT
                ("envelope", "segment-outside-message"),  # the UNT
                ("envelope", "interchange-trailer"),
            ],
        ),
        # UNZ counts or refers wrongly: the messages stand on their own counts.
        (
            interchange(
                message(1, LEAVES + HELD), message(2, TRIED), trailer="UNZ+3+KRJP0000000123'"
            ),
            ALL,
            [("envelope", "interchange-trailer")],
        ),
        (
            interchange(
                message(1, LEAVES + HELD), message(2, TRIED), trailer="UNZ+2+KRJP0000000124'"
            ),
            ALL,
            [("envelope", "interchange-trailer")],
        ),
        # Segments between messages.
        (
            interchange(message(1, LEAVES + HELD) + "LOC+14+KRSELB'DTM'", message(2, TRIED)),
            ALL,
            [("envelope", "segment-outside-message")],
        ),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(len(value)),
)
def test_the_smallest_broken_whole_is_set_aside(
    data: bytes, events: list[tuple[str, str]], kept: list[tuple[str, str]]
) -> None:
    result = read(data)
    assert told(result) == events
    assert aside(result) == kept
    assert len(result.findings) == len(kept)
    assert all(finding.severity is Severity.ERROR for finding in result.findings)
    for one in result.quarantined:
        assert data[one.byte_offset :].startswith(one.raw)
        assert one.interchange == "KRJP0000000123"


def test_a_truncated_file_keeps_its_complete_messages() -> None:
    data = two_messages()
    cut = data.index(b"STS+1+EMH")
    result = read(data[:cut])
    assert told(result) == FIRST
    assert codes(result) == ["message-not-closed", "interchange-truncated"]
    assert result.quarantined[0].raw == data[data.index(b"UNH+2") : cut]
    [summary] = result.interchanges
    assert (summary.complete, summary.messages, summary.messages_read) == (False, 2, 1)


@pytest.mark.parametrize("junk", [b"From: post@example.org\r\n\r\n", b"\x00\xffrubbish", b"UNB"])
def test_bytes_around_interchanges_are_kept(junk: bytes) -> None:
    data = junk + two_messages() + junk
    result = read(data)
    assert told(result) == ALL
    assert aside(result) == [("foreign", "not-edifact")] * 2
    assert [one.raw for one in result.quarantined] == [junk, junk]


@pytest.mark.parametrize("padding", [b"\r\n", b"\xef\xbb\xbf", b"\x1a", b"\x00" * 50, b" \t\n"])
def test_padding_around_interchanges_means_nothing(padding: bytes) -> None:
    result = read(padding + two_messages() + padding)
    assert told(result) == ALL
    assert result.findings == []


@pytest.mark.parametrize(
    "header",
    [
        "UNB+UNOA:3++J1CJPA+261116:0930+KRJP0000000123'",  # no sender
        "UNB+UNOA:3+J1CKRA++261116:0930+KRJP0000000123'",  # no recipient
        "UNB+UNOA:3+J1CKRA+J1CJPA+261116:0930'",  # no reference
        "UNB+UNOA+J1CKRA+J1CJPA+261116:0930+KRJP0000000123'",  # no syntax version
    ],
)
def test_messages_of_nobody_are_not_used(header: str) -> None:
    data = interchange(message(1, LEAVES), header=header)
    result = read(data)
    assert told(result) == []
    assert result.quarantined[0].raw == data
    assert result.interchanges == []


def test_a_damaged_header_never_hands_messages_to_the_interchange_before() -> None:
    ours = interchange(message(1, LEAVES + HELD), message(2, TRIED))
    theirs = interchange(
        message(1, LEAVES.replace("KRSELB'", "JPKWSA'")),
        header=UNB.replace("J1CKRA+J1CJPA", "J1CJPA+J1CKRA").replace("UNOA:3", "UN?A:3"),
    )
    result = read(ours + theirs)
    assert told(result) == ALL
    assert aside(result) == [("foreign", "not-edifact")]
    # The same, when our interchange has lost its UNZ.
    result = read(ours[: ours.rindex(b"UNZ")] + theirs)
    assert told(result) == ALL
    assert aside(result) == [("foreign", "interchange-header-unreadable")]
    assert result.quarantined[0].raw == theirs


@pytest.mark.parametrize("end", [-1, -5, -21])
def test_an_interchange_glued_to_a_truncated_one_is_found(end: int) -> None:
    whole, glued = two_messages(), two_messages().replace(b"0000123", b"0000124")
    result = read(whole[:end] + glued)
    assert told(result) == ALL * 2
    references = result.events["interchange"].to_pylist()
    assert references == ["KRJP0000000123"] * 4 + ["KRJP0000000124"] * 4
    assert "interchange-truncated" in codes(result)


def test_groups_are_counted_and_referred_to() -> None:
    def group(number: int, *messages: str, counted: int | None = None) -> str:
        count = len(messages) if counted is None else counted
        return (
            f"UNG+EMSEVT+A+B+261116:0930+G{number}+ZZ+3'{''.join(messages)}UNE+{count}+G{number}'"
        )

    one, other = message(1, LEAVES + HELD), message(1, TRIED)
    trailer = "UNZ+2+KRJP0000000123'"
    clean = read(interchange(group(1, one), group(2, other), trailer=trailer))
    assert told(clean) == ALL
    assert codes(clean) == []
    assert codes(read(interchange(group(1, one), trailer="UNZ+2+KRJP0000000123'"))) == [
        "interchange-trailer"
    ]
    wrong = read(interchange(group(1, one, counted=2), group(2, other), trailer=trailer))
    assert told(wrong) == ALL
    assert aside(wrong) == [("envelope", "group-trailer")]
    unclosed = group(1, one).rpartition("UNE")[0]
    assert codes(read(interchange(unclosed, group(2, other), trailer=trailer))) == [
        "group-not-closed"
    ]
    assert codes(read(interchange(group(1, one), "UNE+1+G2'", trailer=trailer))) == [
        "group-not-open",
        "interchange-trailer",
    ]


def test_repeated_message_references_are_reported_and_both_are_read() -> None:
    result = read(interchange(message(1, LEAVES + HELD), message(1, TRIED)))
    assert told(result) == ALL
    assert codes(result) == ["message-reference-repeated"]


def test_the_same_interchange_twice_counts_once() -> None:
    result = read(two_messages() + b"\n" + two_messages())
    assert told(result) == ALL
    assert codes(result) == ["interchange-repeated"]
    assert [summary.repeat_of for summary in result.interchanges] == [None, 0]


def test_another_interchange_with_the_same_reference_is_read_and_reported() -> None:
    other = interchange(message(1, TRIED))
    result = read(two_messages() + other)
    assert told(result) == ALL + SECOND
    assert codes(result) == ["interchange-reference-reused"]
    # What was sent again because the first broke off is no second use.
    again = read(two_messages()[:-3] + two_messages())
    assert "interchange-reference-reused" not in codes(again)


def test_a_message_that_never_ends_does_not_fill_the_memory() -> None:
    endless = message(1, (LEAVES + HELD) * 50).rpartition("UNT")[0]
    data = interchange(message(1, LEAVES), endless, message(3, TRIED))
    result = read(data, block_bytes=512, max_message_bytes=4_000)
    assert told(result) == [("EE473124829KR", "EMC"), *SECOND]
    reasons = {one.reason for one in result.quarantined}
    assert reasons == {"message-not-closed", "segment-outside-message"}
    assert sum(len(one.raw) for one in result.quarantined) == len(endless)


def test_a_segment_that_never_ends_does_not_fill_the_memory() -> None:
    body = LEAVES + "FTX+AAI+++" + "X" * 50_000
    result = read(interchange(message(1, body)), block_bytes=512, max_message_bytes=4_000)
    assert told(result) == []
    assert "segment-too-long" in codes(result)
    largest = max(len(one.raw) for one in result.quarantined)
    assert largest < 20_000


def test_rubbish_is_set_aside_in_pieces_of_bounded_size() -> None:
    rubbish = bytes(range(1, 256)) * 400
    found = parts(rubbish, block_bytes=4_096)
    pieces = [one.raw for part in found for one in part.quarantined]
    assert b"".join(pieces) == rubbish
    assert max(map(len, pieces)) <= 4_096
    assert all(one.kind is Kind.FOREIGN for part in found for one in part.quarantined)


def test_a_limit_too_large_for_the_reader_is_refused() -> None:
    with pytest.raises(UsageError, match="max_message_bytes"):
        read(two_messages(), max_message_bytes=1 << 31)


def test_messages_between_groups_are_read_and_reported() -> None:
    grouped = f"UNG+EMSEVT+A+B+261116:0930+G1+ZZ+3'{message(1, LEAVES + HELD)}UNE+1+G1'"
    trailer = "UNZ+1+KRJP0000000123'"
    before = read(interchange(message(2, TRIED), grouped, trailer=trailer))
    assert told(before) == SECOND + FIRST
    assert codes(before) == ["message-outside-group"]
    behind = read(interchange(grouped, message(2, TRIED), trailer=trailer))
    assert told(behind) == ALL
    assert codes(behind) == ["message-outside-group"]
    [summary] = behind.interchanges
    [group] = summary.groups
    assert (group.reference, group.first_message, group.last_message) == ("G1", 1, 1)


def test_an_interchange_without_message_is_reported() -> None:
    result = read(interchange())
    assert codes(result) == ["interchange-empty"]
    assert result.interchanges[0].complete


def test_items_without_event_are_reported_once_for_each_interchange() -> None:
    idle = "CNI+1+EE473124829KR'CNI+2+EE966331020JP'"
    data = interchange(message(1, idle), message(2, TRIED))
    result = read(data + data.replace(b"0000123", b"0000124"))
    assert told(result) == SECOND * 2
    assert codes(result) == ["item-without-event"] * 2
    assert "2 item(s)" in result.findings[0].detail


def test_segments_outside_of_the_layout_are_reported_for_each_interchange() -> None:
    kinds = "".join(f"X{number:02d}+1'" for number in range(25))
    data = interchange(message(1, LEAVES + kinds))
    result = read(data + data.replace(b"0000123", b"0000124"))
    assert codes(result) == ["segment-not-in-layout"] * 42  # 20 kinds by name, the rest together
    last = result.findings[20].detail
    assert last.startswith("5 segment(s) of 5 more kinds")


def test_every_byte_is_accounted_for_by_what_became_of_it() -> None:
    odd = "XYZ+1'"
    wrong = message(2, TRIED, count=99)
    data = b"rubbish" + interchange(message(1, LEAVES + odd), wrong) + b"\r\n"
    result = read(data)
    counts = result.accounted.counts()
    passed_over = 0
    assert counts.set_aside == len(b"rubbish") + len(wrong)
    assert counts.noted == len(odd)
    assert (counts.blank, counts.passed_over) == (2, passed_over)
    assert (counts.lost, counts.twice) == (0, 0)
    assert counts.total == len(data)
    [summary] = result.interchanges
    assert summary.accounted.total == summary.byte_end - summary.byte_begin
    assert summary.accounted.set_aside == len(wrong)


def test_the_accounts_are_the_same_in_small_blocks() -> None:
    data = two_messages() * 3
    whole = read(data)
    for block_bytes in (128, 333, 1_000):
        small = read(data, block_bytes)
        assert small.accounted.counts() == whole.accounted.counts()
        assert [one.accounted for one in small.interchanges] == [
            one.accounted for one in whole.interchanges
        ]


@pytest.mark.parametrize("length", [14, 33, 57, 64, 65, 200])
def test_a_long_reference_before_a_short_one_at_the_end_of_a_file(length: int) -> None:
    # Found by coverage-guided fuzzing: the comparison looked beyond the end of the block.
    reference = "R" * length
    one = message(1, LEAVES + HELD).replace("UNH+1+", f"UNH+{reference}+")
    one = one.removesuffix("1'") + f"{reference}'"
    assert told(read(interchange(one, message(2, TRIED)))) == ALL
    assert told(read(interchange(one, message(2, TRIED), trailer=""))) == ALL
