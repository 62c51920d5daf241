"""Outcomes, legs and the table of verdicts (req 19-28, 67, 73)."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import pyarrow as pa

from datecertain.tracking.events import OWNERSHIP, PARTITION, must

#: Changes whenever the same facts would be judged otherwise.
RULES_VERSION = "2"
#: Liability shares are parts of a million and sum to it exactly.
WHOLE = 1_000_000


class Outcome(StrEnum):
    """What an item is, in order of precedence; exactly one of these."""

    NOT_GUARANTEED = "not_guaranteed"  # no promise was in force; the reason says why
    LOST = "lost"  # left the guarantee for the indemnity route
    UNDETERMINED = "undetermined"  # the scans cannot decide
    PENDING = "pending"  # not delivered yet, or its final event may still come
    ON_TIME = "on_time"  # delivered, or attempted, on or before the promised date
    LATE_EXCUSED = "late_excused"  # late, all of it excused by the terms
    LATE_LIABLE = "late_liable"  # late, and somebody answers for it


class Leg(IntEnum):
    """Who held the item, and where, in order of custody; liability is shared over these."""

    PROMISE = 0  # the date was told tighter than the network carries: whoever set it
    EXPORT = 1  # acceptance to leaving the outward office: origin post
    TRANSPORT = 2  # outward to inward office: the post that contracted the carriage (origin)
    IMPORT = 3  # inward office up to leaving it, customs without a valid clock-stop included
    DELIVERY = 4  # delivery office and round: destination post


class Checkpoint(IntEnum):
    """Credible scans in order of custody; 0 to 7 are the stages of the compiled network."""

    ACCEPTED = 0  # EMA, from the acceptance record
    OUTWARD_IN = 1  # EMB
    OUTWARD_OUT = 2  # EMC
    INWARD_IN = 3  # EMD
    CUSTOMS_IN = 4  # EDB, or EME if there is no EDB
    CUSTOMS_OUT = 5  # EDC
    INWARD_OUT = 6  # EMF
    DELIVERY_OFFICE = 7  # EMG
    STOPPED = 8  # the clock stopped: EMI, or EMH or EDH where the terms let them count


SHARE_COLUMNS = tuple(f"share_{leg.name.lower()}" for leg in Leg)
DAYS_COLUMNS = tuple(f"days_{leg.name.lower()}" for leg in Leg)

VERDICTS = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        must("accepted_date", pa.int32()),
        pa.field("origin_area", pa.string()),
        pa.field("destination_area", pa.string()),
        pa.field("inward_office", pa.string()),  # where it was scanned in, if it was
        # Between the posts, by the pair's agreement.
        must("outcome", pa.string()),
        must("outcome_reason", pa.string()),
        pa.field("promised_on", pa.int32()),
        pa.field("stopped_on", pa.int32()),  # local date on which the clock stopped
        pa.field("delivered_on", pa.int32()),
        must("days_late", pa.int32()),  # margin and steps add up to this
        must("days_excused", pa.int32()),
        must("days_liable", pa.int32()),
        # Net unexcused days of each leg: positive is time lost, negative time won back.
        *(must(name, pa.int32()) for name in DAYS_COLUMNS),
        # Parts per million of the liable days; all 0 unless late_liable.
        *(must(name, pa.int32()) for name in SHARE_COLUMNS),
        # Towards the sender, by the origin's published terms: the refund follows this one.
        must("sender_outcome", pa.string()),
        must("sender_days_liable", pa.int32()),
        must("clock_stops", pa.int32()),  # valid customs clock-stops
        must(
            "clock_stops_void", pa.int32()
        ),  # holds without valid reason or closing event (req 19)
        must("judged_as_of", pa.int64()),  # the data-closing moment
        must("rules_version", pa.string()),
        must("network_version", pa.string()),
        # Since rules 2; null where rules 1 judged.
        pa.field("stopped_by", pa.string()),  # what stopped the clock; null: nothing did
        pa.field("exclusions", pa.string()),  # what took days out, of the catalogue, with blanks
        pa.field("gap_days", pa.int32()),  # days between scans with a missing handover between
        # Bounds of what the scans cannot decide: days late, and the origin's share in the liable
        # days in parts per million (the destination's is the rest).
        pa.field("days_late_low", pa.int32()),
        pa.field("days_late_high", pa.int32()),
        pa.field("origin_share_low", pa.int32()),
        pa.field("origin_share_high", pa.int32()),
        pa.field("sender_outcome_reason", pa.string()),
        pa.field("sender_promised_on", pa.int32()),  # the date that was told
        pa.field("sender_stopped_on", pa.int32()),
        pa.field("sender_days_excused", pa.int32()),
        *OWNERSHIP,
        *PARTITION,
    ]
)
