"""A process that claims and refunds the same items as its rivals do, again and again:

    claim_rival.py WORKSPACE SEED ROUNDS

It is started many times at once, and killed at any moment."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

from claim_workspaces import LATE_ITEM, OPEN_ITEM, PERIOD, at

from datecertain.errors import ClaimRefused, StoreBusy
from datecertain.network.claim_terms import Claimant
from datecertain.operations.claim_deadlines import advance
from datecertain.operations.claiming import Filing, file_claim
from datecertain.operations.inquiry_rules import ask_by_rule
from datecertain.operations.refund_runs import run_refunds
from datecertain.operations.workspaces import open_workspace


def main(folder: Path, seed: int, rounds: int) -> None:
    """Claim as sender and as addressee, run the refunds of the month, ask by rule, in any order."""
    chance = Random(seed)
    done = 0
    while done < rounds:
        try:
            _once(folder, seed, chance)
        except StoreBusy:  # the others are slow today: it is tried again
            continue
        done += 1


def _once(folder: Path, seed: int, chance: Random) -> None:
    moment = at(f"2026-11-17T{chance.randrange(24):02}:00Z")
    item, what = chance.choice([LATE_ITEM, OPEN_ITEM]), chance.randrange(4)
    with open_workspace(folder, write=True) as opened:
        if what == 0:
            run_refunds(opened, PERIOD, moment)
        elif what == 1:
            advance(opened, moment)
        elif what == 2:
            ask_by_rule(opened, moment)
        else:
            who = chance.choice([Claimant.SENDER, Claimant.ADDRESSEE])
            try:
                file_claim(opened, Filing(item, who, reference=str(seed)), moment)
            except ClaimRefused as refused:
                if refused.reason not in ("claimed_already", "wrong_claimant"):
                    raise


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
