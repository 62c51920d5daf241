"""What is told of an item only after somebody asked for it (req 75).

An event that was first sent after an inquiry or a claim about the item was opened may prove where
it was and that it was delivered; it never makes an excuse. Which codes still prove something then
is a dated term of the pair (`events_after_inquiry`; `*`: all).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.network import Network, Scope
from datecertain.verdict.lane_terms import LaneTerms

TERM = "events_after_inquiry"
ANY = "*"


def in_force(network: Network) -> bool:
    """Whether any lane of the network lets such events prove less than others."""
    return any(row.term == TERM and row.value != ANY for row in network.data.terms)


def proving(terms: LaneTerms, codes: Sequence[str], item: Ints, code: Ints) -> Mask:
    """Per event that was sent after an inquiry about its item, whether it proves what it says.
    `code`: index into `codes`; -1: of no kind, which proves nothing."""
    return (code >= 0) & terms.holds(Scope.RELATION, TERM, codes, item, np.maximum(code, 0))
