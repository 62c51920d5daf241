"""A seeded generator of group EMS traffic with known truth: the same plan gives the same bytes.

The product never reads the truth: nothing below this package may import it.
"""

from datecertain.simulate.mailbox import MailboxReport, write_mailbox, write_truth
from datecertain.simulate.plan import Chances, Disruption, SimulationPlan
from datecertain.simulate.simulation import Simulation, simulate

__all__ = [
    "Chances", "Disruption", "MailboxReport", "Simulation", "SimulationPlan", "simulate",
    "write_mailbox", "write_truth",
]  # fmt: skip
