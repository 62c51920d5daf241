"""What trials do: each the operation of its command, for the lanes of whoever asks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from datecertain.access import Right, Viewer
from datecertain.api.plan_work import OfMonths, Toml
from datecertain.door.opened import Door
from datecertain.door.runs import Run, Told
from datecertain.door.texts import Body, Code, Moment, Month
from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_utc
from datecertain.operations.lane_openings import find_proposals, parse_lane
from datecertain.operations.telling_carriers import carriers_as_json, stretch_as_json
from datecertain.operations.telling_statements import trial_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import bundled_tariff
from datecertain.settlement.carrier_claims import carrier_totals
from datecertain.settlement.suppositions import Move, Suppositions
from datecertain.settlement.tariff_files import tariff_of
from datecertain.wording import words

#: Rows of an answer, at most.
_MOST = 10_000
_Csv = Annotated[
    str, StringConstraints(max_length=2_000_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]
_Network = Annotated[str, StringConstraints(pattern=r"^(bundled|[0-9a-f]{12,64})$")]


class ShadowWanted(Body):
    """A lane, a month, and under what it is judged: a proposal of that lane, another network, else
    the network in force."""

    lane: Code = Field(examples=["KR-US"])
    period: Month = Field(examples=["2026-10"])
    as_of: Moment | None = Field(None, description="Data-closing moment. None: now.")
    proposal: int | None = Field(None, ge=1, le=10**9)
    network: _Network | None = Field(None, description="`bundled`, or a version that was in force.")
    figures: _Csv | None = Field(
        None, description="CSV: item_id, then on_time, days_late or outcome; cause if there is one."
    )
    top: int = Field(20, ge=0, le=_MOST, description="How many differences are told.")


class LaneMoved(Body):
    """A part of a lane's items that goes by another lane instead."""

    lane: Code = Field(examples=["KR-US"])
    to: Code = Field(examples=["KR-JP"])
    percent: int = Field(ge=1, le=100)


class Supposed(OfMonths):
    """What is supposed of months; something is."""

    sharing: Code = Field("", description="Share liable days by this policy: last_holder, …")
    automatic: list[Code] = Field([], max_length=100, description="Lanes that refund unasked.")
    moves: list[LaneMoved] = Field([], max_length=20)
    tariff: Toml | None = Field(None, description="As TOML. None: the bundled one.")


class CarriersWanted(Body):
    """A month of acceptance, and how many stretches of items are told besides the sums."""

    period: Month = Field(examples=["2026-10"])
    carrier: Code = Field("", description="Only this carrier.")
    top: int = Field(0, ge=0, le=_MOST)


def _own_lane(who: Viewer, lane: str) -> tuple[str, str]:
    """The posts of a lane. Raises `UsageError`, and `NotFound` for one that is of others."""
    origin, destination = parse_lane(lane)
    if not who.sees_flow(origin, destination):
        raise NotFound(f"there is no lane {origin}-{destination} here")
    return origin, destination


def begin_shadow(door: Door, who: Viewer, wanted: ShadowWanted, lang: Literal["en", "ko"]) -> Run:
    """Begin a shadow run. Raises `UsageError`, `NotFound`, `Problem`."""
    lane = "-".join(_own_lane(who, wanted.lane))
    as_of = door.how.clock.now() if wanted.as_of is None else parse_utc(wanted.as_of)
    if wanted.proposal is not None:
        known, _ = find_proposals(door.workspace, lane)
        if wanted.proposal not in {one.offer.number for one in known}:
            raise NotFound(f"there is no proposal {wanted.proposal} of {lane} here")

    def work(told: Told) -> dict[str, Any]:
        from datecertain.operations.shadow_runs import shadow_run  # noqa: PLC0415
        from datecertain.operations.telling_shadows import (  # noqa: PLC0415
            differences,
            shadow_as_json,
        )

        with open_workspace(door.workspace) as opened:
            run = shadow_run(
                opened, lane, wanted.period, as_of, figures=wanted.figures,
                proposal=wanted.proposal, network=wanted.network, told=told,
            )  # fmt: skip
        return shadow_as_json(run, differences(run)[: wanted.top], words(lang))

    return door.runs.begin(who, "shadow", work)


def begin_supposition(door: Door, who: Viewer, supposed: Supposed) -> Run:
    """Begin a trial of months as they might have been. Raises `UsageError`, `NotFound`, `Problem`.

    Lanes of others are refused: what is moved there would tell how their items fared.
    """
    months = supposed.months()
    moves = [Move(_own_lane(who, one.lane), _own_lane(who, one.to), one.percent)
             for one in supposed.moves]  # fmt: skip
    automatic = frozenset(_own_lane(who, lane) for lane in supposed.automatic)
    what = Suppositions(supposed.sharing, automatic, tuple(moves))
    if not what:
        raise UsageError("suppose something: sharing, automatic or moves")
    tariff = tariff_of(supposed.tariff, "the tariff") if supposed.tariff else bundled_tariff()

    def work(told: Told) -> dict[str, Any]:
        from datecertain.operations.trying import try_tariff  # noqa: PLC0415

        with open_workspace(door.workspace) as opened:
            found = try_tariff(opened, months, tariff, tariff, told=told, suppose=what, viewer=who)
        return trial_as_json(found)

    return door.runs.begin(who, "supposition", work, Right.MONEY)


def begin_carriers(door: Door, who: Viewer, wanted: CarriersWanted) -> Run:
    """Begin the list of what can be claimed of carriers. Raises `Problem`."""

    def work(told: Told) -> dict[str, Any]:
        from datecertain.operations.carrier_lists import carrier_items  # noqa: PLC0415

        with open_workspace(door.workspace) as opened:
            found = carrier_items(opened, wanted.period, told)
        mine = [one for one in found
                if who.acts_for(one.claimant) and wanted.carrier in ("", one.carrier)]  # fmt: skip
        told_items = [stretch_as_json(one) for one in mine[: wanted.top]]
        return carriers_as_json(wanted.period, carrier_totals(mine)) | {"stretches": told_items}

    return door.runs.begin(who, "carriers", work, Right.MONEY)
