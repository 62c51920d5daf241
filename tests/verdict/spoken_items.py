"""Items as a postal officer would tell them: a standard journey, and what went otherwise.

EMD..+1d          this scan and all after it a day later (also -1d, +6h)
EMC-              no such scan
EMI=05T15:00      at this local time of November 2026, at the place where it happens
EDB@USLAXA        at another office
EDC+=… EMF+=…     scanned so once more
EME=… / EME?=…    kept by customs for a valid reason / for none that stops the clock
EMH=… / EMH?=…    delivery tried, the addressee's reason / a reason of the post's own
EXB=… EXC=…       kept by export customs for a valid reason, and given back
EDH=…              waits at a pick-up point
EXX=…, EDX=…      export, import stopped by an authority
EMH=05T10:00/4/A  with another reason, and a measure (EME, EXB, EDX likewise)
promised=04 told=03   the dates that the network gives and that the sender was told (`-`: none)
typhoon:JP        a notice of that name holds;  as_of=20T00:00  what is known by then
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from judged_items import AS_OF

from slow_declared import Case
from slow_replay import Item, Told

#: Standard journeys through the small world, worked by hand from its files: every scan at the
#: moment at which its slot is done, promised what the network carries.
JOURNEYS = """
KR>JP KR-SEL JP-TYO promised=04 EMA=02T16:00 EMB=02T20:00@KRSELB EMC=02T23:00@KRSELB
    EMD=03T14:30@JPKWSA EDB=03T16:00@JPKWSA EDC=03T19:00@JPKWSA EMF=03T22:00@JPKWSA
    EMG=04T07:00@JP-TYO EMI=04T15:00@JP-TYO
KR>US KR-SEL US-NYC promised=05 EMA=02T16:00 EMB=02T20:00@KRSELB EMC=02T23:00@KRSELB
    EMD=04T12:50@USJFKA EDB=04T16:00@USJFKA EDC=04T19:00@USJFKA EMF=04T22:00@USJFKA
    EMG=05T07:00@US-NYC EMI=05T15:00@US-NYC
JP>KR JP-TYO KR-SEL promised=13 EMA=11T12:00 EMB=11T21:00@JPKWSA EMC=11T23:00@JPKWSA
    EMD=12T14:40@KRSELB EDB=12T16:00@KRSELB EDC=12T19:00@KRSELB EMF=12T22:00@KRSELB
    EMG=13T07:00@KR-SEL EMI=13T15:00@KR-SEL
US>KR US-CAL KR-SEL promised=13 EMA=09T10:00 EMB=09T20:00@USLAXA EMC=09T23:00@USLAXA
    EMD=11T19:30@KRSELB EDB=11T23:30@KRSELB EDC=12T11:00@KRSELB EMF=12T13:00@KRSELB
    EMG=13T06:00@KR-SEL EMI=13T15:00@KR-SEL
JP>US JP-TYO US-NYC promised=12 EMA=09T12:00 EMB=09T21:00@JPKWSA EMC=09T23:00@JPKWSA
    EMD=11T12:50@USJFKA EDB=11T16:00@USJFKA EDC=11T19:00@USJFKA EMF=11T22:00@USJFKA
    EMG=12T07:00@US-NYC EMI=12T15:00@US-NYC
"""
ZONES = {
    "KRSELB": "Asia/Seoul", "KR-SEL": "Asia/Seoul", "JPKWSA": "Asia/Tokyo", "JP-TYO": "Asia/Tokyo",
    "USJFKA": "America/New_York", "US-NYC": "America/New_York", "USLAXA": "America/Los_Angeles",
    "US-CAL": "America/Los_Angeles",
}  # fmt: skip
FIRST_OF_NOVEMBER = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
#: Notices by name: post, office, leg, days of November (UTC).
NOTICES = {
    "typhoon:JP": Case("JP", "", "", FIRST_OF_NOVEMBER + 2 * DAY, FIRST_OF_NOVEMBER + 3 * DAY),
    "typhoon:US": Case("US", "", "", FIRST_OF_NOVEMBER + 2 * DAY, FIRST_OF_NOVEMBER + 4 * DAY),
    "strike:US": Case("US", "", "import", FIRST_OF_NOVEMBER + 3 * DAY, FIRST_OF_NOVEMBER + 5 * DAY),
    "snow:KR": Case("KR", "", "", FIRST_OF_NOVEMBER + 16 * DAY, FIRST_OF_NOVEMBER + 17 * DAY),
}
SCANS = ("EMB", "EMC", "EMD", "EDB", "EDC", "EMF", "EMG", "EMI")


def local(text: str, place: str) -> dt.datetime:
    """`DDThh:mm` of November 2026 on the clocks of a place."""
    moment = dt.datetime.fromisoformat(f"2026-11-{text}")
    return moment.replace(tzinfo=ZoneInfo(ZONES[place])).astimezone(dt.UTC)


def date(text: str) -> dt.date | None:
    return None if text == "-" else dt.date(2026, 11, int(text))


def journeys() -> Mapping[str, tuple[str, str, dict[str, str]]]:
    entries = re.split(r"\n(?=\S)", JOURNEYS.strip())
    found = {}
    for entry in entries:
        lane, origin, destination, *facts = entry.split()
        found[lane] = (origin, destination, dict(fact.split("=") for fact in facts))
    return found


def change_scans(scans: dict[str, tuple[dt.datetime, str]], change: str) -> bool:
    """Apply a change that is about the scans; False if it is about something else."""
    if shift := re.fullmatch(r"(\w{3})\.\.([+-]\d+)([dh])", change):
        first, amount, unit = shift.groups()
        by = dt.timedelta(**{"days" if unit == "d" else "hours": int(amount)})
        for code in SCANS[SCANS.index(first) :]:
            scans[code] = (scans[code][0] + by, scans[code][1])
    elif gone := re.fullmatch(r"(\w{3})-", change):
        del scans[gone[1]]
    elif elsewhere := re.fullmatch(r"(\w{3})@(\w+)", change):
        scans[elsewhere[1]] = (scans[elsewhere[1]][0], elsewhere[2])
    elif (moved := re.fullmatch(r"(\w{3})=(\w+:\d+)(?:@(\w+))?", change)) and moved[1] in SCANS:
        code, at, office = moved.groups()
        place = office or scans[code][1]
        scans[code] = (local(at, place), place)
    else:
        return False
    return True


def spoken(lane: str, changes: str) -> tuple[Item, list[Case], dt.datetime]:
    """The item of a lane's standard journey with changes; the notices; what is known by when."""
    origin, destination, facts = journeys()[lane]
    scans = {}
    for code in SCANS:
        at, place = facts[code].split("@")
        scans[code] = (local(at, place), place)
    dates = {"promised": facts["promised"]}
    notices, as_of = [], AS_OF
    events, at = [], dict[str, dt.datetime]()
    for change in changes.split():
        name, _, value = change.partition("=")
        if change in NOTICES:
            notices.append(NOTICES[change])
        elif change_scans(scans, change):
            continue
        elif name in ("promised", "told"):
            dates[name] = value
        elif name == "as_of":
            as_of = local(value, destination)
        elif name in ("EDH", "EXC"):
            at[name] = local(value, origin if name == "EXC" else destination)
        else:
            events.append(told(name, value, origin, destination, facts))
    delivered = scans.pop("EMI", (None, ""))[0]
    promised = dates["promised"]
    item = Item(
        origin, destination, local(facts["EMA"], origin), date(dates.get("told", promised)),
        date(promised), scans, delivered, at.get("EDH"), at.get("EXC"), tuple(events),
    )  # fmt: skip
    return item, notices, as_of


#: The reason of an event that states no other: one that counts, and with `?` one that does not.
REASONS = {"EME": "19", "EME?": "58", "EXB": "19", "EMH": "1", "EMH?": "9", "EDX": "", "EXX": "",
           "EDC+": "", "EMF+": ""}  # fmt: skip


def told(name: str, value: str, origin: str, destination: str, facts: Mapping[str, str]) -> Told:
    """An event with a reason, as spoken."""
    moment, *codes = value.split("/")
    reason, measure = [*codes, *([REASONS[name], ""][len(codes) :])]
    place = origin if name in ("EXB", "EXX") else destination
    at_customs = name.startswith(("EME", "EDC", "EMF"))
    office = facts["EDB"].split("@")[1] if at_customs else ""
    return Told(name[:3], local(moment, place), reason, measure, office)
