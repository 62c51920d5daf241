"""What of values by lane and month is left when the best effect of each lane and of each month is
taken away: the common ground of every comparison of lanes over time."""

from __future__ import annotations

import numpy as np

from datecertain.moments import Mask
from datecertain.planning.volume_rows import Floats


def two_way_residual(values: Floats, used: Mask, free: Mask) -> Floats:
    """Values [..., lane, month] less lane and month effects that are fitted to the free cells by
    least squares; 0 where not used. A lane or month without a free cell has no effect."""
    months = used.shape[1]
    mask = free.astype(np.float64)
    # Lane effects are eliminated: what is left is one small system over the months.
    size = np.maximum(mask.sum(axis=1), 1.0)
    normal = np.diag(mask.sum(axis=0)) - (mask / size[:, None]).T @ mask
    kept = np.where(free, values, 0.0)
    right = kept.sum(axis=-2) - (kept.sum(axis=-1) / size) @ mask
    month = _solved(normal, mask.sum(axis=0), right.reshape(-1, months).T).T.reshape(right.shape)
    lane = (kept.sum(axis=-1) - month @ mask.T) / size
    fitted = lane[..., :, None] + month[..., None, :]
    return np.asarray(np.where(used, values - fitted, 0.0), dtype=np.float64)


def _solved(normal: Floats, cells: Floats, right: Floats) -> Floats:
    """Month effects, of which only differences are determined: their sum over the months is set to
    0, and that of a month without cells. Parts of the panel that no lane joins go the slow way."""
    months = len(cells)
    anchored = normal + np.diag((cells == 0).astype(np.float64))
    anchored += np.outer(cells > 0, cells > 0) / months
    try:
        found = np.linalg.solve(anchored, right)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(normal, right, rcond=1e-10)[0]
    if not np.allclose(normal @ found, right, atol=1e-6):
        found = np.linalg.lstsq(normal, right, rcond=1e-10)[0]
    return np.asarray(found, dtype=np.float64)
