"""What a customs hold takes out, by the policy of the terms (req 25)."""

from __future__ import annotations

import numpy as np

from datecertain.moments import Ints
from datecertain.network import CustomsPolicy, Network, Scope
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.replay import local_days

#: The customs policies in the order of their numbers.
POLICIES = tuple(CustomsPolicy)


def by_policy(
    network: Network, area: Ints, terms: LaneTerms, scope: Scope, opened_at: Ints, closed_at: Ints,
    moved: Ints,
) -> Ints:  # fmt: skip
    """Days taken out of the step of a hold. `moved`: by how much it moved the due date."""
    first = local_days(network.compiled, area, opened_at)
    last = local_days(network.compiled, area, closed_at)
    subtracted = np.maximum(0, network.compiled.delivery_days.between(area, first, last))
    extended = np.minimum(np.maximum(0, last - first), terms.numbers(scope, "customs_days"))
    policy = terms.chosen(scope, "customs", POLICIES)
    return np.asarray(
        np.select(
            [policy == POLICIES.index(one) for one in (CustomsPolicy.SUBTRACT,
                                                       CustomsPolicy.EXTEND,
                                                       CustomsPolicy.DEEMED_DELIVERED)],
            [subtracted, extended, 0], moved,
        ), dtype=np.int64,
    )  # fmt: skip
