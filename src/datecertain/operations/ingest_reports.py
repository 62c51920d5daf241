"""What a run of `ingest` took in, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class IngestReport:
    """What a run took in. Every input byte is in one of the counts."""

    files: int = 0
    files_known: int = 0  # taken in before, by content
    bytes: int = 0
    interchanges: int = 0
    interchanges_repeated: int = 0  # delivered again, the same bytes
    messages: int = 0
    records: int = 0  # of EPCIS, JSON and tables: each an event or set aside
    events: int = 0
    receptacles: int = 0  # each time a message names one
    contained: int = 0  # items in receptacles
    legs: int = 0  # flights of consignments, booked or flown
    carrier_events: int = 0  # carriers' statuses
    item_attributes: int = 0  # what items are, by ITMATT
    answers: int = 0  # CONTRL messages: a partner's answers to interchanges sent to it
    items: int = 0
    notices: int = 0
    inquiry_rows: int = 0  # of files of inquiries: new, known before, or set aside
    inquiries: int = 0  # that were opened by them
    quarantined: int = 0
    errors: int = 0  # findings of severity error: what was set aside, or never came whole
    findings: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing had to be set aside, and nothing broke off."""
        return self.quarantined == 0 and self.errors == 0
