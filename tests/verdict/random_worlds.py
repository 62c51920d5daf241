"""Random small networks: the small world with random terms, exclusions and timetables (synthetic).

Only networks that load without an error are kept, so that every world is one that posts could put
in force.
"""

from __future__ import annotations

import random

from judged_items import World

from datecertain.errors import NetworkError
from worlds import SMALL, texts

CHOICES = {
    "attempt_stops": ("yes", "no"), "notification_stops": ("yes", "no"),
    "pickup_stops": ("yes", "no"),
    "customs": ("step", "subtract", "exclude", "extend", "deemed_delivered"),
    "customs_ends": ("import", "export", "both"), "customs_days": ("0", "1", "3"),
    "tolerance_days": ("0", "0", "1", "2"), "clock_stop_closing": ("either", "both"),
    "retention_reasons": ("19", "19 54", "54"), "attempt_reasons": ("1 2", "1 9", "2"),
    "attempt_measures": ("*", "A", "A B"), "notification_measures": ("N", "none", "B N"),
    "unresolved_after_days": ("3", "10"), "lost_after_days": ("9", "21"),
    "undetermined_ends_as": ("never", "lost", "late"),
    "undetermined_ends_after_days": ("10", "20"),
}  # fmt: skip
BETWEEN = {
    "burden_of_proof": ("owed_scan", "last_scanned", "next_scanned", "both", "undetermined"),
    "gap_decided_by": ("owed_scan", "last_scanned", "next_scanned", "both"),
    "events_after_inquiry": ("*", "EMB EMC EMD EMG EMI", "EMI", "none"),
    "gap_decided_after_days": ("5", "40"), "sharing": ("proportional", "last_holder"),
}  # fmt: skip
EXCLUDED = (
    ("customs", "clips", "hold"), ("customs", "no", ""), ("force_majeure", "clips", "case"),
    ("force_majeure", "clips", "case case/transport"), ("force_majeure", "no", ""),
    ("transport_interruption", "clips", "case/transport"),
    ("authority_stop", "excludes", "EXX EDX"), ("authority_stop", "excludes", "EDX"),
    ("sender_data", "attempt", "EMH:4"), ("sender_data", "clips", '"EME:54"'),
    ("addressee_closed", "clips", '"EMH:7,8"'), ("refused", "attempt", "EMH:7"),
    ("prohibited_goods", "not_guaranteed", '"EMH:23 EDX:23"'),
    ("prohibited_goods", "not_guaranteed", "EME:54"),
)  # fmt: skip
LANES = ("*,*", "KR,*", "*,US", "KR,JP", "US,KR", "JP,US")
FLAGGED = (
    "place,weakening,valid_from,valid_to,source",
    "US-NYC,needs_second_scan,,,test", "KR-SEL,needs_second_scan,2026-11-01,,test",
    "JP-TYO,time_of_day_unknown,,,test", "US-NYC,time_of_day_unknown,,2026-11-20,test",
    "USJFKA,clock_stop_needs_document,,,test", "KRSELB,earliest_landing_instead,,,test",
    "JPKWSA,earliest_landing_instead,2026-11-01,,test",
)  # fmt: skip
CONTRACTED = "origin,destination,transport,transit,handover,valid_from,valid_to,source"
DAYS = ("1234567", "123456", "12345", "135", "246")


def random_world(seed: int) -> World:
    """A network that can be put in force; the same for a seed."""
    rng = random.Random(seed)
    while True:
        try:
            return World.of(_texts(rng), f"random world {seed}")
        except NetworkError:
            continue


def _texts(rng: random.Random) -> dict[str, str]:
    terms, kept = [], set()
    for scope, choices in (("relation", {**CHOICES, **BETWEEN}), ("sender", CHOICES)):
        for lanes in ("*,*", rng.choice(LANES[1:])):
            for term, values in choices.items():
                if rng.random() < 0.4 and (scope, term, lanes) not in kept:
                    kept.add((scope, term, lanes))
                    terms.append(f"{scope},{lanes},{term},{rng.choice(values)},,,test")
    given = {tuple(row.split(",")[:4]) for row in terms}
    stays = [
        row.strip()
        for row in SMALL["terms.csv"].strip().splitlines()
        if tuple(row.strip().split(",")[:4]) not in given
    ]
    exclusions = ["scope,origin,destination,exclusion,mode,evidence,valid_from,valid_to,source"]
    seen = set()
    for scope in ("relation", "sender"):
        for name, mode, evidence in rng.sample(EXCLUDED, rng.randint(0, len(EXCLUDED))):
            lanes = rng.choice(LANES[:3])
            if (scope, name, lanes) not in seen:
                seen.add((scope, name, lanes))
                exclusions.append(f"{scope},{lanes},{name},{mode},{evidence},,,test")
    contracts = [f"{lanes},{rng.choice(('origin', 'destination'))},origin,received,,,test"
                 for lanes in rng.sample(LANES, 2)]  # fmt: skip
    schedules = [_moved(rng, row.strip()) for row in SMALL["schedules.csv"].strip().splitlines()]
    return texts(
        {
            "terms.csv": "\n".join([*stays, *terms]),
            "exclusions.csv": "\n".join(exclusions),
            "carriage.csv": "\n".join([CONTRACTED, *contracts]),
            "weakened_evidence.csv": "\n".join([FLAGGED[0], *rng.sample(FLAGGED[1:], 2)]),
            "schedules.csv": "\n".join(schedules),
        }
    )


def _moved(rng: random.Random, row: str) -> str:
    """A slot on other days of the week, now and then."""
    cells = row.split(",")
    if cells[1].isdigit() and rng.random() < 0.2:
        cells[1] = rng.choice(DAYS)
    return ",".join(cells)
