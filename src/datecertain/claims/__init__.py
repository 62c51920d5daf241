"""Claims: what a sender gets back when a guaranteed date was missed (req 29-33, 36).

    table, findings = refunds_due(network, verdicts, items)

One row of schema `REFUNDS` for each item that is late and liable *towards its sender*; what the
posts then charge each other follows in `settlement/`. Consequential loss has no column (req 36).
"""

from __future__ import annotations

from datecertain.claims.entitlements import ENTITLEMENTS, Ground, entitlements
from datecertain.claims.refunds import REFUNDS, refunds_due
from datecertain.network.claim_terms import RefundMode

__all__ = ["ENTITLEMENTS", "REFUNDS", "Ground", "RefundMode", "entitlements", "refunds_due"]
