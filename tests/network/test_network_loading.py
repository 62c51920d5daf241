"""Loading a network reports everything at once, with file and row; the version is that of the
rows (docs/reference/network-files.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.errors import NetworkError, NotFound
from datecertain.findings import Finding, Severity
from datecertain.network import Network, Scope, bundled_folder, read_texts, version_of
from datecertain.network.loading import NETWORK_FILES, ROW_CLASSES
from worlds import texts, with_rows

# what is wrong | file | `old => new`, `+ a row`, or `gone` | finding | file and row
# A finding that ends in `…` brings others with it: rows that miss what could not be read.
DEFECTS = """
a month that does not exist      | areas.csv      | no,island,, => no,island,2026-13-01, | value-unreadable … | areas.csv 3
a clock past midnight            | schedules.csv  | KR,17:00,20:30 => KR,24:30,20:30 | value-unreadable | schedules.csv 2
weekdays out of order            | flights.csv    | ICN,JFK,135,10:00,10:50 => ICN,JFK,531,10:00,10:50 | value-unreadable | flights.csv 5
a direction that is none         | area_links.csv | KR-SEL,KRSELB,import => KR-SEL,KRSELB,inward | value-unreadable … | area_links.csv 3
a guarantee neither yes nor no   | areas.csv      | deliver.KR,no => deliver.KR,perhaps | value-unreadable … | areas.csv 3
minutes below zero               | offices.csv    | forward,180,120 => forward,180,-120 | value-unreadable … | offices.csv 2
a margin below zero              | lane_terms.csv | JP,US,1 => JP,US,-1 | value-unreadable | lane_terms.csv 2
a form that cannot be read       | posts.csv      | Seoul,[0-9]{5} => Seoul,[0-9 | value-unreadable … | posts.csv 2
a number beyond reason           | schedules.csv  | 14:00,06:00,1 => 14:00,06:00,99999999999 | value-unreadable | schedules.csv 16
a rate in words                  | rates.csv      | 1930.5 => many | value-unreadable … | rates.csv 2
a row without its source         | calendars.csv  | US,USPS,,test => US,USPS,, | value-unreadable … | calendars.csv 3
a row too short                  | holidays.csv   | Thanksgiving Day,Thanksgiving Day => Thanksgiving Day | row-length | holidays.csv 4
a row too long                   | lanes.csv      | US,JP,suspended => US,JP,,suspended | row-length … | lanes.csv 3
a column nobody knows            | lanes.csv      | note_ko,source => note_ko,source,colour | column-unknown … | lanes.csv 1
a column that is missing         | rates.csv      | currency,per_sdr => money,per_sdr | column-missing … | rates.csv 1
a file without a header          | terms.csv      | empty | file-empty … | terms.csv 0
a file that is missing           | lane_terms.csv | gone | file-missing | lane_terms.csv -
a header that is no TOML         | network.toml   | "small" => small | header-unreadable | network.toml -
a switch that is no truth value  | network.toml   | = true => = "on" | header-unreadable | network.toml -
a line nobody knows              | network.toml   | title => subtitle | header-unreadable … | network.toml -
a first day that is no date      | network.toml   | 2026-10-19 => "soon" | header-unreadable | network.toml -
a horizon without days           | network.toml   | 2026-12-13 => 2026-10-19 | horizon | network.toml -
a post twice                     | posts.csv      | + JP,JPB,Japan Post,일본우편,JP,JPY,Asia/Tokyo,[0-9]{7},7,2002-06-01,,test | row-twice … | posts.csv 5
an operator twice                | posts.csv      | JP,JPA => JP,KRA | row-twice | posts.csv 3
a holiday twice                  | holidays.csv   | + KR,2026-11-05,open,Again,다시,2026-01-01,test | row-twice | holidays.csv 5
a link twice                     | area_links.csv | + JP-TYO,JPKWSA,import,inland.far,,,test | row-twice | area_links.csv 14
a rate twice                     | rates.csv      | + 2026-10-01,KRW,1931,test | row-twice | rates.csv 5
a flight twice                   | flights.csv    | + XC305,LAX,ICN,1234567,11:00,18:30,1,,,2026-01-01,test | row-twice | flights.csv 12
a zone nobody knows              | airports.csv   | LAX,America/Los_Angeles => LAX,America/Hollywood | zone-unknown | airports.csv 5
an area's zone nobody knows      | areas.csv      | KR-SEL,KR,Seoul,서울,Asia/Seoul => KR-SEL,KR,Seoul,서울,Asia/Soul | zone-unknown | areas.csv 2
an end before its beginning      | terms.csv      | sender,US,*,customs,subtract,, => sender,US,*,customs,subtract,2026-12-01,2026-11-01 | validity | terms.csv 6
an airport nobody knows          | flights.csv    | + XD1,ICN,SYD,1,10:00,21:00,0,,,2026-01-01,test | reference-unknown | flights.csv 12
a calendar nobody knows          | schedules.csv  | export.US,12345,US => export.US,12345,UK | reference-unknown | schedules.csv 5
an included calendar unknown     | calendars.csv  | KR,Korea Post,, => KR,Korea Post,ASIA, | reference-unknown | calendars.csv 2
an office nobody knows           | area_links.csv | + KR-SEL,KRPUSA,export,export.KR,,,test | reference-unknown | area_links.csv 14
an area nobody knows             | postcodes.csv  | + KR,63000,63644,KR-CJU,,test | reference-unknown | postcodes.csv 8
a schedule nobody knows          | areas.csv      | deliver.JP => deliver.EU | reference-unknown | areas.csv 4
a post nobody knows              | lanes.csv      | + KR,GB,opened,2009-02-16,,,test | reference-unknown | lanes.csv 5
an office without its customs    | offices.csv    | JFK,America/New_York,both,close,present,customs => JFK,America/New_York,both,close,present, | schedule-missing | offices.csv 4
an office of another post        | area_links.csv | + KR-SEL,JPKWSA,export,export.KR,,,test | office-of-another-post | area_links.csv 14
an office that faces away        | offices.csv    | LAX,America/Los_Angeles,both => LAX,America/Los_Angeles,inward | office-direction | area_links.csv 11
an area that cannot be reached   | area_links.csv | KR-ULL,KRSELB,import => KR-SEL,KRSELB,import | area-unlinked … | areas.csv 3
an area not promised, no reason  | areas.csv      | no,island => no, | reason-missing | areas.csv 3
a schedule that runs backwards   | schedules.csv  | KR,17:00,20:30 => KR,17:00,16:30 | slot-backwards | schedules.csv 2
a flight that lands where it left | flights.csv   | + XD1,ICN,ICN,1,10:00,12:00,0,,,2026-01-01,test | flight-nowhere | flights.csv 12
a flight no aircraft can fly     | flights.csv    | JFK,NRT,246,13:00,17:00,1 => JFK,NRT,246,13:00,17:00,0 | flight-block | flights.csv 9
a range that overlaps another    | postcodes.csv  | + US,14000,15500,US-NYC,,test | postcode-overlap | postcodes.csv 8
the same range twice             | postcodes.csv  | + KR,40200,40240,KR-SEL,,test | postcode-twice | postcodes.csv 8
a range from high to low         | postcodes.csv  | + US,20009,20001,US-NYC,,test | postcode-range | postcodes.csv 8
a range of short keys            | postcodes.csv  | + US,200,299,US-NYC,,test | postcode-range | postcodes.csv 8
a range to nowhere, no reason    | postcodes.csv  | + US,20001,20009,,,test | postcode-range | postcodes.csv 8
a range in another post's area   | postcodes.csv  | + US,20001,20009,KR-ULL,,test | area-of-another-post | postcodes.csv 8
resumed while it was open        | lanes.csv      | + KR,JP,resumed,2026-11-01,,,test | lane-history | lanes.csv 5
suspended before it was opened   | lanes.csv      | + JP,KR,suspended,2004-01-01,,,test | lane-history … | lanes.csv 5
opened twice                     | lanes.csv      | + *,KR,opened,2026-11-20,,,test | lane-history | lanes.csv 5
a currency without a rate        | rates.csv      | 2026-10-01,JPY => 2026-10-20,JPY | rate-missing | posts.csv 3
a rate of nothing                | rates.csv      | USD,1.36 => USD,0 | rate | rates.csv 4
a year without holidays          | network.toml   | 2026-12-13 => 2027-01-31 | calendar-gap … | calendars.csv 2
a gap in an included calendar    | calendars.csv  | + ALL,Everywhere,,test ; KR,Korea Post,, => KR,Korea Post,ALL, | calendar-gap | calendars.csv 4
calendars that include in a ring | calendars.csv  | KR,Korea Post,, => KR,Korea Post,US, ; US,USPS,, => US,USPS,KR, | calendar-cycle … | calendars.csv 2
a term nobody knows              | terms.csv      | + sender,*,*,politeness,yes,,,test | term-unknown | terms.csv 35
a term of the other scope        | terms.csv      | + sender,*,*,case_notice_hours,9,,,test | term-unknown | terms.csv 35
a term that cannot be read       | terms.csv      | subtract => subtracted | term-unreadable | terms.csv 6
a term below zero                | terms.csv      | refund_percent,100 => refund_percent,-100 | term-unreadable | terms.csv 7
a term without a last resort     | terms.csv      | sender,*,*,refund_percent => sender,KR,*,refund_percent | term-missing | terms.csv -
a last resort that ends          | terms.csv      | lost_after_days,21,, => lost_after_days,21,,2026-12-31 | term-missing | terms.csv -
two values from one day on       | terms.csv      | + sender,US,*,customs,exclude,,,test | terms-contradict | terms.csv 35
extends without a count of days  | terms.csv      | subtract => extend | terms-conflict | terms.csv 6
deemed delivered before it left  | terms.csv      | subtract => deemed_delivered ; + sender,*,*,customs_ends,both,,,test | terms-conflict | terms.csv 6
attempts for no reason           | terms.csv      | attempt_reasons,1 2 3 => attempt_reasons,none | terms-conflict … | terms.csv 13
a notice that no event is        | terms.csv      | + sender,*,*,notification_stops,yes,,,test | terms-conflict | terms.csv 35
ends before it is undetermined   | terms.csv      | + relation,*,*,undetermined_ends_as,lost,,,test ; + relation,*,*,undetermined_ends_after_days,4,,,test | terms-conflict | terms.csv 36
undetermined without an end      | terms.csv      | + relation,JP,*,burden_of_proof,undetermined,,,test | terms-conflict | terms.csv 35
a policy of sharing nobody knows | terms.csv      | + relation,*,*,sharing,by_weight,,,test | term-unreadable | terms.csv 35
an exclusion nobody knows        | exclusions.csv | + sender,*,*,bad_luck,clips,case,,,test | exclusion-unknown | exclusions.csv 2
evidence of no known event       | exclusions.csv | + sender,*,*,refused,attempt,EMI:1,,,test | exclusion-evidence | exclusions.csv 2
evidence that cannot work so     | exclusions.csv | + sender,*,*,refused,attempt,case,,,test | exclusion-evidence | exclusions.csv 2
an exclusion said in two ways    | exclusions.csv | + sender,*,*,refused,clips,EMH,,,test ; + sender,*,*,refused,no,,,,test | terms-contradict | exclusions.csv 3
a reason that counts and clips   | exclusions.csv | + sender,*,*,refused,clips,EMH:2,,,test | terms-conflict | terms.csv 19
a last resort that begins late   | terms.csv      | lost_after_days,21, => lost_after_days,21,2026-11-01 | term-missing | terms.csv -
"""  # noqa: E501 - one line a case


def damaged(world: dict[str, str], file: str, change: str) -> dict[str, str]:
    """The world with one change of the table."""
    if change == "gone":
        return {name: text for name, text in world.items() if name != file}
    if change == "empty":
        return {**world, file: "# nothing here yet\n"}
    text = world[file]
    for part in change.split(" ; "):
        if part.startswith("+ "):
            text += part[2:] + "\n"
        else:
            old, new = part.split(" => ")
            assert text.count(old) == 1, (old, text.count(old))
            text = text.replace(old, new)
    return {**world, file: text}


def beside_terms(network: Network) -> list[Finding]:
    """The findings of a network that is older than some terms, those about them left out."""
    return [finding for finding in network.findings if finding.code != "term-missing"]


def parsed(line: str) -> tuple[str, str, str, tuple[str, str, str], bool]:
    """(name, file, change, (code, file, position), whether others may follow from it)."""
    name, file, change, code, where = (cell.strip() for cell in line.split(" | "))
    source, row = where.split()
    expected = (code.removesuffix(" …"), source, "" if row == "-" else f"row {row}")
    return name, file, change, expected, code.endswith("…")


LINES = DEFECTS.strip().splitlines()


def place(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.source, finding.position


def refused(world: dict[str, str]) -> tuple[str, list[tuple[str, str, str]]]:
    with pytest.raises(NetworkError) as caught:
        Network.from_texts(world, "the test world")
    found = [f for f in caught.value.findings if isinstance(f, Finding)]
    return str(caught.value), [place(f) for f in found if f.severity is Severity.ERROR]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split(" | ")[0].strip())
def test_a_defect_is_refused_with_its_file_and_row(line: str) -> None:
    _, file, change, expected, others = parsed(line)
    message, found = refused(damaged(texts(), file, change))
    assert expected in found
    if not others:
        assert found == [expected]
    code, source, position = expected
    assert f"{source}:{position}: error {code}" in message or f"{source}: error {code}" in message


def test_ten_defects_are_reported_in_one_go() -> None:
    """Five that cannot be read and five that cannot be: one error names all ten."""
    chosen = (
        "a clock past midnight", "a rate in words", "a row too short", "a margin below zero",
        "a column nobody knows", "an area not promised, no reason", "a flight no aircraft can fly",
        "a range that overlaps another", "an office of another post", "a term that cannot be read",
    )  # fmt: skip
    world, expected = texts(), set()
    for line in LINES:
        name, file, change, finding, _ = parsed(line)
        if name in chosen:
            world = damaged(world, file, change)
            expected.add(finding)
    assert len(expected) == len(chosen) == 10
    message, found = refused(world)
    assert expected <= set(found)
    assert message.startswith(f"the test world has {len(found)} errors")
    for code, source, position in expected:
        assert f"{source}:{position}: error {code}" in message


# These load; the finding stays with the network.
DOUBTS = """
counts open days of no calendar  | schedules.csv | inland.far,1234567,,23:00,05:00,2,days => inland.far,1234567,,23:00,05:00,2,open | slot-counting | schedules.csv 18 | warning
a line-haul of four weeks        | schedules.csv | inland.far,1234567,,23:00,05:00,2 => inland.far,1234567,,23:00,05:00,28 | slot-long | schedules.csv 18 | warning
an area without postcodes        | postcodes.csv | KR-ULL, => ,vacant | area-unused | areas.csv 3 | warning
a holiday after the horizon      | holidays.csv  | + KR,2026-12-25,closed,Christmas,성탄절,2026-01-01,test | holiday-outside | holidays.csv 5 | note
"""  # noqa: E501 - one line a case


@pytest.mark.parametrize("line", DOUBTS.strip().splitlines())
def test_a_doubt_is_kept_and_the_network_used(line: str) -> None:
    case, severity = line.rsplit(" | ", 1)
    _, file, change, expected, _ = parsed(case)
    network = Network.from_texts(damaged(texts(), file, change))
    assert [(place(f), str(f.severity)) for f in beside_terms(network)] == [(expected, severity)]


def test_holidays_of_years_before_the_horizon_are_history_and_no_doubt() -> None:
    past = "+ KR,2019-12-25,closed,Christmas,성탄절,2019-01-01,test"
    assert beside_terms(Network.from_texts(damaged(texts(), "holidays.csv", past))) == []


OPTIONAL = {row_class.file for row_class in ROW_CLASSES if row_class.optional}


@pytest.mark.parametrize("file", sorted({*NETWORK_FILES} - {"network.toml"} - OPTIONAL))
def test_every_file_is_needed(file: str) -> None:
    _, found = refused(damaged(texts(), file, "gone"))
    assert found[0] == ("file-missing", file, "")


def test_a_network_from_before_a_file_existed_is_read_without_it() -> None:
    older = {file: text for file, text in texts().items() if file not in OPTIONAL}
    network = Network.from_texts(older)
    assert beside_terms(network) == []
    assert {file for file, rows in network.data.tables().items() if not rows} == OPTIONAL


def test_a_folder_that_is_no_network_or_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no network\.toml"):
        Network.from_folder(tmp_path)
    for name, text in texts().items():
        (tmp_path / name).write_text(text, encoding="cp949" if name == "posts.csv" else "utf-8")
    with pytest.raises(NetworkError, match=r"posts\.csv:byte \d+: error file-encoding"):
        Network.from_folder(tmp_path)
    (tmp_path / "posts.csv").write_text(texts()["posts.csv"], encoding="utf-8-sig")
    assert Network.from_folder(tmp_path).version == version_of(texts())


COMMENTS = st.sampled_from(["", "   ", "# a note", "  # indented", "#,,,,"])


@given(st.sampled_from(sorted(texts())), COMMENTS, st.integers(0, 5), st.booleans())
def test_comments_and_blank_lines_do_not_change_the_version(
    file: str, comment: str, after: int, carriage_return: bool
) -> None:
    world = texts()
    lines = world[file].splitlines()
    lines.insert(min(after, len(lines)), comment)
    written = ("\r\n" if carriage_return else "\n").join(lines) + "\n\n"
    changed = {**world, file: written}
    assert version_of(changed) == version_of(world)
    assert Network.from_texts(changed).version == version_of(world)


@given(st.data())
def test_any_cell_changes_the_version(data: st.DataObject) -> None:
    world = texts()
    file = data.draw(st.sampled_from(sorted(texts())))
    lines = world[file].splitlines()
    row = data.draw(st.integers(0, len(lines) - 1))
    cells = lines[row].split(",")
    cell = data.draw(st.integers(0, len(cells) - 1))
    cells[cell] += data.draw(st.sampled_from(["1", "x", "가"]))
    lines[row] = ",".join(cells)
    assert version_of({**world, file: "\n".join(lines) + "\n"}) != version_of(world)


def test_a_row_more_or_less_or_elsewhere_changes_the_version() -> None:
    world = texts()
    first, second, *others = world["rates.csv"].splitlines()
    versions = {
        version_of(world),
        version_of(with_rows("rates.csv", "2026-11-02,KRW,1940,test")),
        version_of({**world, "rates.csv": "\n".join([first, *others])}),
        version_of({**world, "rates.csv": "\n".join([first, others[0], second, *others[1:]])}),
        version_of({name: text for name, text in world.items() if name != "rates.csv"}),
    }
    assert len(versions) == 5
    assert version_of(dict(reversed(world.items()))) == version_of(world)


def test_the_bundled_version_is_that_of_its_rows() -> None:
    bundled = read_texts(bundled_folder())
    commented = {name: f"# read again\n\n{text}" for name, text in bundled.items()}
    assert version_of(commented) == version_of(bundled)
    assert version_of(bundled) != version_of(texts())


def test_a_network_older_than_a_term_is_judged_by_what_held_before_and_says_so() -> None:
    network = Network.from_texts(texts())
    told = {str(f.severity): f.detail for f in network.findings if "customs_ends" in f.detail}
    assert list(told) == ["warning"]
    assert "'import' holds, as before the term existed" in told["warning"]
    assert network.terms.value(Scope.SENDER, "customs_ends", "KR", "JP", 20_750) == "import"
    told = {str(f.severity): f.detail for f in network.findings if "lost_after" in f.detail}
    assert told == {
        "note": "sender term 'lost_after_days' has no row for * to *: senders are judged by the "
        "relation's"
    }
    assert (
        network.terms.row(Scope.SENDER, "lost_after_days", "KR", "JP", 20_750).scope == "relation"
    )
