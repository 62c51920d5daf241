"""Opening the guarantee of a lane by two signatures under the same terms, and closing it by one
post at once (req 11, 78).

What both have signed becomes rows of the network, which is put in force like any other: the promise
reads nothing but the network. Cut off between the signature and that, signing again ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datecertain.errors import NotFound, UsageError
from datecertain.moments import format_date, local_day, parse_date
from datecertain.network import LaneState, Network, Scope
from datecertain.network.agreed_terms import Differing, differing, digest_of
from datecertain.network.opening import (
    Offer,
    check_offer,
    guaranteed_products,
    terms_content,
    with_closure,
    with_offer,
)
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import ready
from datecertain.operations.lane_rows import (
    Act,
    Done,
    Proposal,
    State,
    acts,
    add_acts,
    add_proposal,
    next_number,
    proposals,
)
from datecertain.operations.networks import current_network, publish_network
from datecertain.operations.signed_tariffs import (
    TARIFF,
    rates_differing,
    tariff_of_offer,
    tariff_to_hold,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import Tariff, bundled_tariff
from datecertain.store import Workspace
from datecertain.wording import Sayable, Words, said, words

#: So many hex digits of a digest name it at least.
_SHORTEST = 12


def parse_lane(text: str) -> tuple[str, str]:
    """`KR-US`: origin and destination. Raises `UsageError`."""
    origin, _, destination = text.upper().partition("-")
    if not (origin and destination):
        raise UsageError(
            f"{text!r} is not a lane: write the two posts, KR-US", "lane.lane", lane=text
        )
    return origin, destination


def propose(
    path: Path, lane: str, by: str, actor: str, first: str, clock: Clock, *,
    standard: str = "network", refund_mode: str = "automatic", product: str = "",
    reason: str = "", tariff: Tariff | None = None,
) -> Proposal:  # fmt: skip
    """Write down what a post proposes for a lane, under a tariff (default: the bundled one). It
    signs nothing yet.

    Raises `UsageError`, `UnknownPlace`, `BadMoment`, `NetworkError` when it cannot be proposed.
    """
    origin, destination = parse_lane(lane)
    by = _party(by, (origin, destination), actor)
    day = parse_date(first)
    with open_workspace(path, write=True) as opened:
        network = current_network(opened)
        network.post(origin)
        with opened.reading() as view:
            number = next_number(view.connection)
        sold = guaranteed_products(network, origin, day)
        offer = Offer(
            number, origin, destination, product or (sold[0] if len(sold) == 1 else ""),
            standard, refund_mode, day,
        )  # fmt: skip
        check_offer(network, offer)
        content = _content(_network_of(network, offer), offer, tariff or bundled_tariff())
        made = Proposal(
            offer, by, digest_of(content), content["terms_sha256"], content, actor, clock.now(),
            reason, (),
        )  # fmt: skip
        with opened.writing() as connection:
            add_proposal(connection, made)
    return made


def _party(post: str, lane: tuple[str, str], actor: str) -> str:
    if post.upper() not in lane:
        raise UsageError(
            f"{post!r} is not of the lane {'-'.join(lane)}: only its posts act on it", "lane.party",
            post=post, lane="-".join(lane),
        )  # fmt: skip
    if not actor.strip():
        raise UsageError("say who acts for the post (--name): it is recorded", "lane.nobody")
    return post.upper()


def _network_of(network: Network, offer: Offer) -> Network:
    """The network with what an offer adds. Raises `NetworkError`."""
    texts = with_offer(network, offer)
    return Network.from_texts(texts, f"the network with proposal {offer.number}")


def _content(network: Network, offer: Offer, tariff: Tariff | None) -> dict[str, Any]:
    """The text that is signed: the terms of a network that has the rows of the offer, and the
    rates of a tariff; without one, the terms alone."""
    content = terms_content(network, offer)
    if tariff is not None:
        content[TARIFF] = tariff_of_offer(tariff.settling(network, offer.from_on), offer)
    return content


def sign(
    path: Path, number: int, digest: str, by: str, actor: str, clock: Clock, reason: str = "",
    tariff: Tariff | None = None,
) -> Proposal:  # fmt: skip
    """A post signs the exact text of a proposal by its digest, or 12 or more of its first hex
    digits. When the other has signed too, the network that follows is put in force at once, by the
    post that signed last: nobody else publishes a lane.

    `tariff`: the post's own, to hold the rates of the text against (default: the bundled one of
    its name; a text that rests on another is then taken as it stands).

    Raises `UsageError`: another digest, or terms or rates that changed since, with what differs;
    less than the agreed lead time to the first day; a proposal that is withdrawn.
    """
    with open_workspace(path, write=True) as opened:
        network = current_network(opened)
        with opened.reading() as view:
            known = proposals(view.connection)
        made = _proposal(known, number)
        by = _party(by, (made.offer.origin, made.offer.destination), actor)
        if made.state is State.WITHDRAWN:
            raise UsageError(
                f"proposal {number} was withdrawn: propose anew",
                "lane.withdrawn",
                number=str(number),
            )
        _same_digest(made, digest, known)
        if made.state is State.AGREED:
            return made
        proposed = _network_of(network, made.offer)
        _same_terms(made, proposed, tariff)
        now = clock.now()
        if by not in made.signed_by:
            _in_time(network, made.offer, now)
            signature = _act(made, Done.SIGNED, by, actor, now, reason)
            with opened.writing() as connection:
                add_acts(connection, [signature])
            made = replace(made, acts=(*made.acts, signature))
        if made.state is State.SIGNED:
            made = _publish(opened, made, proposed, by, actor, clock)
    return made


def _proposal(known: list[Proposal], number: int) -> Proposal:
    for one in known:
        if one.offer.number == number:
            return one
    raise NotFound(f"no proposal {number} here: see `datecertain lane list`")


def _same_digest(made: Proposal, digest: str, known: list[Proposal]) -> None:
    text = digest.lower()
    if len(text) >= _SHORTEST and made.sha256.startswith(text):
        return
    number = made.offer.number
    detail = f"the digest of proposal {number} is {made.sha256}"
    for other in known:
        if len(text) >= _SHORTEST and other.sha256.startswith(text):
            lines = _in_english(_differences(other.content, made.content))
            detail += f"; {digest} is that of proposal {other.offer.number}, which differs: {lines}"
    raise UsageError(
        f"{digest!r} does not sign proposal {number}: {detail}", "lane.digest", number=str(number)
    )


def _same_terms(made: Proposal, proposed: Network, given: Tariff | None) -> None:
    tariff = tariff_to_hold(made.content, given)
    now = _content(proposed, made.offer, tariff)
    if tariff is None and TARIFF in made.content:
        now[TARIFF] = made.content[TARIFF]
    if digest_of(now) != made.sha256:
        changed = _differences(made.content, now)
        raise UsageError(
            f"the terms have changed since proposal {made.offer.number} was made, withdraw it and "
            f"propose anew: {_in_english(changed)}",
            "lane.terms", number=str(made.offer.number), changed=changed,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """What reads otherwise in two texts, to be said in whatever language it is read."""

    one: Differing

    def text(self, words: Words) -> str:
        """The same in a language; names and values of a row as its file has them."""
        one, gone = self.one, words.say("lane.differs.gone")
        what = (words.label(f"lane.differs.{one.part}", one.part),
                words.label(f"word.scope.{one.scope}", one.scope), one.name)  # fmt: skip
        return f"{' '.join(part for part in what if part)}: {one.was or gone} → {one.now or gone}"


def _differences(was: dict[str, Any], now: dict[str, Any]) -> tuple[Sayable, ...]:
    heads = [
        Differing(name, "", "", was[name], now[name])
        for name in ("lane", "product", "standard", "refund_mode", "from")
        if was[name] != now[name]
    ]
    rows = list(differing(was["terms"], now["terms"]))
    if TARIFF in was and TARIFF in now:
        if was[TARIFF]["name"] != now[TARIFF]["name"]:
            heads.append(Differing(TARIFF, "", "", was[TARIFF]["name"], now[TARIFF]["name"]))
        rows += rates_differing(was[TARIFF], now[TARIFF])
    told = tuple(Difference(one) for one in (*heads, *rows[:10]))
    return (*told, said("lane.differs.more", count=len(rows) - 10)) if rows[10:] else told


def _in_english(told: Sequence[Sayable]) -> str:
    return "; ".join(one.text(words("en")) for one in told)


def _in_time(network: Network, offer: Offer, now: int) -> None:
    today = local_day(network.post(offer.origin).zone, now)
    lane = (offer.origin, offer.destination, offer.from_on)
    lead = int(network.terms.value(Scope.RELATION, "lane_lead_days", *lane))
    if today + lead > offer.from_on:
        earliest, first = format_date(today + lead), format_date(offer.from_on)
        raise UsageError(
            f"{offer.lane} needs {lead} days between the last signature and the first day "
            f"(lane_lead_days): from {format_date(today)} on that is {earliest}, "
            f"proposal {offer.number} begins on {first}; propose a later day",
            "lane.lead", lane=offer.lane, days=str(lead), earliest=earliest, first=first,
        )  # fmt: skip


def _act(made: Proposal, act: Done, by: str, actor: str, now: int, reason: str) -> Act:
    offer = made.offer
    return Act(
        0, offer.number, act, by, offer.origin, offer.destination, made.sha256, "", actor, now,
        reason,
    )  # fmt: skip


def _publish(
    opened: Workspace, made: Proposal, proposed: Network, by: str, actor: str, clock: Clock
) -> Proposal:
    offer = made.offer
    closing = [
        row
        for row in proposed.lanes.history(offer.origin, offer.destination)
        if row.on > offer.from_on
    ]
    standing = proposed.lanes.standing(offer.origin, offer.destination, offer.from_on)
    if standing.state is not LaneState.OPEN:  # switched off, or closed on the very day
        first = format_date(offer.from_on)
        raise UsageError(
            f"{offer.lane} would not be open on {first}",
            "lane.not_open",
            lane=offer.lane,
            first=first,
        )
    version = publish_network(opened, ready(proposed), clock)
    note = "".join(f"; {row.event} on {format_date(row.on)}" for row in closing)
    done = replace(
        _act(made, Done.PUBLISHED, by, actor, clock.now(), f"signed by both{note}"),
        network_version=version,
    )
    with opened.writing() as connection:
        add_acts(connection, [done])
    return replace(made, acts=(*made.acts, done))


def withdraw(
    path: Path, number: int, by: str, actor: str, clock: Clock, reason: str = ""
) -> Proposal:
    """Take a proposal back before both have signed; either post can. Raises `UsageError`."""
    with open_workspace(path, write=True) as opened:
        with opened.reading() as view:
            made = _proposal(proposals(view.connection), number)
        by = _party(by, (made.offer.origin, made.offer.destination), actor)
        if made.state is State.WITHDRAWN:
            return made
        if made.state in (State.AGREED, State.SIGNED):
            raise UsageError(
                f"proposal {number} is signed by both: propose a change with its lead time, or "
                "close the lane",
                "lane.signed", number=str(number),
            )  # fmt: skip
        act = _act(made, Done.WITHDRAWN, by, actor, clock.now(), reason)
        with opened.writing() as connection:
            add_acts(connection, [act])
    return replace(made, acts=(*made.acts, act))


def close(path: Path, lane: str, by: str, actor: str, reason: str, clock: Clock) -> Act:
    """Take the guarantee of a lane away at once, by one post alone; an opening that was to come is
    taken back with it. Promises given stay. Raises `UsageError`, `UnknownPlace`."""
    origin, destination = parse_lane(lane)
    by = _party(by, (origin, destination), actor)
    if not reason.strip():
        raise UsageError(
            "say why the lane is closed (--reason): it is told to the other post", "lane.why"
        )
    with open_workspace(path, write=True) as opened:
        network = current_network(opened)
        day = local_day(network.post(origin).zone, clock.now())
        texts = with_closure(network, origin, destination, day, by, reason)
        closed = ready(Network.from_texts(texts, f"the network with {lane} closed"))
        version = publish_network(opened, closed, clock)
        act = Act(
            0, None, Done.CLOSED, by, origin, destination, "", version, actor, clock.now(), reason
        )
        with opened.writing() as connection:
            add_acts(connection, [act])
    return act


def find_proposals(
    path: Path, lane: str | None = None, number: int | None = None
) -> tuple[list[Proposal], list[Act]]:
    """The proposals, and what was done, of all lanes or of one. Raises `NotFound` for a number that
    is not there."""
    with open_workspace(path) as opened, opened.reading() as view:
        known, done = proposals(view.connection), acts(view.connection)
    if number is not None:
        known = [_proposal(known, number)]
    if lane is not None:
        pair = parse_lane(lane)
        known = [one for one in known if (one.offer.origin, one.offer.destination) == pair]
        done = [one for one in done if (one.origin, one.destination) == pair]
    return known, done
