"""What a report rests on: everything that is needed to rebuild it (req 53)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """What came in at one stage and where it went; nothing may be lost on the way.

    `stage` is one of `interchanges`, `messages`, `events`, `acceptances`, `verdicts`; another
    one is shown by its own name.
    """

    stage: str
    came_in: int
    used: int
    repeated: int = 0
    set_aside: int = 0

    @property
    def adds_up(self) -> bool:
        """Counts in = counts out."""
        return self.came_in == self.used + self.repeated + self.set_aside


@dataclass(frozen=True, slots=True)
class Basis:
    """Versions, moments (UTC minutes) and counts behind the figures.

    `closing_at`: the data-closing moment up to which events were judged. `synthetic`: the traffic
    was generated; the report says so on its first line. `illustrative`: how many rows of the
    network are marked illustrative. `pinned`: other pinned versions by name, such as
    (`facts`, `412`).
    """

    network_title: str
    network_version: str
    rules_version: str
    closing_at: int
    produced_at: int
    run_id: str
    synthetic: bool
    illustrative: int = 0
    passages: tuple[Passage, ...] = ()
    pinned: tuple[tuple[str, str], ...] = ()
