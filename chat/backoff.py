"""How long to wait before each new try, so that a thousand clients do not come back at once.

Knows neither what is tried nor how to wait. One iterator belongs to one thread.
"""

import random
from collections.abc import Callable, Iterator

LONGEST = 10.0
"""Seconds: the longest wait."""


def delays(
    base: float = 0.5,
    factor: float = 2.0,
    cap: float = LONGEST,
    jitter: tuple[float, float] = (0.5, 1.0),
    uniform: Callable[[float, float], float] = random.uniform,
) -> Iterator[float]:
    """Give seconds to wait, growing to a cap, for ever.

    Args:
        base: the first wait, before jitter.
        factor: what each wait is multiplied with for the next.
        cap: the longest wait, before jitter.
        jitter: each wait is multiplied with a random number of this range.
        uniform: draws that number.
    """
    wait = min(base, cap)
    while True:
        yield wait * uniform(*jitter)
        wait = min(wait * factor, cap)
