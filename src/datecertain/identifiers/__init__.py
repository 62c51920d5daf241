"""The trade's identifiers: items (S10), dispatches and receptacles (S8, S9), offices (IMPC).

Small value types. `parse` answers the value or a `Defect` that says what is wrong; nothing is
repaired silently, and nothing here raises on bad data.
"""

from datecertain.identifiers.defect import Defect
from datecertain.identifiers.impc import ImpcCode, impc_shaped
from datecertain.identifiers.receptacle import Dispatch, Receptacle
from datecertain.identifiers.s10 import ItemNumber, compose_many, valid_s10

__all__ = [
    "Defect",
    "Dispatch",
    "ImpcCode",
    "ItemNumber",
    "Receptacle",
    "compose_many",
    "impc_shaped",
    "valid_s10",
]
