"""Finding the one that spoils a batch: by halves, so that one in 500 costs some twenty transactions, not 500."""

from collections.abc import Callable, Iterator
from typing import TypeVar

Done = TypeVar("Done")


def without_the_spoilt(
    pks: list[int], *, together: Callable[[list[int]], Done], alone: Callable[[int], Done]
) -> Iterator[Done]:
    """Works through a batch whose transaction failed.

    `together` works on several rows in one transaction and may raise; `alone` works on one row and deals
    with its failure itself. Yields what each of them returned.
    """
    middle = (len(pks) + 1) // 2
    for half in (pks[:middle], pks[middle:]):
        if len(half) <= 1:
            yield from map(alone, half)
            continue
        try:
            done = together(half)
        except Exception:
            yield from without_the_spoilt(half, together=together, alone=alone)
        else:
            yield done
