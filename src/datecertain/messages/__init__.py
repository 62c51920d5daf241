"""Messages between posts: UN/EDIFACT syntax, layouts as data, reading and writing.

`read_interchanges` turns a file into columns of events (`RAW_EVENTS`), findings and quarantine;
`read_parts` does so for any number of files in bounded memory; `write_emsevt` writes what is read.
With `transport_profiles` they read receptacles, flights and carriers' statuses too (`Transport`);
`write_transport` writes those. With `attribute_profiles` they read what items are, too
(`ITEM_ATTRIBUTES`), and `write_attributes` writes it; persons are never read. `read_tolerantly`
says what messages seem to tell that no profile reads: for people, never for facts.
"""

from datecertain.messages.answering import answer
from datecertain.messages.attribute_writing import write_attributes
from datecertain.messages.attributes import ITEM_ATTRIBUTES, no_attributes
from datecertain.messages.code_tables import CodeRow, CodeTable, code_table
from datecertain.messages.contrl import (
    Action,
    Answer,
    ElementError,
    GroupAnswer,
    MessageAnswer,
    SegmentError,
    Where,
)
from datecertain.messages.contrl_files import Received, ReceivedAnswers, read_contrl, write_contrl
from datecertain.messages.event_writing import write_emsevt
from datecertain.messages.fates import ByteCounts, Fate, Spans
from datecertain.messages.inference import Inferred, InferredEvent, read_tolerantly
from datecertain.messages.persons import names_persons, without_persons
from datecertain.messages.profiles import (
    Profile,
    Profiles,
    attribute_profiles,
    bundled_profiles,
    read_profile,
    transport_profiles,
)
from datecertain.messages.raw_events import RAW_EVENTS, no_events
from datecertain.messages.reading import read_interchanges, read_parts
from datecertain.messages.results import (
    GroupSummary,
    InterchangeSummary,
    Kind,
    Quarantined,
    ReadResult,
    joined,
)
from datecertain.messages.segments import Segment, iter_segments, plain
from datecertain.messages.separators import Separators
from datecertain.messages.skeletons import SKELETONS, skeleton
from datecertain.messages.transport import (
    CARRIER_EVENTS,
    CONTAINED,
    LEGS,
    RECEPTACLES,
    Transport,
    no_transport,
)
from datecertain.messages.transport_writing import write_transport
from datecertain.messages.writing import Envelope, Written, write_messages

__all__ = [
    "CARRIER_EVENTS",
    "CONTAINED",
    "ITEM_ATTRIBUTES",
    "LEGS",
    "RAW_EVENTS",
    "RECEPTACLES",
    "SKELETONS",
    "Action",
    "Answer",
    "ByteCounts",
    "CodeRow",
    "CodeTable",
    "ElementError",
    "Envelope",
    "Fate",
    "GroupAnswer",
    "GroupSummary",
    "Inferred",
    "InferredEvent",
    "InterchangeSummary",
    "Kind",
    "MessageAnswer",
    "Profile",
    "Profiles",
    "Quarantined",
    "ReadResult",
    "Received",
    "ReceivedAnswers",
    "Segment",
    "SegmentError",
    "Separators",
    "Spans",
    "Transport",
    "Where",
    "Written",
    "answer",
    "attribute_profiles",
    "bundled_profiles",
    "code_table",
    "iter_segments",
    "joined",
    "names_persons",
    "no_attributes",
    "no_events",
    "no_transport",
    "plain",
    "read_contrl",
    "read_interchanges",
    "read_parts",
    "read_profile",
    "read_tolerantly",
    "skeleton",
    "transport_profiles",
    "without_persons",
    "write_attributes",
    "write_contrl",
    "write_emsevt",
    "write_messages",
    "write_transport",
]
