"""Carriage agreements, critical tag times, rules of scoring and of evidence: what loads and what
is found."""

from __future__ import annotations

import pytest

from datecertain.errors import NetworkError
from datecertain.network import (
    HandoverPoint,
    Network,
    Party,
    bundled_network,
    read_network,
    version_of,
)
from datecertain.network.checking import check_network
from worlds import small_network, texts

CARRIAGE = "origin,destination,transport,transit,handover,valid_from,valid_to,source\n"
TAGS = "office,days,by,valid_from,valid_to,source\n"
WEAK = "place,weakening,valid_from,valid_to,source\n"
RULES = "origin,destination,fact,scoring,proof,valid_from,valid_to,source\n"


def codes(**files: str) -> list[str]:
    """The findings that these files add."""
    changed = {f"{name}.csv": text for name, text in files.items()}
    data, findings = read_network(texts(changed))
    assert data is not None
    return [one.code for one in (*findings, *check_network(data)) if one.source in changed]


def test_the_most_specific_row_decides() -> None:
    rows = (
        "*,*,origin,origin,received,,,test\n"
        "KR,*,origin,origin,taken_over,,,test\n"
        "KR,US,destination,origin,landing,2026-11-01,,test\n"
    )
    carriage = Network.from_texts(texts({"carriage.csv": CARRIAGE + rows})).carriage
    assert carriage.on("JP", "KR", 20_758).handover == HandoverPoint.RECEIVED
    assert carriage.on("KR", "US", 20_757).handover == HandoverPoint.TAKEN_OVER
    agreed = carriage.on("KR", "US", 20_758)
    assert (agreed.handover, agreed.transport) == (HandoverPoint.LANDING, Party.DESTINATION)


def test_a_network_without_the_files_keeps_its_version() -> None:
    assert small_network().version == version_of(texts())
    assert small_network().carriage.on("KR", "US", 20_758).row is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"carriage": CARRIAGE + "*,*,origin,origin,received,,,test\n"}, []),
        ({"carriage": CARRIAGE + "XX,*,origin,origin,received,,,test\n"}, ["reference-unknown"]),
        ({"carriage": CARRIAGE + "*,*,carrier,origin,received,,,test\n"}, ["value-unreadable"]),
        ({"carriage": CARRIAGE + "*,*,origin,origin,somewhere,,,test\n"}, ["value-unreadable"]),
        ({"carriage": CARRIAGE + "*,*,origin,origin,landing,,,test\n" * 2}, ["row-twice"]),
        ({"carriage": CARRIAGE + "*,*,origin,origin,landing,2026-11-02,2026-11-01,test\n"},
         ["validity"]),
        ({"tag_times": TAGS + "KRSELB,12345,22:00,,,test\n"}, []),
        ({"tag_times": TAGS + "XXXXXA,12345,22:00,,,test\n"}, ["reference-unknown"]),
        ({"tag_times": TAGS + "KRSELB,12345,23:00,,,test\n"}, ["tag-time-late"]),
        ({"tag_times": TAGS + "KRSELB,12,21:00,,,test\nKRSELB,2,20:00,,,test\n"}, ["row-twice"]),
        ({"journey_rules": RULES + "*,*,missent,left_out_if_proven,EMJ+EMK EMC,,,test\n"}, []),
        ({"journey_rules": RULES + "*,*,missent,left_out_if_proven,,,,test\n"}, ["proof-missing"]),
        ({"journey_rules": RULES + "*,*,returned,counts,EMK,,,test\n"}, ["proof-unused"]),
        ({"journey_rules": RULES + "*,*,lost,counts,,,,test\n"}, ["value-unreadable"]),
        ({"weakened_evidence": WEAK + "US-NYC,needs_second_scan,2026-11-01,,test\n"}, []),
        ({"weakened_evidence": WEAK + "USJFKA,needs_second_scan,,,test\n"}, ["reference-unknown"]),
        ({"weakened_evidence": WEAK + "US-NYC,earliest_landing_instead,,,test\n"},
         ["reference-unknown"]),
        ({"weakened_evidence": WEAK + "US-NYC,is_ignored,,,test\n"}, ["value-unreadable"]),
        ({"weakened_evidence": WEAK + "US-NYC,time_of_day_unknown,2026-11-01,2026-10-31,test\n"},
         ["validity"]),
        ({"weakened_evidence": WEAK + "US-NYC,time_of_day_unknown,,2026-10-31,test\n"
          "US-NYC,time_of_day_unknown,2026-10-31,,test\n"}, ["row-twice"]),
        ({"weakened_evidence": WEAK + "US-NYC,time_of_day_unknown,,2026-10-31,test\n"
          "US-NYC,time_of_day_unknown,2026-11-01,,test\nUS-CAL,time_of_day_unknown,,,test\n"},
         []),
    ],
)  # fmt: skip
def test_what_is_found(files: dict[str, str], expected: list[str]) -> None:
    assert codes(**files) == expected


def test_an_unreadable_agreement_stops_the_network() -> None:
    with pytest.raises(NetworkError, match="must be one of landing"):
        Network.from_texts(texts({"carriage.csv": CARRIAGE + "*,*,origin,origin,x,,,test\n"}))


def test_the_bundled_rows_say_where_they_come_from() -> None:
    data = bundled_network().data
    assert data.carriage
    assert data.journey_rules
    assert {row.office for row in data.tag_times} == {
        row.office for row in data.offices if row.inward
    }
    assert all(row.illustrative for row in (*data.carriage, *data.tag_times))
