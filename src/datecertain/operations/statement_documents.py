"""What the paper and the workbook of a statement say, gathered: the frozen text, how it stands, the
version before, the rates, and one item of every recourse line followed to its amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.refunds import refunds_due
from datecertain.errors import UsageError
from datecertain.kept import Kept
from datecertain.network import Network
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import current_verdicts
from datecertain.operations.netting import list_rounds
from datecertain.operations.networks import current_network, network_of_version
from datecertain.operations.reporting import SYNTHETIC
from datecertain.operations.statements import Standee, former_version
from datecertain.settlement import Period, Tariff, bundled_tariff, bundled_tariffs
from datecertain.settlement.life import Act
from datecertain.settlement.reasons import Kind
from datecertain.settlement.recourse import refund_by_legs
from datecertain.settlement.stated import (
    FollowedRefund,
    InRound,
    RateUsed,
    Stated,
    tariff_in,
)
from datecertain.settlement.statements import StatementLine, tariff_digest
from datecertain.store import Workspace


def stated_of(
    workspace: Workspace, found: Standee, language: str, tariff: Tariff | None = None
) -> Stated:
    """A statement with all that its paper says. `tariff`: the one that it rests on, where that is
    not a bundled one, so that its rules can be named.

    Raises `UsageError` for a tariff that it does not rest on.
    """
    if tariff is not None and tariff.digest != tariff_digest(found.statement):
        raise UsageError(
            f"the statement rests on the tariff with SHA-256 {tariff_digest(found.statement)}, and "
            f"{tariff.name} has {tariff.digest}: give the file that the month was settled under"
        )
    bundled = [bundled_tariff(name) for name in bundled_tariffs()]
    before = former_version(workspace, found)
    bare = Stated(
        found.statement_id, found.statement, found.version, found.written_at, found.standing,
        found.terms, _names(workspace, found.pair, language),
        before=before.statement if before else None, before_version=before.version if before else 0,
        tariff=tariff_in([tariff] if tariff else bundled, found.statement),
    )  # fmt: skip
    network = network_of_version(workspace, bare.content["basis"]["settling_network"])
    recourse = [one for one in found.statement.lines if one.reason.kind is Kind.RECOURSE]
    followed = {
        line.number: one
        for line in recourse
        if not line.reason.settled and (one := _followed(workspace, network, bare, line))
    }
    return replace(
        bare, rates=tuple(_rates(network, found.statement.period, recourse)), followed=followed,
        weights_g=_weights(workspace, bare), netted=_round_of(workspace, found),
        synthetic=_synthetic(workspace, bare),
    )  # fmt: skip


def _names(workspace: Workspace, pair: tuple[str, str], language: str) -> Mapping[str, str]:
    known = {row.post: row for row in current_network(workspace).data.posts}
    name = "name_ko" if language == "ko" else "name_en"
    return {post: getattr(known[post], name) if post in known else post for post in pair}


def _rates(network: Network, period: str, lines: list[StatementLine]) -> list[RateUsed]:
    """The rates that items of recourse lines can have: of the currency in which the post that
    charges paid its senders, those in force on a day of the period, or of the period corrected."""
    asked = sorted({(network.post(one.creditor).currency, one.reason.settled or period)
                    for one in lines})  # fmt: skip
    found: dict[tuple[str, int], RateUsed] = {}
    for currency, month in asked:
        days = Period.month(month)
        rows = [row for row in network.rates.get(currency, ()) if row.on <= days.last_day]
        before = [row for row in rows if row.on <= days.first_day]
        for row in [*before[-1:], *(one for one in rows if one.on > days.first_day)]:
            found[currency, row.on] = RateUsed(currency, row.per_sdr, row.on, row.source)
    return [found[key] for key in sorted(found)]


#: Refunds that were followed lately, by the facts, the statement and its line.
_FOLLOWED: Kept[FollowedRefund | None] = Kept(500)


def _followed(
    workspace: Workspace, network: Network, stated: Stated, line: StatementLine
) -> FollowedRefund | None:
    key = (*workspace.stand, network.version, stated.statement.sha256, line.number)
    return _FOLLOWED.get(key, lambda: _follow(workspace, network, stated, line))


def _follow(
    workspace: Workspace, network: Network, stated: Stated, line: StatementLine
) -> FollowedRefund | None:
    """The first item of a recourse line from its postage to its amount, by the rules of refunds and
    recourse on its one row; None where its facts are gone or no longer come to a refund."""
    first = stated.first_of(line)
    if first is None:
        return None
    number, key, amount = first
    items = _accepted(workspace, number, key)
    if not len(items):
        return None
    row = items.to_pylist()[0]
    verdicts = current_verdicts(workspace, [row["month"]], [row["bucket"]], item_key=key)
    refunds, _ = refunds_due(network, verdicts, items, [key])
    if not len(refunds):
        return None
    period = Period.month(stated.statement.period)
    parts = refund_by_legs(network, refunds, verdicts, period).to_pylist()
    refund = refunds.to_pylist()[0]
    part = next((one for one in parts if one["part"] == line.reason.detail), None)
    if part is None:
        return None
    return FollowedRefund(
        number, refund["postage_minor"], refund["percent"], refund["amount_minor"],
        refund["currency"], part["per_sdr"], part["rate_on"], part["refund_usdr"],
        line.reason.detail, part["share_ppm"], part["amount_usdr"], amount,
        refund["terms_source"],
    )  # fmt: skip


def _accepted(workspace: Workspace, number: str, key: str) -> pa.Table:
    """The acceptance record of an item; no row where it is gone."""
    items = current_items(workspace, None, number)
    return items.filter(pc.equal(items["item_key"], key))


def _weights(workspace: Workspace, stated: Stated) -> Mapping[int, int]:
    """The weight as accepted of the first item of every charge by weight."""
    found = {}
    for line in stated.statement.lines:
        rule = stated.charge_rule(line)
        first = stated.first_of(line)
        if rule is not None and rule.per_kg_usdr and first is not None:
            items = _accepted(workspace, *first[:2])
            if len(items):
                found[line.number] = int(items["weight_g"][0].as_py())
    return found


def _round_of(workspace: Workspace, found: Standee) -> InRound | None:
    """The round that netted a statement as a whole."""
    if not any(one.act is Act.NETTED and not one.line for one in found.events):
        return None
    debtor = found.pair[1] if found.statement.net_usdr > 0 else found.pair[0]
    for one in list_rounds(workspace):
        left_out: list[str] = one["left_out"]
        dues: list[Mapping[str, object]] = one["dues"]
        if found.statement_id in left_out:
            continue
        if any(due["statement_id"] == found.statement_id for due in dues):
            payments: list[Mapping[str, int | str]] = one["payments"]
            days = [int(pay["due_on"]) for pay in payments if pay["payer"] == debtor]
            number, on = one["number"], one["netted_on"]
            assert isinstance(number, int)
            assert isinstance(on, int)
            return InRound(number, on, min(days, default=None))
    return None


def _synthetic(workspace: Workspace, stated: Stated) -> bool:
    """Whether its first item is of generated traffic, so that no paper is taken for real."""
    for line in stated.statement.lines:
        first = stated.first_of(line)
        if first is not None:
            rows = current_items(workspace, None, first[0], columns=_CHANNEL)
            return any(str(name).startswith(SYNTHETIC) for name in rows["channel"].to_pylist())
    return False


_CHANNEL = ("item_id", "item_key", "accepted_at", "channel")
