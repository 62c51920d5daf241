"""ITMATT messages written out by hand, and short ways to read them. All of it, persons included, is
invented."""

from __future__ import annotations

import io

from datecertain.identifiers import compose_many
from datecertain.messages import Profiles, ReadResult, attribute_profiles, joined, read_parts
from datecertain.moments import parse_date

DAY = parse_date("2026-11-20")
RECEIVED_ON = parse_date("2026-11-21")
LAYOUT = "ITMATT:1:1:ZZ:DC1"
GIFT, PAPERS = compose_many("EE", range(810, 812), "KR").to_pylist()

#: Who sends and who gets it: what must never be found behind the door.
PERSONS = (
    "HONG GILDONG", "SEJONGDAERO 209", "MUSTERMANN", "UNIT 4 HARBOUR STREET", "821055512345",
    "m.mustermann@example.org", "WOOLLEN SCARF FOR MY AUNT",
)  # fmt: skip
NAMED = (
    "NAD+CZ+++HONG GILDONG+SEJONGDAERO 209+SEOUL++03172+KR'CTA+IC+:HONG GILDONG'"
    "COM+821055512345:TE'NAD+CN+++MUSTERMANN+UNIT 4 HARBOUR STREET+SYDNEY++2000+AU'"
    "COM+m.mustermann@example.org:EM'"
)
FIRST_ITEM = (
    f"RFF+S10:{GIFT}'{NAMED}GIS+GIF'LOC+28+AU'LOC+7+2000'MEA+WT++KGM:1.25'MOA+40:45.5:USD'"
    "MOA+64:31000:KRW'CST+1+621410'IMD+F++:::WOOLLEN SCARF FOR MY AUNT'QTY+1:2'CST+2+190531'"
    "CST+3'FTX+AAA+++WOOLLEN SCARF FOR MY AUNT'"
)
SECOND_ITEM = f"RFF+S10:{PAPERS}'GIS+DOC'LOC+28+AU'MEA+WT++GRM:180'"
BODY = f"BGM+ITM+1+9'DTM+137:202611200150:203'{FIRST_ITEM}{SECOND_ITEM}"


def interchange(*bodies: str, layout: str = LAYOUT, application: str = "ITMATT") -> bytes:
    """Messages around bodies, in an envelope; counts are right."""
    text = f"UNB+UNOC:3+J1CKRA+J1CAUA+261120:0240+REF0000000001++{application}'"
    for number, body in enumerate(bodies, start=1):
        count = body.count("'") + 2
        text += f"UNH+{number}+{layout}'{body}UNT+{count}+{number}'"
    return (text + f"UNZ+{len(bodies)}+REF0000000001'").encode("latin-1")


def read(*files: bytes, profiles: Profiles | None = None, block_bytes: int = 1 << 20) -> ReadResult:
    """Read files with the bundled profiles, or others."""
    sources = [(f"file{number}.edi", io.BytesIO(data)) for number, data in enumerate(files)]
    parts = read_parts(
        sources,
        profiles or attribute_profiles(),
        received_on=RECEIVED_ON,
        block_bytes=block_bytes,
    )
    return joined(parts)


def everything(result: ReadResult) -> str:
    """All that a reading hands on, as text."""
    raw = [part for one in result.quarantined for part in (one.raw, one.header or b"")]
    tables = [result.events, result.item_attributes]
    told = result.transport
    tables += [told.receptacles, told.contained, told.legs, told.carrier_events]
    parts = [repr(result.findings), repr(result.interchanges), repr(result.quarantined)]
    parts += [one.decode("latin-1") for one in raw]
    parts += [repr(table.to_pylist()) for table in tables]
    return "\n".join(parts)
