"""Other ways to get a date: another gateway, channel, product, contents, day (req 4, 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from datecertain.moments import DAY, NEVER
from datecertain.network import Network
from datecertain.network.rule_rows import NON_DOCUMENTS
from datecertain.promise.acceptance_times import at_minute, local_minute, stretches
from datecertain.promise.asking import Ask, answer
from datecertain.promise.journey import offices_of, ways
from datecertain.promise.quoting import Quote, QuoteStatus
from datecertain.promise.reasons import Reason


class Change(StrEnum):
    """What an alternative changes in the question."""

    CHANNEL = "channel"  # how the item comes to the post
    PRODUCT = "product"  # what is sold
    CONTENTS = "contents"  # what is in it
    LATER = "later"  # when it is accepted
    GATEWAY = "gateway"  # nothing that a sender can choose: what another way would carry


@dataclass(frozen=True, slots=True)
class Alternative:
    """One other way. `to` names what changes: a channel, a product, a class of contents, the pair
    of offices (`KRSELB USLAXA`); for LATER the acceptance is `ask`'s."""

    change: Change
    to: str
    ask: Ask  # the question that it answers
    status: QuoteStatus | None  # None for GATEWAY: carried, not promised
    due_day: int

    @property
    def rank(self) -> tuple[int, bool, str, str]:
        """By date, guaranteed ones first."""
        guaranteed = self.status is QuoteStatus.GUARANTEED
        return self.due_day, not guaranteed, self.change, self.to


def alternatives(network: Network, ask: Ask) -> list[Alternative]:
    """The other ways that give a date, the earliest first.

    A gateway's date is what the network carries through that pair of offices, without margins: the
    post chooses the way, and the promise is already the best of them. Contents are another class
    only where a condition on contents decides; a later acceptance only where there is no guarantee
    now.

    Raises `UnknownPlace`, `UsageError`, `BadMoment`.
    """
    quote = answer(network, ask)
    found = [
        *_gateways(network, ask, quote), *_asked(network, quote, _channels(network, ask, quote)),
        *_asked(network, quote, _products(network, ask)), *_contents(network, ask, quote),
        *_later(network, ask, quote),
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.rank)


def _gateways(network: Network, ask: Ask, quote: Quote) -> Iterator[Alternative]:
    if min(quote.origin_area, quote.destination_area, quote.possession_at) < 0:
        return
    if quote.possession_at >= NEVER or quote.due_day < 0:
        return
    found = ways(network, quote.origin_area, quote.destination_area, quote.possession_at)
    for way in found[1:]:
        yield Alternative(
            Change.GATEWAY, " ".join(offices_of(network, way)), ask, None, way.due_day
        )


Changed = tuple[Change, str, Ask]


def _asked(network: Network, quote: Quote, changed: Iterator[Changed]) -> Iterator[Alternative]:
    """The answers to changed questions, where they have a date and are not the answer as it is."""
    for change, to, other in changed:
        told = answer(network, other)
        if told.due_day >= 0 and (told.due_day, told.reason) != (quote.due_day, quote.reason):
            yield Alternative(change, to, other, told.status, told.due_day)


def _channels(network: Network, ask: Ask, quote: Quote) -> Iterator[Changed]:
    area = network.data.areas[quote.origin_area].area if quote.origin_area >= 0 else "*"
    names = {
        row.channel
        for row in network.data.channels
        if row.post == ask.route.origin
        and row.area in ("*", area)
        and row.valid_from <= ask.accepted_day <= row.valid_to
    }
    for name in sorted(names - {ask.route.channel}):
        yield Change.CHANNEL, name, replace(ask, route=ask.route._replace(channel=name))


def _products(network: Network, ask: Ask) -> Iterator[Changed]:
    names = {
        row.product
        for row in network.data.products
        if row.post == ask.route.origin and row.valid_from <= ask.accepted_day <= row.valid_to
    }
    for name in sorted(names - {ask.route.product}):
        yield Change.PRODUCT, name, replace(ask, route=ask.route._replace(product=name))


_BY_CONTENTS = (Reason.CONDITION, Reason.NOT_ACCEPTED, Reason.DETAILS_NEEDED)


def _contents(network: Network, ask: Ask, quote: Quote) -> Iterator[Alternative]:
    """Classes of contents that fare better, where a condition on contents decides."""
    if quote.condition is None or not quote.condition.contents or quote.reason not in _BY_CONTENTS:
        return
    names = {"documents", "merchandise", *(row.contents for row in network.data.conditions)}
    for name in sorted(names - {"", NON_DOCUMENTS, ask.route.contents}):
        other = replace(ask, route=ask.route._replace(contents=name))
        told = answer(network, other)
        if told.due_day >= 0 and _better(told.status, quote.status):
            yield Alternative(Change.CONTENTS, name, other, told.status, told.due_day)


def _better(one: QuoteStatus, than: QuoteStatus) -> bool:
    order = list(QuoteStatus)
    return order.index(one) < order.index(than)


def _later(network: Network, ask: Ask, quote: Quote) -> Iterator[Alternative]:
    """The next local minute from which a guarantee is given again, if the rows say so."""
    if quote.status is QuoteStatus.GUARANTEED:
        return
    first, last = local_minute(ask) + 1, (network.data.last_day + 1) * DAY - 1
    for one in stretches(network, ask, first, last) if first <= last else []:
        if one.status is QuoteStatus.GUARANTEED:
            other = at_minute(ask, one.first)
            yield Alternative(Change.LATER, "", other, one.status, one.due_day)
            return
