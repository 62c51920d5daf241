"""An inquiry as a form of the systems that agents live in, filled in and ready to be pasted (req
37), with values in SDR by the rate of the acceptance day. What is not known stays empty; names and
addresses are in no form here.

The fields of GCSS are those of its request form as the open-source add-on TrackPostCrxJS fills them
in (github.com/psh0626/TrackPostCrxJS, newGcssInjectUtil.tsx). The form of i-Care is not public:
its labels here are illustrative, the facts are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from datecertain.operations.inquiries import Shown

#: A hundredth of an SDR, in micro-SDR.
_HUNDREDTH = 10_000


class FormSystem(StrEnum):
    """The systems whose forms are known."""

    GCSS = "gcss"
    ICARE = "icare"


#: The request types of GCSS, by what is asked here.
REQUESTS: Mapping[str, str] = {
    "delayed": "DELAYED", "customs": "CUSTOMS", "missent": "MISSENT", "update": "UPDATE",
    "change": "CHANGE", "return": "RETURN", "proof_of_delivery": "WPOD",
}  # fmt: skip
#: A request that needs neither contents, value nor postage.
_WITHOUT_VALUE = ("DELAYED",)


def form_fields(shown: Shown, system: FormSystem) -> list[tuple[str, str]]:
    """The fields of an inquiry's form, with the labels of that system, in the order in which it
    asks for them."""
    one = shown.inquiry
    facts = one.facts
    request = REQUESTS[str(one.kind)]
    accepted = str(facts.get("accepted_local") or "")
    whose = [
        ("Item id" if system is FormSystem.GCSS else "Item identifier", one.item_id),
        ("Request type", f"L{one.standing.level}Q {request}"),
        ("Product", "EMS"),
        ("Origin", _text(facts, "origin")), ("Destination", _text(facts, "destination")),
        ("Date of posting", accepted.partition("T")[0]),
        ("Destination postcode", _text(facts, "destination_postcode")),
    ]  # fmt: skip
    if system is FormSystem.ICARE:
        last = facts.get("last_scan") or {}
        whose += [
            ("Last event", _scan(last)), ("Receptacle", _text(facts, "receptacle")),
            ("Dispatch", _text(facts, "dispatch")),
        ]  # fmt: skip
    if request in _WITHOUT_VALUE:
        return whose
    return [
        *whose, ("Content type", _text(facts, "contents")),
        ("Weight (kg)", _kilograms(facts.get("weight_g"))),
        ("Item value (SDR)", _sdr(facts.get("value_usdr"))),
        ("Postage paid (SDR)", _sdr(facts.get("postage_usdr"))),
        ("Indemnity amount (SDR)", _sdr(facts.get("indemnity_usdr"))),
        ("Proof of delivery", "Y" if request == "WPOD" else "N"),
    ]  # fmt: skip


def pasted(fields: list[tuple[str, str]]) -> str:
    """The fields as labelled lines."""
    return "\n".join(f"{label}: {value}".rstrip() for label, value in fields) + "\n"


def without_money(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields for somebody of another post than the one that took the postage."""
    return [(label, "" if "SDR" in label else value) for label, value in fields]


def _text(facts: Mapping[str, Any], name: str) -> str:
    return "" if facts.get(name) is None else str(facts[name])


def _scan(last: Mapping[str, Any]) -> str:
    if not last:
        return ""
    return f"{last['code']} {str(last['local']).replace('T', ' ')} {last['office']}"


def _kilograms(grams: int | None) -> str:
    return "" if grams is None else f"{grams // 1000}.{grams % 1000:03d}"


def _sdr(usdr: int | None) -> str:
    """An amount in SDR with two places, half up, as forms take it."""
    if usdr is None:
        return ""
    hundredths = (usdr + _HUNDREDTH // 2) // _HUNDREDTH
    return f"{hundredths // 100}.{hundredths % 100:02d}"
