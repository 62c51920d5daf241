"""The exclusion catalogue: what takes days, or a whole item, out of the guarantee (req 24).

One dated row per scope, lane and exclusion: how it works (`Mode`) and by what evidence. Exclusions
that need no scan name their evidence by a word; the others by event codes, with the reasons that
must stand in the event (`EMH:1,2 EME:50`; a code alone: any reason). The most specific row valid
on the acceptance day decides; an exclusion without a row excuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from datecertain.network.deciding import deciding_row
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO
from datecertain.network.rule_rows import ExclusionRow
from datecertain.network.terms import Scope


class Mode(StrEnum):
    """How an exclusion works."""

    CLIPS = "clips"  # time between its beginning and its end is nobody's
    EXCLUDES = "excludes"  # the item is late without anybody answering for it
    ATTEMPT = "attempt"  # a failed attempt for that reason counts as a delivery
    NOT_GUARANTEED = "not_guaranteed"  # the item loses the guarantee, in time or late
    NO = "no"  # it excuses nothing here


#: Evidence that is no event, by the word that names it: the exclusion it belongs to.
HOLD, CASE, CARRIAGE_CASE, CLAIM, QUOTE = "hold", "case", "case/transport", "claim", "quote"
WORDS = (HOLD, CASE, CARRIAGE_CASE, CLAIM, QUOTE)
#: Which events can prove an exclusion, and what each of them can do.
MODES_OF_EVENT: Mapping[str, frozenset[Mode]] = {
    "EMH": frozenset({Mode.CLIPS, Mode.ATTEMPT, Mode.NOT_GUARANTEED}),
    "EME": frozenset({Mode.CLIPS, Mode.NOT_GUARANTEED}),
    "EXX": frozenset({Mode.EXCLUDES, Mode.NOT_GUARANTEED}),
    "EDX": frozenset({Mode.EXCLUDES, Mode.NOT_GUARANTEED}),
}
MODES_OF_WORD: Mapping[str, frozenset[Mode]] = {
    HOLD: frozenset({Mode.CLIPS}),
    CASE: frozenset({Mode.CLIPS}),
    CARRIAGE_CASE: frozenset({Mode.CLIPS}),
    CLAIM: frozenset({Mode.CLIPS}),
    QUOTE: frozenset({Mode.NOT_GUARANTEED}),
}
#: Every exclusion of the catalogue. Of those whose events overlap the earlier one decides.
EXCLUSIONS = (
    "prohibited_goods", "sender_data", "po_box", "customs", "force_majeure",
    "transport_interruption", "authority_stop", "tolerance", "addressee_absent",
    "addressee_closed", "refused", "customer_request", "charges_due",
)  # fmt: skip
#: A claim made too late is no business of the verdict: docs/reference/terms.md, claim_window_days.

_EVENT = re.compile(r"([A-Z]{3})(?::([0-9A-Za-z]+(?:,[0-9A-Za-z]+)*))?")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves an exclusion: words, and events with their reasons (empty: any reason)."""

    words: frozenset[str]
    events: Mapping[str, frozenset[str]]

    @classmethod
    def read(cls, text: str) -> Evidence:
        """Raises `ValueError` for what cannot be read."""
        words, events = set[str](), dict[str, frozenset[str]]()
        for part in text.split():
            found = _EVENT.fullmatch(part)
            if part in WORDS:
                words.add(part)
            elif found and found[1] in MODES_OF_EVENT:
                events[found[1]] = frozenset((found[2] or "").split(",")) - {""}
            else:
                raise ValueError(
                    f"{part!r} is neither one of {', '.join(WORDS)} nor an event such as EMH:1,2 "
                    f"of {', '.join(MODES_OF_EVENT)}"
                )
        return cls(frozenset(words), events)

    def allows(self, mode: Mode) -> bool:
        """Whether the exclusion can work in that way with each piece of this evidence."""
        kinds = [MODES_OF_WORD[word] for word in self.words]
        kinds += [MODES_OF_EVENT[code] for code in self.events]
        return mode == Mode.NO or (bool(kinds) and all(mode in kind for kind in kinds))


#: What a network without the file was judged by: the rules before the catalogue (rules 1).
_BEFORE = (
    ("customs", Mode.CLIPS, HOLD),
    ("force_majeure", Mode.CLIPS, f"{CASE} {CARRIAGE_CASE}"),
    ("authority_stop", Mode.EXCLUDES, "EXX EDX"),
    ("tolerance", Mode.CLIPS, CLAIM),
)


class Catalogue:
    """The exclusions of a network, by scope, lane and day."""

    def __init__(self, rows: Iterable[ExclusionRow]) -> None:
        given = tuple(rows) or tuple(
            ExclusionRow(0, "what held before the catalogue existed", ALWAYS_FROM, ALWAYS_TO,
                         str(scope), "*", "*", name, str(mode), evidence)
            for scope in Scope for name, mode, evidence in _BEFORE
        )  # fmt: skip
        self._rows: dict[tuple[str, str], list[ExclusionRow]] = {}
        for row in given:
            self._rows.setdefault((row.scope, row.exclusion), []).append(row)
        self._answers: dict[tuple[Scope, str, str, int], dict[str, tuple[Mode, Evidence]]] = {}
        self._evidence = {row.evidence: Evidence.read(row.evidence) for row in given}

    def changes(self) -> list[int]:
        """The days from which any exclusion may work otherwise, in order."""
        rows = [row for rows in self._rows.values() for row in rows]
        return sorted({row.valid_from for row in rows} | {row.valid_to + 1 for row in rows})

    def reasons(self) -> frozenset[str]:
        """Every reason that any row names."""
        sets = [codes for one in self._evidence.values() for codes in one.events.values()]
        return frozenset[str]().union(*sets)

    def row(
        self, scope: Scope, exclusion: str, origin: str, destination: str, day: int
    ) -> ExclusionRow | None:
        """The row that decides an exclusion for a lane on an acceptance day; None: none does."""
        return deciding_row(self._rows.get((scope, exclusion), ()), origin, destination, day)

    def of_lane(
        self, scope: Scope, origin: str, destination: str, day: int
    ) -> dict[str, tuple[Mode, Evidence]]:
        """The exclusions that excuse something on a lane, in the catalogue's order."""
        lane = (scope, origin, destination, day)
        if lane not in self._answers:
            self._answers[lane] = self._of_lane(*lane)
        return self._answers[lane]

    def _of_lane(
        self, scope: Scope, origin: str, destination: str, day: int
    ) -> dict[str, tuple[Mode, Evidence]]:
        rows = {
            name: row
            for name in EXCLUSIONS
            if (row := self.row(scope, name, origin, destination, day)) is not None
        }
        return {
            name: (Mode(row.mode), self._evidence[row.evidence])
            for name, row in rows.items()
            if row.mode != Mode.NO
        }
