"""Many callers at once, and a way to stop them all."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Stopped(Exception):
    """The play was asked to stop."""


class Crowd:
    """A small pool of threads; `stop` ends what is under way after its present call."""

    def __init__(self, size: int = 6, stop: Event | None = None) -> None:
        self.stop = stop or Event()
        self._pool = ThreadPoolExecutor(max_workers=size, thread_name_prefix="sim")

    def each(self, work: Callable[[T], R], things: Iterable[T]) -> list[R]:
        """`work` for each thing, side by side; the answers in order. Raises what the first of them raised."""
        self.check()
        return list(self._pool.map(lambda thing: self._one(work, thing), things))

    def _one(self, work: Callable[[T], R], thing: T) -> R:
        self.check()
        return work(thing)

    def check(self) -> None:
        """Raises `Stopped` when somebody asked to stop."""
        if self.stop.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Waits, but not beyond the wish to stop."""
        if self.stop.wait(seconds):
            raise Stopped

    def close(self) -> None:
        """Lets go of the threads; what has not begun does not begin."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if kind is not None:
            self.stop.set()
        self.close()
