"""The two solvers of scipy that scenes are scored with. It is loaded when one is called: `import eval` stays light."""

from collections.abc import Callable
from typing import Any

import numpy as np


def assign(worth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pairs that are worth most in all, each row and each column in one pair at most.

    worth: float64 (row, column). There are as many pairs as the fewer of the two.
    Raises ValueError where scipy isn't installed.
    """
    return _optimize().linear_sum_assignment(worth, maximize=True)


def minimum(loss: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, steps: int) -> np.ndarray:
    """Where L-BFGS, from a start and in so many steps at most, finds a loss least: float64, of the start's shape (k,).

    loss: (k,) → the value and its gradient, (k,).
    Raises ValueError where scipy isn't installed.
    """
    found = _optimize().minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return np.asarray(found.x, dtype=np.float64)


def _optimize() -> Any:
    try:
        from scipy import optimize
    except ImportError:
        raise ValueError("scores of scenes need scipy: pip install scipy") from None
    return optimize
