"""Transport messages written out by hand, and short ways to read them. All of it is invented."""

from __future__ import annotations

import io

from datecertain.identifiers import compose_many
from datecertain.messages import ReadResult, joined, read_parts, transport_profiles
from datecertain.moments import parse_date

RECEIVED_ON = parse_date("2026-11-21")
DAY = parse_date("2026-11-20")
LAYOUTS = {
    "PREDES": "PREDES:2:1:ZZ:DC1",
    "RESDES": "RESDES:1:1:ZZ:DC1",
    "CARDIT": "CARDIT:2:1:ZZ:DC1",
    "RESDIT": "RESDIT:1:1:ZZ:DC1",
    "PRECON": "PRECON:1:1:ZZ:DC1",
    "RESCON": "RESCON:1:1:ZZ:DC1",
}
#: Dispatch 17 of Seoul to Sydney: two receptacles, the second is the last.
DISPATCH = "KRSELBAUSYDBAEN60017"
FIRST, SECOND = f"{DISPATCH}001000123", f"{DISPATCH}002100048"
OTHER = "KRSELBAUSYDBAEN60018001100050"
ONE, TWO, THREE = compose_many("EE", range(700, 703), "KR").to_pylist()

PREDES = (
    f"BGM+PRE+{DISPATCH}+9'DTM+137:202611200210:203'LOC+5+KRSELB'LOC+8+AUSYDB'TSR+++A:EN'"
    f"GID+1'PCI++{FIRST}'MEA+WT++KGM:12.3'RFF+S10:{ONE}'RFF+S10:{TWO}'"
    f"GID+2'PCI++{SECOND}'MEA+WT++GRM:4760'RFF+S10:{THREE}'"
)
#: The first came, the second did not, and there was one that nobody had told of.
RESDES = (
    f"BGM+RSD+{DISPATCH}+9'DTM+137:202611210400:203'LOC+5+KRSELB'LOC+8+AUSYDB'"
    f"PCI++{FIRST}'STS+7+RCV'DTM+50:202611210345?+11:303'"
    f"PCI++{SECOND}'STS+7+MIS'"
    f"PCI++{OTHER}'STS+7+EXC'DTM+50:202611210350:203'"
)
#: Two flights by way of Hong Kong.
CARDIT = (
    "BGM+CAR+KRSEL260000777+9'DTM+137:2611200230:201'TSR+++A:EN'EQN+2'RFF+AAM:99900001234'"
    "TDT+20+CX417+4'LOC+5+ICN'LOC+8+HKG'DTM+189:2611200850:201'DTM+232:2611201145:201'LOC+84+ICN'"
    "TDT+30+CX111+4'LOC+5+HKG'LOC+8+SYD'DTM+189:2611201900:201'DTM+232:20261121:102'"
    f"GID+1+1:BG'PCI++{FIRST}'MEA+WT++KGM:12,3'GID+2+1:BG'PCI++{SECOND}'MEA+WT++KGM:4.8'"
)
UPLIFTED = (
    "BGM+RES+KRSEL260000777+9'STS++24'CNI++KRSEL260000777'LOC+48+ICN'DTM+7:2611200921:201'"
    f"TDT+20+CX417+4'GID+1+2:BG'PCI++{FIRST}:{SECOND}'"
)
HANDED_OVER = (
    "BGM+RES+KRSEL260000777+9'STS++21'CNI++KRSEL260000777'LOC+48+SYD'DTM+7:2611210310:201'"
    f"TDT+20+CX111+4'GID+1+1:BG'PCI++{FIRST}'"
)

#: The same consignment as the destination post is told of it, with one more receptacle.
PRECON = (
    "BGM+PCN+KRSEL260000777+9'DTM+137:202611200235:203'TSR+++A:EN'"
    "TDT+20+CX417+4'LOC+5+ICN'LOC+8+HKG'DTM+189:202611200850:203'DTM+232:202611201145:203'"
    "TDT+30+CX111+4'LOC+5+HKG'LOC+8+SYD'DTM+189:202611201900:203'DTM+232:20261121:102'"
    f"GID+1'PCI++{FIRST}'MEA+WT++KGM:12.3'GID+2'PCI++{SECOND}'MEA+WT++KGM:4.8'GID+3'PCI++{OTHER}'"
)
#: What the destination post took over of it at the airport: the last receptacle was not there.
RESCON = (
    "BGM+RCN+KRSEL260000777+9'DTM+137:202611210330:203'LOC+84+SYD'TDT+30+CX111+4'"
    f"GID+1'PCI++{FIRST}'DTM+50:202611210305?+11:303'GID+2'PCI++{SECOND}'STS+7+RCV'"
    f"DTM+50:202611210305?+11:303'MEA+WT++KGM:4.8'GID+3'PCI++{OTHER}'STS+7+MIS'"
)


def interchange(kind: str, *bodies: str, sender: str = "J1CKRA") -> bytes:
    """Messages of a kind around bodies, in an envelope; counts are right."""
    text = f"UNB+UNOA:3+{sender}+J1CAUA+261120:0240+REF0000000001++{kind}'"
    for number, body in enumerate(bodies, start=1):
        count = body.count("'") + 2
        text += f"UNH+{number}+{LAYOUTS[kind]}'{body}UNT+{count}+{number}'"
    return (text + f"UNZ+{len(bodies)}+REF0000000001'").encode("latin-1")


def read(*files: bytes, block_bytes: int = 1 << 20) -> ReadResult:
    """Read files with the bundled profiles of transport messages."""
    sources = [(f"file{number}.edi", io.BytesIO(data)) for number, data in enumerate(files)]
    parts = read_parts(
        sources, transport_profiles(), received_on=RECEIVED_ON, block_bytes=block_bytes
    )
    return joined(parts)


def codes(result: ReadResult) -> list[str]:
    """The codes of the findings."""
    return [one.code for one in result.findings]


def aside(result: ReadResult) -> list[tuple[str, str]]:
    """What was set aside, and why."""
    return [(one.kind.value, one.reason) for one in result.quarantined]
