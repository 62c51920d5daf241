"""Data quality per partner: a post's own figures, and its partners' towards it (req 17-20, 50)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from datecertain.access import Right, Viewer
from datecertain.api.fields import AnyPost, Moment, Month
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.conditional import Tagged
from datecertain.door.opened import door_of
from datecertain.moments import parse_utc
from datecertain.operations.data_quality import quality_report
from datecertain.operations.networks import demand_posts
from datecertain.operations.telling_quality import QualityTold, quality_as_json
from datecertain.operations.workspaces import open_workspace

WAYS = APIRouter(
    prefix="/v1/data-quality", tags=["data quality"], responses=REFUSALS, route_class=Tagged
)


@WAYS.get("", summary="How complete, timely and credible events are")
def quality(
    request: Request, who: Annotated[Viewer, Depends(Needs(Right.DATA_QUALITY))], period: Month,
    post: AnyPost = "", at: Moment = None,
) -> QualityTold:  # fmt: skip
    """Of the items accepted in a month: what one's own post told its partners, and what they told
    it. A partner's score is of that alone."""
    door = door_of(request)
    moment = parse_utc(at) if at else door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        if post:
            demand_posts(door.network.now(), post.upper())
        report = quality_report(opened, period, moment, sees_flow=who.sees_flow)
    told = quality_as_json(report, post.upper())
    # How much there is in all is not told: it counts what the viewer may not see.
    del told["items"], told["events"]
    return told
