"""A seeded generator of group EMS traffic with known truth: the same plan gives the same bytes.

The product never reads the truth: nothing below this package may import it.
"""

from datecertain.simulate.mailbox import MailboxReport, References, write_mailbox, write_truth
from datecertain.simulate.plan import Chances, Disruption, SimulationPlan
from datecertain.simulate.simulation import Simulation, known_by, simulate

__all__ = [
    "Chances", "Disruption", "MailboxReport", "References", "Simulation", "SimulationPlan",
    "known_by", "simulate", "write_mailbox", "write_truth",
]  # fmt: skip
