"""Volumes: published, of a post's own lanes, of the group as it may publish them; what may come
(req 56, 57)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request

from datecertain.access import Right, Viewer
from datecertain.api.reports_told import ForecastsTold, VolumesTold
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.operations.telling_volumes import (
    forecast_as_json,
    points_as_json,
    published_as_json,
)
from datecertain.operations.volume_forecasts import Asked, forecast_table
from datecertain.operations.volumes import show_volumes
from datecertain.operations.volumes_seen import volumes_seen
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.volume_series import Step

WAYS = APIRouter(prefix="/v1/volumes", tags=["volumes"], responses=REFUSALS)

_Reader = Annotated[Viewer, Depends(Needs(Right.VOLUMES))]
_By = Literal["group", "lane", "origin", "destination"]
_Source = Annotated[
    Literal["imported", "facts"],
    Query(description="What was imported, or the acceptance records counted."),
]


@WAYS.get("/published", summary="Figures that were published")
def published(who: _Reader) -> dict[str, Any]:
    """What was published about EMS volumes, each figure with its source; two sources that disagree
    both stand."""
    return published_as_json()


@WAYS.get("", response_model=VolumesTold, summary="Volumes by month or year")
def volumes(
    request: Request, who: _Reader, by: _By = "group", step: Step = Step.YEAR,
    base_year: Annotated[int, Query(ge=1990, le=2100)] = 2019, source: _Source = "imported",
) -> dict[str, Any]:  # fmt: skip
    """Of the asking post's lanes, beside a base year. The central office: of the lanes that may be
    published, without money."""
    with open_workspace(door_of(request).workspace) as opened:
        rows = volumes_seen(opened, who, facts=source == "facts")
    return {
        "base_year": base_year,
        "points": points_as_json(show_volumes(rows, by, step, base_year)),
    }


@WAYS.get("/forecasts", response_model=ForecastsTold, summary="What may come")
def forecasts(
    request: Request, who: _Reader, by: _By = "group",
    months: Annotated[int, Query(ge=1, le=60)] = 12,
    coverage: Annotated[float, Query(ge=0.5, le=0.99)] = 0.9,
    scale: Literal["auto", "logs", "level"] = "auto", source: _Source = "imported",
) -> dict[str, Any]:  # fmt: skip
    """Forecasts of the same volumes with intervals, tried on held-back months beside naive ones;
    they say so when they do not beat them, or when a series is too short."""
    with open_workspace(door_of(request).workspace) as opened:
        rows = volumes_seen(opened, who, facts=source == "facts")
    asked = Asked(months, coverage, scale)
    found, findings = forecast_table(rows, source, by, "", "", asked)
    return {
        "horizon": months, "coverage": coverage, "findings": [str(one) for one in findings],
        "series": [forecast_as_json(one) for one in found],
    }  # fmt: skip
