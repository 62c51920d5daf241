"""The layout of a partner whose messages nobody can read yet: drafted from what waits in
quarantine, tried on it, accepted; each step a page (req 16, 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import LayoutError, NotFound, UsageError
from datecertain.messages.profile_check import Check, Counts, PartnerFile
from datecertain.operations import layout_profiles
from datecertain.operations.layout_waiting import files_waiting
from datecertain.operations.networks import current_network
from datecertain.operations.profile_drafts import Drafted, draft_profile
from datecertain.operations.workspaces import open_workspace
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, line_of, words_of
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Said

PAGES = APIRouter(include_in_schema=False)
ENTRIES: tuple[Entry, ...] = ()
#: What is drafted: a profile of item events.
_MESSAGE = "EMSEVT"
_MOST_TEXT = 20_000

_Drafter = Annotated[Viewer, Depends(PageNeeds(Right.MESSAGES_ACT))]
_Asker = Annotated[Viewer, Depends(PageNeeds(Right.MESSAGES_ACT, question=True))]


@dataclass(frozen=True, slots=True)
class _Given:
    """What the forms of a layout bring along."""

    partner: str
    text: str
    items: str
    events: str

    @classmethod
    def of(cls, form: Mapping[str, str]) -> _Given:
        return cls(
            line_of(form, "partner", 2).upper(), words_of(form, "text", _MOST_TEXT) + "\n",
            line_of(form, "items", 9), line_of(form, "events", 9),
        )  # fmt: skip

    def own(self) -> Counts | None:
        """What the partner counts; None: it was not asked. Raises `UsageError`."""
        if not (self.items or self.events):
            return None
        if not (self.items.isdecimal() and self.events.isdecimal()):
            raise UsageError("both counts are whole numbers")
        return Counts(int(self.items), int(self.events))


@PAGES.get("/messages/profiles/draft")
def draft(request: Request, who: _Drafter) -> Response:
    """A draft of a partner's layout, with what speaks for and against it."""
    partner = asked(request, "partner")["partner"].upper()[:2]
    files = _files(request, who, partner)
    with open_workspace(door_of(request).workspace) as opened:
        network = current_network(opened)
    try:
        drafted = draft_profile(files, network, _MESSAGE, partner) if files else None
    except UsageError:  # they hold no whole message of that type
        drafted = None
    given = _Given(partner, "" if drafted is None else drafted.text, "", "")
    return _page(request, who, "messages_draft.html.j2", given, files, drafted=drafted,
                 rows=() if drafted is None else _fields(drafted))  # fmt: skip


def _fields(drafted: Drafted) -> list[tuple[str, str, int, int, bool, Said | None]]:
    """Field, where it stands, in how many of all, whether nothing speaks against it, what does."""
    return [
        (one.name, f"{one.seen.spot.pattern} {one.seen.spot.element}.{one.seen.spot.component}",
         one.seen.count, one.seen.of, one.certain, one.seen.doubt)
        for one in drafted.draft.fields
    ]  # fmt: skip


@PAGES.post("/messages/profiles/check")
def check(request: Request, who: _Asker, form: Form) -> Response:
    """Read what waits by the layout as it is written: whether it may be accepted. Changes
    nothing."""
    given = _Given.of(form)
    files = _files(request, who, given.partner)
    try:
        with open_workspace(door_of(request).workspace) as opened:
            done = layout_profiles.check(opened, given.text.encode(), files, given.own())
    except (LayoutError, UsageError) as error:
        return _checked(request, who, given, files, None, str(error), 422)
    return _checked(request, who, given, files, done)


@PAGES.post("/messages/profiles/accept")
def accept(request: Request, who: _Drafter, form: Form) -> Response:
    """Read that partner's messages by the layout from now on, if all conditions hold."""
    given, door = _Given.of(form), door_of(request)
    files = _files(request, who, given.partner)
    try:
        with open_workspace(door.workspace, write=True) as opened:
            done, told = layout_profiles.accept(
                opened, given.text.encode(), files, who.name, door.how.clock, given.own()
            )
    except (LayoutError, UsageError) as error:
        return _checked(request, who, given, files, None, str(error), 422)
    if told is None:
        return _checked(request, who, given, files, done, status=409)
    return go(f"/messages/quarantine?partner={given.partner}", "said.layout_accepted")


def _files(request: Request, who: Viewer, partner: str) -> list[PartnerFile]:
    """What waits of a partner. Raises `NotFound` for none that the network knows."""
    door = door_of(request)
    if partner not in door.network.now().posts:
        raise NotFound(f"no post {partner!r} is known")
    with open_workspace(door.workspace) as opened:
        return files_waiting(opened, who.sees_flow, partner)


def _checked(
    request: Request, who: Viewer, given: _Given, files: Sequence[PartnerFile],
    done: Check | None, fault: str = "", status: int = 200,
) -> Response:  # fmt: skip
    return _page(
        request, who, "messages_check.html.j2", given, files, status=status, done=done, fault=fault
    )


def _page(
    request: Request, who: Viewer, template: str, given: _Given, files: Sequence[PartnerFile],
    status: int = 200, **values: Any,
) -> Response:  # fmt: skip
    words = page_words(language_of(request, STAFF))
    return page(
        request, template, who, status=status, given=given, files=files, here_tab="profiles",
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("nav.messages"), "/messages"),
                Crumb(words.say("edi.tab.profiles"), "/messages/profiles"),
                Crumb(words.say("edi.draft.title", partner=given.partner))),
        **values,
    )  # fmt: skip
