"""The box of a label: the date that was told, in words and as fields (req 9, 10, 60).

It holds no name and no address: those are the shop's own. The conditions are the sender's terms of
the lane, said by the sentences of the rule book, by the network that the promise is frozen with.
"""

from __future__ import annotations

from datecertain.errors import NotFound
from datecertain.moments import DAY, format_clock, format_date
from datecertain.network import Network, Scope
from datecertain.network.agreed_terms import Part, clauses_of
from datecertain.network.rule_sentences import sentence
from datecertain.operations.networks import network_of_version
from datecertain.operations.promise_rows import StoredPromise
from datecertain.operations.told_promises import LabelTold, LabelWords
from datecertain.promise.records import PromiseState
from datecertain.store import Workspace
from datecertain.wording import LANGUAGES, Words, words

#: What a sender must know of a refund, in this order.
_TERMS = ("refund_mode", "refund_percent", "claim_window_days", "claim_window_from")


def label_of(workspace: Workspace, promise: StoredPromise) -> LabelTold:
    """The label of a promise as it stands now, in every language."""
    standing = promise.standing
    try:
        network = network_of_version(workspace, standing.given.network_version)
    except NotFound:  # made offline, by a version that was never in force here
        network = None
    binding = standing.binding_on
    expected = standing.given.standard_on if standing.state is PromiseState.ESTIMATED else None
    return {
        "promise_id": promise.promise_id, "item_id": standing.item_id,
        "state": str(standing.state),
        "guaranteed_on": None if binding is None else format_date(binding),
        "estimated_on": None if expected is None else format_date(expected),
        "words": {name: _words(promise, network, words(name)) for name in LANGUAGES},
    }  # fmt: skip


def _words(promise: StoredPromise, network: Network | None, speak: Words) -> LabelWords:
    standing, route = promise.standing, promise.ask.route
    binding, over = standing.binding_on, standing.state in (
        PromiseState.VOIDED, PromiseState.EXPIRED,
    )  # fmt: skip
    estimated = standing.state is PromiseState.ESTIMATED and standing.given.standard_on is not None
    kind = "void" if over else "guaranteed" if binding is not None else (
        "estimated" if estimated else "none"
    )  # fmt: skip
    day = standing.given.standard_on if kind == "estimated" else binding
    heading, date = speak.say(f"label.{kind}"), "" if over or day is None else speak.date(day)
    origin = " ".join(filter(None, (route.origin, route.origin_postcode)))
    destination = " ".join(filter(None, (route.destination, route.destination_postcode)))
    lines = [speak.say("label.way", origin=origin, destination=destination)]
    if standing.item_id:
        lines.insert(0, speak.say("label.item", item=standing.item_id))
    lines.append(_accepted(promise, speak))
    told = _conditions(promise, network, speak) if kind == "guaranteed" else []
    return {
        "heading": heading, "date": date, "lines": lines, "conditions": told,
        "text": "\n".join(filter(None, (heading, date, *lines, *told))),
    }  # fmt: skip


def _accepted(promise: StoredPromise, speak: Words) -> str:
    given, ends = promise.standing.given, promise.expires_at
    at = f"{speak.date(given.accepted_day)} {format_clock(given.accepted_min)}"
    if given.possession_at is None and ends is not None:
        last = (ends - DAY // 2 + (promise.ask.offset_min or 0)) // DAY  # the end of a local date
        return speak.say("label.made", at=at, last=speak.date(last))
    return speak.say("label.accepted", at=at)


def _conditions(promise: StoredPromise, network: Network | None, speak: Words) -> list[str]:
    told = [speak.say("label.date_of")]
    if network is None:
        return told
    route, day = promise.ask.route, promise.standing.given.accepted_day
    clauses = {
        clause.name: clause
        for clause in clauses_of(network, route.origin, route.destination, day)
        if clause.part is Part.TERM and clause.scope == Scope.SENDER
    }
    return told + [sentence(clauses[name], speak) for name in _TERMS if name in clauses]
