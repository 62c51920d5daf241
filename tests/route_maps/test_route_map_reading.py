"""Files of route maps: layouts, bad rows, processes set aside, files that are none."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from route_map_cases import COLUMNS, stages_of, table_of

from datecertain.errors import LayoutError, NotFound, UsageError
from datecertain.operations.route_maps import judge_route_map_file
from datecertain.verdict.route_map_report import (
    as_json,
    process_table,
    report_tables,
    summary_lines,
)
from datecertain.verdict.route_maps import ROUTE_VERDICTS, judge_route_maps
from datecertain.verdict.route_plans import read_layout, route_layouts
from datecertain.web.route_maps import route_map_report_html
from datecertain.wording import LANGUAGES, words

GOOD = """
    inbound-1: RCS 10/10 DEP@ICN 20/50 RCF@HKG 60/60 DLV 10/10
    outbound: RCS 10/10 DEP@HKG 20/20 RCF@CDG 60/60 DLV 10/10
"""


def rows(process: str = "A1", text: str = GOOD) -> list[dict[str, str]]:
    return [dict(row) for row in table_of(stages_of(process, text)).to_pylist()]


def table(*lists: list[dict[str, str]]) -> pa.Table:
    every = [row for part in lists for row in part]
    return pa.table({name: [row.get(name, "") for row in every] for name in COLUMNS})


# What is wrong with process B2 -> the finding, where
DEFECTS = """
row 4 planned_min = ''          : value-unreadable row 13
row 4 planned_min = '-5'        : value-unreadable row 13
row 4 planned_min = '12.5'      : value-unreadable row 13
row 4 actual_min = 'soon'       : value-unreadable row 13
row 1 hop = ''                  : value-unreadable row 10
row 1 hop = '0'                 : value-unreadable row 10
row 2 stage = 'ARR'             : stage-unknown row 11
row 2 leg = 'inbound'           : leg-unknown row 11
row 2 hop = '2'                 : leg-incomplete process B2
row 2 stage = 'DEP'             : leg-incomplete process B2
row 0 stage = 'DLV'             : leg-incomplete process B2
row 4 actual_min = '2000000'    : duration-implausible process B2
row 1 actual_min = ''           : stage-missing process B2
row 3 actual_min = ''           : stage-missing process B2
"""


@pytest.mark.parametrize("defect", DEFECTS.strip().splitlines())
def test_a_process_that_cannot_be_read_is_set_aside_whole_and_the_others_are_judged(
    defect: str,
) -> None:
    change, expected = defect.rsplit(" : ", 1)
    _, row, column, _, value = change.split(maxsplit=4)
    broken = rows("B2")
    broken[int(row)][column] = value.strip("' ")
    result = judge_route_maps(table(rows("A1"), broken, rows("C3")), "file.csv")
    assert result.set_aside == ("B2",)
    assert [(f.code, f.position) for f in result.findings] == [tuple(expected.split(maxsplit=1))]
    assert result.verdicts.column("process").to_pylist() == ["A1", "C3"]
    assert result.summary.processes == 3


def test_missing_legs_are_told() -> None:
    no_outbound = rows("B2")[:4]
    no_inbound = rows("C3")[4:]
    gap = rows("D4") + [{**row, "leg": "inbound-3"} for row in rows("D4")[:4]]
    result = judge_route_maps(table(rows(), no_outbound, no_inbound, gap))
    assert [(f.code, f.position) for f in result.findings] == [
        ("leg-missing", f"process {name}") for name in ("B2", "C3", "D4")
    ]


def test_a_row_given_twice_sets_its_process_aside() -> None:
    result = judge_route_maps(table(rows("A1"), rows("B2"), rows("B2")[:1]))
    assert result.set_aside == ("B2",)
    assert [f.code for f in result.findings] == ["leg-incomplete"]


def test_a_row_without_a_process_is_a_finding_of_its_own() -> None:
    result = judge_route_maps(table(rows(), [{**rows()[0], "process": " "}]))
    assert [(f.code, f.position) for f in result.findings] == [("process-missing", "row 9")]
    assert result.verdicts.num_rows == 1


def test_an_empty_file_is_judged_to_nothing() -> None:
    result = judge_route_maps(table())
    assert result.verdicts.schema == ROUTE_VERDICTS
    assert result.summary.processes == 0
    assert ("late share", "– (0 of 0)") in summary_lines(result, words("en"))
    assert report_tables(result, words("en")) == ()


def test_the_layout_is_the_one_whose_columns_are_there() -> None:
    house = table(rows())
    renamed = {"process": "process_id", "actual_min": "effective_min"}
    cargo = house.rename_columns([renamed.get(name, name) for name in COLUMNS])
    for column, codes in {
        "leg": {"inbound-1": "i1", "outbound": "o"},
        "stage": {name: name.lower() for name in ("RCS", "DEP", "RCF", "DLV")},
    }.items():
        index = COLUMNS.index(column)
        values = [codes[value] for value in cargo.column(column).to_pylist()]
        cargo = cargo.set_column(index, column, pa.array(values))
    assert judge_route_maps(cargo).layout == "cargo-iq-case-study"
    assert judge_route_maps(house).layout == "house"
    assert judge_route_maps(cargo).verdicts == judge_route_maps(house).verdicts
    assert set(route_layouts()) == {"house", "cargo-iq-case-study"}


def test_columns_that_fit_no_layout_are_misuse() -> None:
    with pytest.raises(UsageError, match=r"no route-map layout fits.*actual_min"):
        judge_route_maps(table(rows()).drop_columns(["actual_min"]))
    with pytest.raises(UsageError, match="cargo-iq-case-study"):
        judge_route_maps(table(rows()), layout="unheard-of")
    with pytest.raises(LayoutError, match="inbound-12"):
        read_layout("name='x'\nsource='y'\n[columns]\n[legs]\na='inbound-12'\n[stages]\n", "x.toml")


def test_the_file_says_what_it_is_and_whole_numbers_come_in_many_types(tmp_path: Path) -> None:
    plain = table(rows("A1"), rows("B2"))
    csv = ",".join(COLUMNS) + "\n" + "".join(
        ",".join(row.values()) + "\n" for row in plain.to_pylist()
    )  # fmt: skip
    floats = plain.set_column(5, "planned_min", plain.column("planned_min").cast(pa.float64()))
    pyarrow.parquet.write_table(floats, tmp_path / "maps.parquet")
    (tmp_path / "maps.csv").write_bytes(b"\xef\xbb\xbf" + csv.encode())
    (tmp_path / "maps.csv.gz").write_bytes(gzip.compress(csv.encode()))
    expected = judge_route_maps(plain).verdicts
    for name in ("maps.parquet", "maps.csv", "maps.csv.gz"):
        assert judge_route_map_file(tmp_path / name).verdicts == expected, name


def test_a_broken_line_costs_its_process_and_no_other(tmp_path: Path) -> None:
    lines = [",".join(row.values()) for row in rows("A1") + rows("B2")]
    lines[9] += ",surplus"
    (tmp_path / "maps.csv").write_text("\n".join([",".join(COLUMNS), *lines]), encoding="utf-8")
    result = judge_route_map_file(tmp_path / "maps.csv")
    assert [(f.code, f.position) for f in result.findings] == [
        ("row-length", "line 11"), ("leg-incomplete", "process B2"),
    ]  # fmt: skip
    assert result.verdicts.column("process").to_pylist() == ["A1"]


def test_what_is_no_table_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="absent"):
        judge_route_map_file(tmp_path / "absent.parquet")
    for content in (b"PAR1 but nothing else", b"\x1f\x8b\x00", b"", b"\x00\xff\xfe"):
        (tmp_path / "rubbish").write_bytes(content)
        with pytest.raises(UsageError, match=r"rubbish|layout"):
            judge_route_map_file(tmp_path / "rubbish")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_tells_outcome_minutes_and_findings_in_every_language(language: str) -> None:
    broken = [{**row, "planned_min": "<b>"} for row in rows("B2")]
    result = judge_route_maps(table(rows("A1"), broken), "maps.csv")
    spoken = words(language)
    page = route_map_report_html(result, language)
    for text in (*summary_lines(result, spoken)[0], spoken.say("outcome.late_liable")):
        assert text in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    titles = [shown.title for shown in report_tables(result, spoken)]
    assert len(titles) == 5
    assert all(title in page for title in titles)
    steps = process_table(result, "A1", spoken)
    assert [row[-1] for row in steps.rows] == ["0", "30", "0", "0", "0", "0", "0", "0"]
    with pytest.raises(NotFound, match="set aside"):
        process_table(result, "B2", spoken)
    with pytest.raises(NotFound, match="Z9"):
        process_table(result, "Z9", spoken)


def test_the_json_holds_everything() -> None:
    answer = as_json(judge_route_maps(table(rows("A1")), "maps.csv"))
    assert answer["summary"]["late_share"] == 1.0
    assert answer["summary"]["by_stage"][1] == {
        "stage": "DEP", "lost_min": 30, "won_back_min": 0, "net_min": 30,
        "attributable_min": 30, "processes": 1,
    }  # fmt: skip
    assert answer["summary"]["places"] == [
        {"stage": "DEP", "place": "ICN", "lost_min": 30, "processes": 1}
    ]
    assert answer["processes"][0]["liability"] == [
        {"leg": "inbound-1", "stage": "DEP", "share_ppm": 1_000_000, "share": 1.0}
    ]
    assert [step["place"] for step in answer["processes"][0]["staircase"]][:3] == [
        None, "ICN", "HKG",
    ]  # fmt: skip
