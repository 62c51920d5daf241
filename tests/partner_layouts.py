"""Synthetic files of partners that do not exist: the same events in layouts made up for the tests,
each unlike the house's in another way. Nothing here is or resembles a UPU layout on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from datecertain.moments import parse_date

RECEIVED_ON = parse_date("2026-10-24")
OFFICES = frozenset({"KRSELB", "USJFKA", "JPKWSA"})
CODES_WITH_REASON = frozenset({"EME", "EMH"})


@dataclass(frozen=True)
class Told:
    """One event as a partner tells it: local time as YYYYMMDDHHMM."""

    code: str
    at: str
    office: str
    next_office: str = ""
    reason: str = ""
    measure: str = ""
    dispatch: str = ""
    receptacle: str = ""


Item = tuple[str, Sequence[Told]]

#: What a month's end holds: an item that leaves, one that is held and tried, one delivered.
BAG = "KRSELBUSJFKAAEN60412001000079"
ITEMS: list[Item] = [
    (
        "EE000000005KR",
        [
            Told("EMB", "202610211945", "KRSELB"),
            Told("EMC", "202610220930", "KRSELB", "USJFKA", "", "", BAG[:20], BAG),
        ],
    ),
    (
        "EE000000014KR",
        [
            Told("EMA", "202610201010", "KRSELB"),
            Told("EMC", "202610220931", "KRSELB", "USJFKA", "", "", BAG[:20], BAG),
        ],
    ),
    (
        "EE000000028US",
        [
            Told("EMD", "202610210410", "KRSELB"),
            Told("EME", "202610210500", "KRSELB", reason="54"),
            Told("EDC", "202610220810", "KRSELB"),
            Told("EMH", "202610230915", "KRSELB", reason="1", measure="A"),
            Told("EMI", "202610231640", "KRSELB"),
        ],
    ),
]


def cni(items: Sequence[Item]) -> list[str]:
    """BGM, an item by CNI, then the event's code before its time; years of two digits."""
    lines = ["BGM+23+7781+9", "DTM+137:2610232330:201", "NAD+MS+KOREA POST"]
    for number, (item, events) in enumerate(items, start=1):
        lines.append(f"CNI+{number}+REF:{item}")
        for one in events:
            lines += [f"STS+9+{one.code}:UPX:3", f"DTM+7:{one.at[2:]}:201", f"LOC+60+{one.office}"]
            lines += [f"LOC+61+{one.next_office}"] if one.next_office else []
            lines += [f"STS+10++{one.reason}"] if one.reason else []
            lines += [f"STS+11+{one.measure}"] if one.measure else []
            lines += [f"RFF+DN:{one.dispatch}", f"RFF+BAG:{one.receptacle}"] if one.dispatch else []
            lines.append("FTX+AAI+++SIGNED BY MRS KIM")
    return [*lines, "CNT+2:3"]


def gid(items: Sequence[Item]) -> list[str]:
    """GID and PCI: the number in a mark, the reason beside the code, no format code at times."""
    lines = ["BGM+EMS"]
    for number, (item, events) in enumerate(items, start=1):
        lines += [f"GID+{number}+1:PC", f"PCI+33E+{item}"]
        for one in events:
            why = f"::{one.reason}" if one.reason else ""
            how = f"+{one.measure}" if one.measure else ""
            status = f"STS+{one.code}+A" + (why or ("::" if how else "")) + how
            lines += [status, f"DTM+{one.at}00", f"NAD+AP+{one.office}"]
            lines += [f"NAD+DP+{one.next_office}"] if one.next_office else []
            lines += [f"GIN+BJ+{one.dispatch}+{one.receptacle}"] if one.dispatch else []
    return lines


def reversed_(items: Sequence[Item]) -> list[str]:
    """Place and time before the code that they belong to, all within the item."""
    lines = ["BGM+X", "DTM+9:202610232330:203"]
    for item, events in items:
        lines.append(f"RFF+ITM:{item}")
        for one in events:
            lines += [f"LOC+5+{one.office}"]
            lines += [f"LOC+8+{one.next_office}"] if one.next_office else []
            lines += [f"DTM+334:{one.at}:203", f"STS+1+{one.code}"]
            lines += [f"STS+2+{one.reason}"] if one.reason else []
            lines += [f"STS+3+{one.measure}"] if one.measure else []
            lines += [f"RFF+DN:{one.dispatch}", f"RFF+BG:{one.receptacle}"] if one.dispatch else []
    return lines


def house(items: Sequence[Item]) -> list[str]:
    """The house layout."""
    lines = ["BGM+EMS+1-1+9", "DTM+137:202610232330:203"]
    for number, (item, events) in enumerate(items, start=1):
        lines.append(f"CNI+{number}+{item}")
        for one in events:
            lines += [f"STS+1+{one.code}", f"DTM+334:{one.at}:203", f"LOC+14+{one.office}"]
            lines += [f"STS+2+{one.reason}"] if one.reason else []
            lines += [f"STS+3+{one.measure}"] if one.measure else []
            lines += [f"RFF+AAS:{one.dispatch}", f"RFF+S9:{one.receptacle}"] if one.dispatch else []
            lines += [f"LOC+8+{one.next_office}"] if one.next_office else []
    return lines


Layout = Callable[[Sequence[Item]], list[str]]
#: Each with the UNH that it writes.
PARTNERS: dict[str, tuple[Layout, str]] = {
    "cni": (cni, "EMSEVT:3:1:XP:CNI1"),
    "gid": (gid, "EMSEVT:2:8:XP"),
    "reversed": (reversed_, "EMSEVT:7:0:XP:REV"),
}
HOUSE: tuple[Layout, str] = (house, "EMSEVT:3:0:ZZ:DC1")


def file(
    layout: tuple[Layout, str], items: Sequence[Item] = ITEMS, reference: str = "77",
    sender: str = "J1CKRA", recipient: str = "J1CUSA", test: bool = False,
) -> bytes:  # fmt: skip
    """An interchange of one message."""
    lines, unh = layout[0](items), layout[1]
    flag = "++++1" if test else ""
    whole = [
        f"UNB+UNOA:3+{sender}+{recipient}+261023:2330+{reference}++EMSEVT{flag}",
        f"UNH+1+{unh}", *lines, f"UNT+{len(lines) + 2}+1", f"UNZ+1+{reference}",
    ]  # fmt: skip
    return "".join(f"{line}'" for line in whole).encode("latin-1")
