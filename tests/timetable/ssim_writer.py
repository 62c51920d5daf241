"""SSIM chapter 7 files for the tests: synthetic, written from the public descriptions of the layout
(widths in order, where the product has positions), and certified by nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

BYTES = 200
#: Field and width, in order, of record type 3.
LEG = (
    ("type", 1), ("suffix", 1), ("airline", 3), ("number", 4), ("variation", 2), ("leg", 2),
    ("service", 1), ("from", 7), ("to", 7), ("days", 7), ("frequency", 1), ("departure", 3),
    ("passenger departs", 4), ("departs", 4), ("departure offset", 5), ("departure terminal", 2),
    ("arrival", 3), ("arrives", 4), ("passenger arrives", 4), ("arrival offset", 5),
    ("arrival terminal", 2), ("aircraft", 3), ("booking", 20), ("modifier", 5), ("meals", 10),
    ("joint", 9), ("connecting status", 2), ("secure", 1), ("spare", 5), ("hundreds", 1),
    ("owner", 3), ("cockpit", 3), ("cabin", 3), ("onward airline", 3), ("onward number", 4),
    ("layover", 1), ("onward suffix", 1), ("spare 2", 1), ("transit", 1), ("disclosure", 1),
    ("restriction", 11), ("overflow", 1), ("spare 3", 11), ("configuration", 20),
    ("departure date", 1), ("arrival date", 1), ("serial", 6),
)  # fmt: skip
SEGMENT = (
    ("type", 1), ("suffix", 1), ("airline", 3), ("number", 4), ("variation", 2), ("leg", 2),
    ("service", 1), ("spare", 13), ("hundreds", 1), ("board indicator", 1), ("off indicator", 1),
    ("element", 3), ("board", 3), ("off", 3), ("data", 155), ("serial", 6),
)  # fmt: skip
CARRIER = (
    ("type", 1), ("mode", 1), ("airline", 3), ("spare", 5), ("season", 3), ("spare 2", 1),
    ("from", 7), ("to", 7), ("created", 7), ("title", 29), ("release", 7), ("status", 1),
    ("reference", 35), ("duplicate", 1), ("general", 61), ("in flight", 19), ("tickets", 2),
    ("time", 4), ("serial", 6),
)  # fmt: skip
HEADER = (("type", 1), ("title", 34), ("spare", 5), ("seasons", 1), ("spare 2", 150),
          ("set", 3), ("serial", 6))  # fmt: skip
TRAILER = (("type", 1), ("spare", 1), ("airline", 3), ("release", 7), ("spare 2", 175),
           ("check", 6), ("end", 1), ("serial", 6))  # fmt: skip
OPEN = "00XXX00"


def record(layout: Sequence[tuple[str, int]], **values: str) -> str:
    """A line of 200 bytes; underscores in names stand for blanks."""
    given = {name.replace("_", " "): value for name, value in values.items()}
    parts = [given.pop(name, "").ljust(width) for name, width in layout]
    assert not given, f"no such field: {given}"
    assert all(len(part) == width for part, (_, width) in zip(parts, layout, strict=True)), parts
    line = "".join(parts)
    assert len(line) == BYTES
    return line


def date(day: dt.date | None) -> str:
    """`29MAR26`; None is open."""
    return OPEN if day is None else f"{day:%d%b%y}".upper()


def variation(days: int) -> str:
    return "A" if days == -1 else str(days)


def offset(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def leg(
    flight: str,
    route: str,
    times: str,
    days: str = "1234567",
    first: str = OPEN,
    last: str = OPEN,
    **more: str,
) -> str:
    """A leg without its serial number: `leg("XA 101", "ICN NRT", "0930+0900 1200+0900 00")`, times
    with the difference from UTC, then the date variations of departure and arrival."""
    airline, number = flight.split()
    origin, destination = route.split()
    leaves, lands, dates = times.split()
    values = {
        "type": "3", "airline": airline, "number": number.rjust(4), "variation": "01",
        "leg": "01", "service": "J", "from": first, "to": last,
        "days": "".join(d if d in days else " " for d in "1234567"), "departure": origin,
        "passenger_departs": leaves[:4], "departs": leaves[:4], "departure_offset": leaves[4:],
        "arrival": destination, "arrives": lands[:4], "passenger_arrives": lands[:4],
        "arrival_offset": lands[4:], "aircraft": "77W", "booking": "JY",
        "departure_date": dates[0], "arrival_date": dates[1],
    }  # fmt: skip
    return record(LEG, **{**values, **more})


def segment(flight: str, route: str, element: str, data: str, **more: str) -> str:
    """Segment data without its serial number."""
    airline, number = flight.split()
    board, off = route.split()
    values = {
        "type": "4", "airline": airline, "number": number.rjust(4), "variation": "01",
        "leg": "01", "service": "J", "board_indicator": "A", "off_indicator": "B",
        "element": element, "board": board, "off": off, "data": data,
    }  # fmt: skip
    return record(SEGMENT, **{**values, **more})


def carrier(airline: str, mode: str = "L", first: str = "25OCT26", last: str = "27MAR27") -> str:
    """A carrier record without its serial number."""
    return record(
        CARRIER, type="2", mode=mode, airline=airline, season="W26", **{"from": first}, to=last,
        created="01OCT26", title="SYNTHETIC", status="P", time="0900",
    )  # fmt: skip


def file(*blocks: Sequence[str], padding: int = 0) -> list[str]:
    """The lines of a whole file: header, blocks (each begins with its carrier) and their trailers,
    all numbered, with lines of zeros after header and carrier records if asked."""
    lines = [record(HEADER, type="1", title="AIRLINE STANDARD SCHEDULE DATA SET", serial="000001")]
    zeros = ["0" * BYTES] * padding
    lines += zeros
    serial = 1
    for number, block in enumerate(blocks):
        for line in block:
            serial += 1
            lines.append(f"{line[:194]}{serial:06d}")
            lines += zeros if line[0] == "2" else []
        lines.append(
            record(
                TRAILER, type="5", airline=block[0][2:5], check=f"{serial:06d}",
                end="E" if number == len(blocks) - 1 else "C", serial=f"{serial + 1:06d}",
            )
        )  # fmt: skip
        serial += 1
        lines += zeros
    return lines


def text(*blocks: Sequence[str], padding: int = 0) -> str:
    return "".join(line + "\n" for line in file(*blocks, padding=padding))
