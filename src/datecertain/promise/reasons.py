"""What a quote can be, and why it is not a guarantee (req 7, 11)."""

from __future__ import annotations

from enum import StrEnum

from datecertain.network import LaneState, PlaceStatus


class QuoteStatus(StrEnum):
    """What a quote is."""

    GUARANTEED = "guaranteed"  # the date binds: later than this, and the postage is refunded
    ESTIMATE = "estimate"  # a date without guarantee; the reason says why
    REFUSED = "refused"  # no date can be given; the reason says why


class Reason(StrEnum):
    """Why a quote is not a guarantee, in order of precedence."""

    NONE = ""  # it is one
    SAME_POST = "same_post"  # origin and destination are the same post: not international
    ORIGIN_UNKNOWN = "origin_unknown"  # the origin's postcode leads to no served area
    TIME_MISSING = "time_missing"  # the clocks skip that local time
    POSTCODE_MALFORMED = "postcode_malformed"  # not of the form of the destination's postcodes
    POSTCODE_UNKNOWN = "postcode_unknown"  # well formed, but no area holds it
    NOT_COVERED = "not_covered"  # the network says that EMS is not delivered there
    PRODUCT_UNKNOWN = "product_unknown"  # the origin post does not sell it
    CHANNEL_UNKNOWN = "channel_unknown"  # the origin post does not take items in that way
    TOO_HEAVY = "too_heavy"  # beyond the product's weight
    NOT_ACCEPTED = "not_accepted"  # a condition says that it is not taken
    TIME_AMBIGUOUS = "time_ambiguous"  # that local time occurs twice, and the dates differ
    BEYOND_HORIZON = "beyond_horizon"  # the journey would need days that no calendar covers
    POSTCODE_MISSING = "postcode_missing"  # no postcode, no promise; the slowest area's date
    POSTCODE_INCOMPLETE = "postcode_incomplete"  # enough for a date, not for a promise
    NOT_IN_POSSESSION = "not_in_possession"  # a label or reservation: the post does not hold it
    LANE_NEVER_OPENED = "lane_never_opened"  # the guarantee was not opened by that day
    LANE_CLOSED = "lane_closed"  # a post left the guarantee
    LANE_SUSPENDED = "lane_suspended"  # the guarantee rests
    PRODUCT_NOT_GUARANTEED = "product_not_guaranteed"  # sold without a guaranteed date
    CONDITION = "condition"  # a published condition takes the guarantee away
    DETAILS_NEEDED = "details_needed"  # a condition asks for contents or value that nobody gave
    AREA_NOT_GUARANTEED = "area_not_guaranteed"  # remote, island, enclave: served, not guaranteed

    @property
    def status(self) -> QuoteStatus:
        """What a quote with this reason is."""
        if self is Reason.NONE:
            return QuoteStatus.GUARANTEED
        return QuoteStatus.REFUSED if CODE[self] <= _LAST_REFUSING else QuoteStatus.ESTIMATE


#: Reasons and statuses as numbers, in columns: the smallest reason above 0 is the one given.
REASONS = tuple(Reason)
STATUSES = tuple(QuoteStatus)
CODE = {reason: number for number, reason in enumerate(REASONS)}
_LAST_REFUSING = CODE[Reason.BEYOND_HORIZON]
#: Reason code → status code.
STATUS_OF = tuple(STATUSES.index(reason.status) for reason in REASONS)

OF_PLACE = {
    PlaceStatus.AREA: Reason.NONE,
    PlaceStatus.MISSING: Reason.POSTCODE_MISSING,
    PlaceStatus.INCOMPLETE: Reason.POSTCODE_INCOMPLETE,
    PlaceStatus.MALFORMED: Reason.POSTCODE_MALFORMED,
    PlaceStatus.NOT_COVERED: Reason.NOT_COVERED,
    PlaceStatus.UNKNOWN: Reason.POSTCODE_UNKNOWN,
}
OF_LANE = {
    LaneState.OPEN: Reason.NONE,
    LaneState.SUSPENDED: Reason.LANE_SUSPENDED,
    LaneState.CLOSED: Reason.LANE_CLOSED,
    LaneState.NEVER_OPENED: Reason.LANE_NEVER_OPENED,
}
