"""Small interchanges in the house layout, written out by hand, and short ways to read them."""

from __future__ import annotations

import io

from datecertain.messages import ReadResult, bundled_profiles, joined, read_parts
from datecertain.moments import parse_date

RECEIVED_ON = parse_date("2026-11-16")

UNB = "UNB+UNOA:3+J1CKRA+J1CJPA+261116:0930+KRJP0000000123++EMSEVT'"
UNH = "UNH+{0}+EMSEVT:3:0:ZZ:DC1'"
UNZ = "UNZ+{0}+KRJP0000000123'"

#: An item that leaves Seoul for Tokyo.
LEAVES = (
    "CNI+1+EE473124829KR'STS+1+EMC'DTM+334:202611160112:203'LOC+14+KRSELB'"
    "RFF+AAS:KRSELBJPKWSAAEN60412'RFF+S9:KRSELBJPKWSAAEN60412001000079'LOC+8+JPKWSA'"
)
#: An item held by customs for want of a declaration, then released.
HELD = (
    "CNI+2+EE966331020JP'STS+1+EME'DTM+334:202611152005:203'LOC+14+KRSELB'STS+2+54'"
    "STS+1+EDC'DTM+334:202611160810:203'LOC+14+KRSELB'"
)
#: A failed delivery, with a signatory's words that nobody may keep.
TRIED = (
    "CNI+1+EE000000005US'STS+1+EMH'DTM+334:202611160915:203'LOC+14+KRBUSA'STS+2+1'STS+3+A'"
    "FTX+AAI+++O?'BRIEN MOVED?? LEFT NOTE?: FLAT 3?+4'"
)


def message(number: int, body: str, count: int | None = None) -> str:
    """A message around a body, with the count of its segments unless one is given."""
    text = UNH.format(number) + "DTM+137:202611160930:203'" + body
    plain = text.replace("?'", "")
    return f"{text}UNT+{plain.count(chr(39)) + 1 if count is None else count}+{number}'"


def interchange(*messages: str, header: str = UNB, trailer: str | None = None) -> bytes:
    """Messages within an envelope."""
    end = UNZ.format(len(messages)) if trailer is None else trailer
    return (header + "".join(messages) + end).encode("latin-1")


def two_messages() -> bytes:
    """Three items, four events."""
    return interchange(message(1, LEAVES + HELD), message(2, TRIED))


def read(data: bytes, block_bytes: int = 1 << 20, **limits: int) -> ReadResult:
    """Read one file with the bundled profiles."""
    return joined(parts(data, block_bytes, **limits))


def parts(data: bytes, block_bytes: int = 1 << 20, **limits: int) -> list[ReadResult]:
    """Read one file, part by part."""
    return list(
        read_parts(
            [("test.edi", io.BytesIO(data))],
            bundled_profiles(),
            received_on=RECEIVED_ON,
            block_bytes=block_bytes,
            **limits,
        )
    )


def codes(result: ReadResult) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in result.findings]


def told(result: ReadResult) -> list[tuple[str, str]]:
    """Item and event code of each event."""
    return list(
        zip(result.events["item_id"].to_pylist(), result.events["code"].to_pylist(), strict=True)
    )
