"""The minutes of route maps shared under every policy, and why the policies differ (req 27, 62).

The policies are those of verdicts (`sharing`): pure functions from the unexcused nets of each
process by custody and leg, the custodies in order of time, to parts of a million by leg. A branch
is one custody; of parallel branches the one that came in last is the later one, and the outbound
leg comes after all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints


@dataclass(frozen=True, slots=True)
class Nets:
    """What each process's branches came to: minutes won or lost, by branch and stage."""

    minutes: Ints  # [n, branches, stages]
    arrived: Ints  # [n, branches] when the branch's last event was; later is later

    def in_time(self) -> Ints:
        """[n, branches + 1, branches * stages] as policies want them: twice the minutes, custodies
        in order of time, the promise's own (nothing) last."""
        count, branches, stages = self.minutes.shape
        nets = np.zeros((count, branches + 1, branches * stages), dtype=np.int64)
        order = np.argsort(self.arrived, axis=1, kind="stable")
        rows = np.arange(count)[:, None]
        for place in range(branches):
            branch = order[:, place : place + 1]
            columns = branch * stages + np.arange(stages)[None, :]
            nets[rows, place, columns] = 2 * self.minutes[rows, branch, np.arange(stages)[None, :]]
        return nets
