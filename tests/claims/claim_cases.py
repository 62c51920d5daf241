"""Claims as text: one item, one claim, one answer a line."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from datecertain.claims.deciding import Answer, Claim, Step, answer, taken
from datecertain.claims.entitlements import entitlements
from datecertain.moments import parse_date, parse_utc
from datecertain.network import Network
from datecertain.network.claim_terms import Claimant, Heading, Remedy

_DAYS = ("accepted_date", "stopped_on", "delivered_on")


def day(text: str) -> int | None:
    """A date; `-`: none."""
    return None if text == "-" else parse_date(text)


def item_tables(
    network: Network, lane: str, accepted: str, told: str, delivered: str, outcome: str,
    postage: int = 24001, standard: str = "-", inward: str | None = None,
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    """The verdict and the acceptance record of one item. `told` `-`: no date was told."""
    verdict: dict[str, Any] = {
        "item_key": "key", "item_id": "EE000000005KR", "origin": lane[:2],
        "destination": lane[3:], "sender_outcome": outcome, "inward_office": inward,
        "accepted_date": day(accepted), "stopped_on": day(delivered),
        "delivered_on": day(delivered),
    }  # fmt: skip
    record: dict[str, Any] = {
        "item_key": "key", "postage_minor": postage,
        "currency": network.post(lane[:2]).currency, "promised_on": day(told),
        "standard_on": day(standard), "tariff_minor": None,
    }  # fmt: skip
    return _table(verdict), _table(record)


def _table(row: dict[str, Any]) -> pa.Table:
    days = {"promised_on", "standard_on", "tariff_minor", "postage_minor", *_DAYS}
    kinds = {name: pa.int64() if name in days else pa.string() for name in row}
    return pa.table({name: pa.array([value], kinds[name]) for name, value in row.items()})


def answered(network: Network, line: str, **more: Any) -> Answer:
    """The answer of a line

        lane accepted told delivered outcome | claimant[+waiver] moment [remedy] [asks=…]

    A moment is local time with its offset, or UTC (`Z`)."""
    item, asked = (part.split() for part in line.split("|"))
    claimant, moment = asked[:2]
    words = [word for word in asked[2:] if "=" not in word]
    asks = [word.removeprefix("asks=") for word in asked[2:] if word.startswith("asks=")]
    claim = Claim(
        Claimant(claimant.removesuffix("+waiver")), parse_utc(moment),
        Remedy(words[0]) if words else None, "",
        frozenset(Heading(one) for one in (asks[0].split(",") if asks else ["postage"])),
        claimant.endswith("+waiver"),
    )  # fmt: skip
    verdicts, records = item_tables(network, *item, **more)
    table, findings = entitlements(network, verdicts, records, claim.asked_at)
    assert findings == []
    (row,) = table.to_pylist()
    refusal = taken(network, row, claim)
    return answer(network, row, claim) if refusal is None else Answer(Step.NOT_TAKEN, refusal)
