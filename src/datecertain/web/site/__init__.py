"""The pages that people work with (req 8, 10, 22, 60): server-rendered, over the operations.

A module for each group of pages, with its router `PAGES` and the entries that lead to it,
`ENTRIES`; `GROUPS` lists them in the order of the navigation. `install` puts them into an
application.
"""

from __future__ import annotations

from types import ModuleType

from fastapi import FastAPI

from datecertain.web.site import (
    accounts,
    actions,
    administration,
    approvals,
    arriving,
    assets,
    books,
    claims,
    contesting,
    counter,
    data_quality,
    gaps,
    handing_in,
    inquiries,
    items,
    lane_signing,
    layouts,
    messages,
    netting,
    network,
    network_previews,
    pack_reading,
    packs,
    plans,
    public,
    quality,
    refunds,
    report_cards,
    resume,
    rules,
    settlement,
    statements,
    tariffs,
    trail,
    volumes,
    watch,
    webhooks,
)
from datecertain.web.site.failing import refusal_page
from datecertain.web.site.frame import Site

GROUPS: tuple[ModuleType, ...] = (
    arriving,
    counter,
    items,
    claims,
    inquiries,
    refunds,
    watch,
    quality,
    report_cards,
    resume,
    plans,
    packs,
    pack_reading,
    actions,
    volumes,
    messages,
    handing_in,
    layouts,
    data_quality,
    settlement,
    statements,
    gaps,
    books,
    tariffs,
    netting,
    network,
    network_previews,
    rules,
    approvals,
    administration,
    accounts,
    webhooks,
    trail,
    contesting,
    lane_signing,
    public,
)

__all__ = ["GROUPS", "install"]


def install(app: FastAPI) -> None:
    """Put the pages into an application that has its door."""
    app.state.site = Site(entries=tuple(entry for group in GROUPS for entry in group.ENTRIES))
    app.state.refusal_page = refusal_page
    app.include_router(assets.ASSETS)
    for group in GROUPS:
        app.include_router(group.PAGES)
    app.state.pages = [route for group in GROUPS for route in group.PAGES.routes]
