"""Opening the guarantee of a lane, or changing its terms: what is proposed, and the rows of the
network that follow once both posts have signed it (req 11, 78)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datecertain.errors import UsageError
from datecertain.moments import format_date
from datecertain.network import LaneState, Network, Scope, version_of
from datecertain.network.adding import with_row
from datecertain.network.agreed_terms import as_content, clauses_of, digest_of
from datecertain.network.claim_terms import RefundMode
from datecertain.network.conditions import Sort
from datecertain.network.rows import LaneEvent, TermRow
from datecertain.network.rule_rows import Standard

#: The date is that which the network computes, not a published number of days.
COMPUTED = "network"
_FIXED = re.compile(r"D\+([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Offer:
    """What is proposed for a lane: product, standard (`network` or `D+3`: delivery days of the
    addressee's area from the day of acceptance), refund mode, first local acceptance date."""

    number: int
    origin: str
    destination: str
    product: str
    standard: str
    refund_mode: str
    from_on: int

    @property
    def lane(self) -> str:
        return f"{self.origin}-{self.destination}"

    @property
    def source(self) -> str:
        """How the rows that it adds name where they come from."""
        return f"agreed: lane proposal {self.number} of {self.lane}, signed by both posts"


def check_offer(network: Network, offer: Offer) -> None:
    """Raises `UsageError`, `UnknownPlace` when what is proposed cannot be proposed."""
    network.post(offer.origin)
    network.post(offer.destination)
    if offer.origin == offer.destination:
        raise UsageError(
            f"{offer.lane} is no lane: name two posts, KR-US", "lane.lane", lane=offer.lane
        )
    data = network.data
    if not data.first_day <= offer.from_on <= data.last_day:
        day, first, last = map(format_date, (offer.from_on, data.first_day, data.last_day))
        raise UsageError(
            f"{day} is not in the network: it promises for acceptances from {first} to {last}",
            "lane.horizon", day=day, first=first, last=last,
        )  # fmt: skip
    if offer.standard != COMPUTED and not _FIXED.fullmatch(offer.standard):
        raise UsageError(
            f"{offer.standard!r} is no standard: write network, or D+3", "lane.standard",
            given=offer.standard,
        )  # fmt: skip
    if offer.refund_mode not in list(RefundMode):
        raise UsageError(
            f"{offer.refund_mode!r} is no mode of refunds: {' or '.join(RefundMode)}", "lane.mode",
            given=offer.refund_mode,
        )  # fmt: skip
    if offer.product not in (sold := guaranteed_products(network, offer.origin, offer.from_on)):
        raise UsageError(
            f"{offer.product!r} is no guaranteed product of {offer.origin}: "
            f"{', '.join(sold) or 'it has none'}",
            "lane.product", post=offer.origin, product=offer.product or "–",
            sold=", ".join(sold) or "–",
        )  # fmt: skip
    if len(sold) > 1:
        raise UsageError(
            f"{offer.origin} guarantees {', '.join(sold)}, and a lane opens for all of them: leave "
            "the others out first by `datecertain network suspend --product`",
            "lane.products", post=offer.origin, sold=", ".join(sold),
        )  # fmt: skip
    standard = _standard(network, offer)
    if offer.standard == COMPUTED and standard is not None:
        raise UsageError(
            f"row {standard.line} of standards.csv publishes D+{standard.days} for {offer.lane}: "
            "propose a number of days, or end that row first",
            "lane.published", lane=offer.lane, days=str(standard.days), row=str(standard.line),
        )  # fmt: skip


def guaranteed_products(network: Network, origin: str, day: int) -> list[str]:
    """What a post sells with a guaranteed date on a day; a network without products: EMS."""
    if not network.data.products:
        return ["EMS"]
    return [
        row.product
        for row in network.data.products
        if row.post == origin and row.guaranteed == "yes" and row.valid_from <= day <= row.valid_to
    ]


def _standard(network: Network, offer: Offer) -> Standard | None:
    sort = Sort(offer.origin, offer.destination, "", "", offer.product, "", "")
    rules = network.conditions
    return rules.ruling(rules.sort(sort), rules.regime(offer.from_on)).standard


def with_offer(network: Network, offer: Offer) -> dict[str, str]:
    """The texts of the network with the rows that the offer needs and the network lacks: an
    opening or the end of a suspension, a published standard, a mode of refunds."""
    lane = {"origin": offer.origin, "destination": offer.destination, "source": offer.source}
    first = format_date(offer.from_on)
    texts: dict[str, str] = dict(network.data.texts)
    standard = _standard(network, offer)
    days = _FIXED.fullmatch(offer.standard)
    if days and (standard is None or _told(standard) != (int(days[1]), "acceptance", "delivery")):
        texts = with_row(texts, Standard, {
            **lane, "product": offer.product, "days": str(int(days[1])), "day_zero": "acceptance",
            "counts": "delivery", "valid_from": first,
        })  # fmt: skip
    term = "refund_mode"
    mode = network.terms.value(Scope.SENDER, term, offer.origin, offer.destination, offer.from_on)
    if str(mode) != offer.refund_mode:
        texts = with_row(texts, TermRow, {
            **lane, "scope": "sender", "term": term, "value": offer.refund_mode,
            "valid_from": first,
        })  # fmt: skip
    state = network.lanes.standing(offer.origin, offer.destination, offer.from_on).state
    if state is not LaneState.OPEN:
        resumed = state is LaneState.SUSPENDED
        texts = with_row(texts, LaneEvent, {
            **lane, "event": "resumed" if resumed else "opened", "on": first,
            "note_en": f"signed by both posts: proposal {offer.number}",
            "note_ko": f"양국 우정청 서명: 제안 {offer.number}호",
        })  # fmt: skip
    return texts


def _told(row: Standard) -> tuple[int, str, str]:
    return row.days, row.day_zero, row.counts


def terms_content(network: Network, offer: Offer) -> dict[str, Any]:
    """What is signed: the offer, and every term that will hold on its first day in a network that
    has its rows (`with_offer`). Its canonical JSON is the exact text."""
    terms = as_content(clauses_of(network, offer.origin, offer.destination, offer.from_on))
    return {
        "lane": offer.lane, "product": offer.product, "standard": offer.standard,
        "refund_mode": offer.refund_mode, "from": format_date(offer.from_on), "terms": terms,
        "terms_sha256": digest_of(terms),
    }  # fmt: skip


def with_closure(
    network: Network, origin: str, destination: str, day: int, post: str, reason: str
) -> dict[str, str]:
    """The texts of the network in which the lane has no guarantee from a day on: a suspension on
    that day where it is open then, and nothing that would open it again later.

    Raises `UsageError` where there is nothing to close.
    """
    lanes = network.lanes
    later = [row for row in lanes.history(origin, destination) if row.on > day]
    opens = [row for row in later if row.event in ("opened", "resumed")]
    open_now = lanes.standing(origin, destination, day).state is LaneState.OPEN
    if not (open_now or opens):
        raise UsageError(
            f"{origin}-{destination} has no guarantee, and none is to begin",
            "lane.nothing_to_close", lane=f"{origin}-{destination}",
        )  # fmt: skip
    cells = {
        "origin": origin, "destination": destination, "event": "suspended",
        "note_en": f"closed by {post}: {reason}", "note_ko": f"{post} 긴급 중지: {reason}",
        "source": f"emergency closure by {post}",
    }  # fmt: skip
    gone = {row.line for row in later if "*" not in (row.origin, row.destination)}
    texts = _without_lines(network.data.texts, gone)
    days = [day] if open_now else []
    days += [row.on for row in opens if row.line not in gone]
    for on in days:
        texts = with_row(texts, LaneEvent, {**cells, "on": format_date(on)})
    return texts


def as_if_open(network: Network, offer: Offer) -> dict[str, str]:
    """The texts of the network as if the lane had been open from the offer's first day on, and
    nothing had been decided of it since: for trying, never to be put in force."""
    history = network.lanes.history(offer.origin, offer.destination)
    later = {
        row.line
        for row in history
        if row.on > offer.from_on and "*" not in (row.origin, row.destination)
    }
    texts = _without_lines(network.data.texts, later)
    return with_offer(Network.as_published(texts, version_of(texts)), offer)


def _without_lines(texts: Mapping[str, str], lines: set[int]) -> dict[str, str]:
    written = texts[LaneEvent.file].lstrip("\ufeff").splitlines()
    kept = [line for number, line in enumerate(written, start=1) if number not in lines]
    return {**texts, LaneEvent.file: "\n".join(kept) + "\n"}
