"""When a layout profile may be accepted: each condition, met and not met (synthetic files)."""

from __future__ import annotations

import dataclasses

import pytest

from datecertain.errors import LayoutError
from datecertain.identifiers import ItemNumber
from datecertain.messages import (
    Profile,
    Profiles,
    bundled_profiles,
    read_profile,
    transport_profiles,
)
from datecertain.messages.draft_text import profile_text
from datecertain.messages.drafting import draft
from datecertain.messages.inference import known_codes, unread_messages
from datecertain.messages.inference_values import Known
from datecertain.messages.profile_check import Check, Counts, PartnerFile, check_profile
from datecertain.moments import parse_date
from datecertain.wording import words
from partner_layouts import ITEMS, OFFICES, PARTNERS, RECEIVED_ON, Item, Told, file


def three_files(partner: str = "cni", items: list[Item] | None = None) -> list[PartnerFile]:
    return [
        PartnerFile(
            f"{number}.edi",
            file(PARTNERS[partner], items or ITEMS, reference=str(number)),
            RECEIVED_ON,
        )
        for number in range(1, 4)
    ]


def text_of(partner: str = "cni") -> str:
    """The draft, with all that it does not know passed over."""
    messages = [
        one
        for each in three_files(partner)
        for one in unread_messages(each.data, each.name, Profiles(()), RECEIVED_ON)
    ]
    found = draft(messages, Known(OFFICES, known_codes(), RECEIVED_ON))
    text = profile_text(found, "partner", "illustrative: synthetic")
    return text.replace('# [[passed_over]]\n# segment = "', '[[passed_over]]\nsegment = "')


def profile_of(partner: str = "cni") -> Profile:
    return read_profile(text_of(partner))


def failing(check: Check) -> list[str]:
    return [one.name for one in check.conditions if not one.holds]


def reason(check: Check, name: str) -> str:
    return next(one.reason(words("en")) for one in check.conditions if one.name == name)


@pytest.mark.parametrize("partner", PARTNERS)
def test_a_right_profile_and_three_files_hold(partner: str) -> None:
    check = check_profile(profile_of(partner), three_files(partner), bundled_profiles())
    assert failing(check) == []
    assert check.holds
    assert (check.messages, check.counts) == (3, Counts(9, 27))
    assert reason(check, "read-write-read") == "27 events read back equal"


def test_two_files_and_one_of_them_twice_are_two() -> None:
    files = three_files()[:2]
    files.append(dataclasses.replace(files[0], name="again.edi"))
    assert failing(check_profile(profile_of(), files, bundled_profiles())) == ["files"]


def test_test_files_are_no_real_files() -> None:
    files = three_files()[:2]
    test = file(PARTNERS["cni"], reference="9", test=True)
    check = check_profile(
        profile_of(), [*files, PartnerFile("t", test, RECEIVED_ON)], bundled_profiles()
    )
    assert failing(check) == ["files"]
    assert "1 test interchanges do not count" in reason(check, "files")


def test_a_segment_that_the_profile_does_not_know() -> None:
    text = text_of().replace('[[passed_over]]\nsegment = "FTX"\n', "")
    check = check_profile(read_profile(text), three_files(), bundled_profiles())
    assert failing(check) == ["no-unknown-segment"]
    assert "FTX" in reason(check, "no-unknown-segment")


def test_a_time_at_the_wrong_place() -> None:
    """The officer took another DTM for the event's: no event has a time."""
    text = text_of().replace('qualifier = "7"', 'qualifier = "8"')
    check = check_profile(read_profile(text), three_files(), bundled_profiles())
    assert {"files", "all-read", "no-unknown-segment", "read-write-read"} <= set(failing(check))
    assert "event-time-missing: 27" in reason(check, "all-read")


def test_a_profile_that_only_reads() -> None:
    text = text_of().split("[write]", maxsplit=1)[0]
    check = check_profile(read_profile(text), three_files(), bundled_profiles())
    assert failing(check) == ["read-write-read"]


def test_a_value_that_is_not_written() -> None:
    text = text_of().replace(', "STS+10++{reason}"', "")
    check = check_profile(read_profile(text), three_files(), bundled_profiles())
    assert failing(check) == ["read-write-read"]
    assert "reason not the same" in reason(check, "read-write-read")


def test_the_partners_own_counts() -> None:
    profile, files, others = profile_of(), three_files(), bundled_profiles()
    assert check_profile(profile, files, others, Counts(9, 27)).holds
    assert failing(check_profile(profile, files, others, Counts(9, 28))) == ["counts"]
    by_file = {one.name: Counts(3, 9) for one in files}
    assert check_profile(profile, files, others, by_file).holds
    check = check_profile(profile, files, others, by_file | {"2.edi": Counts(3, 8)})
    assert failing(check) == ["counts"]
    assert reason(check, "counts").startswith("2.edi: 3 items, 9 events; the partner counts 3")
    assert failing(check_profile(profile, files, others, {})) == ["counts"]


def test_events_after_their_receipt_and_long_before_it() -> None:
    profile, others = profile_of(), bundled_profiles()
    for received in ("2026-10-20", "2027-10-24"):
        files = [
            dataclasses.replace(one, received_on=parse_date(received)) for one in three_files()
        ]
        check = check_profile(profile, files, others)
        assert failing(check) == ["dates"]
        assert f"received {received}" in reason(check, "dates")
    day_before = [
        dataclasses.replace(one, received_on=parse_date("2026-10-22")) for one in three_files()
    ]
    assert check_profile(profile, day_before, others).holds  # a clock a day ahead of ours


def test_one_wrong_item_number_in_hundred_is_the_partners_fault() -> None:
    wrong = [
        dataclasses.replace(one, data=one.data.replace(b"EE000000014KR", b"EE000000013KR"))
        for one in three_files()
    ]
    check = check_profile(profile_of(), wrong, bundled_profiles())
    assert failing(check) == ["all-read"]
    assert reason(check, "all-read") == "set aside: item-check-digit: 3"
    event = [Told("EMB", "202610211945", "KRSELB")]
    numbers = [ItemNumber.compose("EE", serial, "KR") for serial in range(100, 250)]
    many: list[Item] = [(str(number), event) for number in numbers]
    files = [*three_files(items=many), wrong[0]]
    assert failing(check_profile(profile_of(), files, bundled_profiles())) == []


def test_a_profile_names_its_partner_and_takes_no_others_messages() -> None:
    files, own = three_files(), profile_of()
    nameless = read_profile(text_of().replace('senders = ["J1CKRA"]', "senders = []"))
    assert failing(check_profile(nameless, files, bundled_profiles())) == ["partner"]
    other = Profiles((dataclasses.replace(own, name="other"),))
    check = check_profile(own, files, other)
    assert failing(check) == ["partner"]
    assert "other reads" in reason(check, "partner")
    assert failing(check_profile(own, files, Profiles((own,)))) == ["partner"]


def test_profiles_of_transport_are_not_checked_yet() -> None:
    check = check_profile(transport_profiles().named("house-predes"), [], bundled_profiles())
    assert failing(check) == ["item-events"]


def test_the_form_of_a_profile_for_other_partners() -> None:
    """An event that begins before its code; a time without a format code; a reason beside it."""
    assert profile_of("reversed").field("code").pattern.qualifier == "1"  # type: ignore[union-attr]
    assert str(profile_of("reversed").opens["event"]) == "LOC+5"  # type: ignore[index]
    time = profile_of("gid").field("event_time")
    assert time is not None
    assert (time.format, time.format_component) == ("204", None)
    bad = text_of("gid").replace('format = "204"', 'format = "999"')
    with pytest.raises(LayoutError, match="999"):
        read_profile(bad)


@pytest.mark.parametrize("partner", PARTNERS)
def test_what_was_seen_is_said_in_either_language(partner: str) -> None:
    files = three_files(partner)
    transport = transport_profiles().named("house-predes")
    for profile, given in ((profile_of(partner), files), (transport, files[:1])):
        check = check_profile(profile, given, bundled_profiles())
        for one in check.conditions:
            english, korean = (one.reason(words(language)) for language in ("en", "ko"))
            assert english != korean
            assert any("가" <= letter <= "힣" for letter in korean), korean
