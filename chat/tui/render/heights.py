"""How many lines each of many rows takes, and which row a line falls into.

Blocks of rows are summed up, so that finding a line walks over some hundreds of sums and one block
instead of 100,000 rows, and a change costs no more than its block. Knows numbers only. Belongs to
one thread.
"""

from array import array
from collections.abc import Iterable, Sequence

_BLOCK = 256


class HeightIndex:
    """The heights of rows in order; every height is at least 1."""

    def __init__(self) -> None:
        self._heights: array[int] = array("I")
        self._blocks: list[int] = []
        self.total = 0
        """The lines of all rows together."""

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def reset(self, heights: Iterable[int]) -> None:
        """Begin anew with these heights."""
        self._heights = array("I", heights)
        self._sum_from(0)

    def splice(self, at: int, removed: int, heights: Sequence[int]) -> None:
        """Put rows of these heights in the place of `removed` rows from index `at` on."""
        self._heights[at : at + removed] = array("I", heights)
        self._sum_from(at // _BLOCK)

    def set(self, index: int, height: int) -> None:
        """Correct the height of one row."""
        grown = height - self._heights[index]
        if grown:
            self._heights[index] = height
            self._blocks[index // _BLOCK] += grown
            self.total += grown

    def top_of(self, index: int) -> int:
        """The line at which a row begins; the row after the last one begins at `total`."""
        block = index // _BLOCK
        return sum(self._blocks[:block]) + sum(self._heights[block * _BLOCK : index])

    def locate(self, line: int) -> tuple[int, int]:
        """The row that a line falls into and the line's number in it.

        Lines before the first row count as its first line, lines after the last one as its last.
        """
        line = max(0, min(line, self.total - 1))
        block = 0
        while line >= self._blocks[block]:
            line -= self._blocks[block]
            block += 1
        index = block * _BLOCK
        while line >= self._heights[index]:
            line -= self._heights[index]
            index += 1
        return index, line

    def _sum_from(self, block: int) -> None:
        """Sum the blocks from one of them on."""
        del self._blocks[block:]
        heights = self._heights
        for start in range(block * _BLOCK, len(heights), _BLOCK):
            self._blocks.append(sum(heights[start : start + _BLOCK]))
        self.total = sum(self._blocks)
