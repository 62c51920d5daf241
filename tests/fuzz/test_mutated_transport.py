"""Damaged transport messages: as for item events, no crash and no byte lost in silence.

Besides the bundled layouts two made-up ones, in which parts stand inside of parts that no bundled
layout puts together.
"""

import dataclasses
import os

import pytest
from accounts import read_all, unaccounted
from mutations import batch

from datecertain.messages import Profiles, transport_profiles
from datecertain.messages.profiles import Field, Pattern
from datecertain.messages.vocabulary import Within
from transport_cases import (
    CARDIT,
    HANDED_OVER,
    ONE,
    PREDES,
    RESDES,
    SECOND,
    THREE,
    TWO,
    UPLIFTED,
    interchange,
)

#: Fewer rounds than the other fuzzing, of so many interchanges in blocks of so many bytes.
ROUNDS = max(1, int(os.environ.get("FUZZ_INTERCHANGES", "20000")) // 100_000)
ROUND = ((4_000, 1 << 22), (40, 300))
#: A leg between a receptacle and an item; a receptacle of which one label is wrong.
LEG_BETWEEN = (
    f"PCI++X'RFF+S10:{ONE}'TDT+20+CX417+4'LOC+5+ICN'RFF+S10:{TWO}'"
    f"PCI++{SECOND}:X:Y'RFF+S10:{THREE}'TDT+30'TDT+30+CX1'PCI++X:Y'RFF+S10:{ONE}'"
)
SEEDS = [
    interchange("PREDES", PREDES),
    interchange("PREDES", LEG_BETWEEN, PREDES),
    interchange("RESDES", RESDES, PREDES),
    interchange("CARDIT", CARDIT),
    interchange("CARDIT", CARDIT, LEG_BETWEEN, CARDIT),
    interchange("RESDIT", UPLIFTED, HANDED_OVER),
    interchange("RESDIT", f"{UPLIFTED}PCI++X:{SECOND}'STS++24'PCI++X:Y'{HANDED_OVER}"),
]


def profiles_with_legs() -> Profiles:
    """The bundled ones, but a PREDES that tells legs, and a stage of a CARDIT that is no flight."""
    bundled = {one.name: one for one in transport_profiles().profiles}
    leg = Pattern("TDT")
    flight = Field(
        name="flight",
        within=Within.LEG,
        pattern=leg,
        element=2,
        component=1,
        format_component=None,
        table=None,
    )
    predes, cardit = bundled["house-predes"], bundled["carrier-cardit"]
    bundled["house-predes"] = dataclasses.replace(
        predes,
        opens={**predes.opens, Within.LEG: leg},
        says={**predes.says, Within.LEG: "plan"},
        fields=(*predes.fields, flight),
    )
    bundled["carrier-cardit"] = dataclasses.replace(cardit, no_flight_stages=("30",))
    return Profiles(tuple(bundled.values()))


PROFILES = {"bundled": transport_profiles(), "with legs": profiles_with_legs()}


@pytest.mark.parametrize("which", PROFILES)
def test_seeds_account_for_every_byte(which: str) -> None:
    for _, block_bytes in ROUND:
        result = read_all(SEEDS, block_bytes, profiles=PROFILES[which])
        assert unaccounted(SEEDS, result) == []
        assert all(len(one) for one in (result.transport.receptacles, result.transport.legs))


def test_a_part_ends_for_what_it_holds_where_it_ends_for_what_is_set_aside_with_it() -> None:
    result = read_all([interchange("PREDES", LEG_BETWEEN)], profiles=PROFILES["with legs"])
    # A wrong label is kept with its item; beside a right one the segment is kept once, without
    # the items. The item behind the leg is kept by itself, not with the receptacle before it.
    assert [(one.kind.value, one.raw.count(b"'")) for one in result.quarantined] == [
        ("receptacle", 2),
        ("receptacle", 1),
        ("receptacle", 2),
        ("item", 1),
        ("leg", 1),
    ]
    assert result.transport.contained["item_id"].to_pylist() == [THREE]
    assert result.transport.contained["receptacle"].to_pylist() == [SECOND]


@pytest.mark.parametrize("which", PROFILES)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_every_byte_ends_somewhere(which: str, number: int) -> None:
    for part, (size, block_bytes) in enumerate(ROUND):
        sources = batch(number * len(ROUND) + part, size, SEEDS)
        wrong = unaccounted(sources, read_all(sources, block_bytes, profiles=PROFILES[which]))
        assert wrong == [], (number, part, wrong[:5])
