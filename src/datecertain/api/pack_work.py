"""What a run that makes a meeting pack does: the operation of `datecertain pack --published`, and
the folder in which the pack is kept."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from datecertain.access import Viewer
from datecertain.api.packs_told import pack_told
from datecertain.api.plan_work import OfMonths, Toml
from datecertain.door.opened import Door
from datecertain.door.runs import Run, Told
from datecertain.door.texts import Body, Note, Reason
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.meeting import Asking, Subject
from datecertain.planning.services import Service

#: The kind of such a run.
KIND = "pack"
#: Its last step is to write the files.
_WRITING = 1


class DecisionAsked(Body):
    """What a meeting is asked for, in both languages; `page`: the subject that it rests on."""

    title_en: Reason
    title_ko: Reason
    text_en: Note = Field(min_length=1)
    text_ko: Note = Field(min_length=1)
    page: Subject | None = None

    def asking(self) -> Asking:
        """The same as the pack has it."""
        return Asking(
            {"en": self.title_en.strip(), "ko": self.title_ko.strip()},
            {"en": self.text_en.strip(), "ko": self.text_ko.strip()}, self.page or "",
        )  # fmt: skip


class PackAsked(OfMonths):
    """A pack of months of acceptances, and what the meeting is asked for."""

    decisions: list[DecisionAsked] = Field([], max_length=20)
    services: list[Toml] = Field(
        [], max_length=10, description="New services to be tried, each as TOML."
    )


def begin_pack(door: Door, who: Viewer, asked: PackAsked) -> Run:
    """Begin to make a pack; its answer is the pack, and whether it is `new`. Raises `UsageError`,
    `Problem`."""
    months, askings = asked.months(), [one.asking() for one in asked.decisions]
    services = [Service.from_toml(text, "the service") for text in asked.services]
    clock = door.how.clock

    def work(told: Told) -> dict[str, Any]:
        from datecertain.web.pack import (  # noqa: PLC0415 - the typesetter is large
            keep_published_pack,
        )

        def step(done: int, total: int) -> None:
            told(done, total + _WRITING)

        with open_workspace(door.workspace) as opened:
            kept, new = keep_published_pack(
                opened, months, who.name, clock, askings, services, step
            )
        return pack_told(kept) | {"new": new}

    return door.runs.begin(who, KIND, work)
