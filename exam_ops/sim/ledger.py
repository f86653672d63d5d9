"""What a play saw: answers as expected, refusals that belong to the story, and what should not be."""

from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, TypeVar

from exam_ops.sim.http import Problem
from exam_ops.sim.network import Unreachable

T = TypeVar("T")


class Ledger:
    """Counts every checked call of a play; used by many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()  # expected refusals by code
        self.unexpected: list[str] = []

    def surprise(self, what: str, detail: str, kind: str = "") -> None:
        """Something else happened than the contract or the story says."""
        line = f"{what} [{kind}]: {detail}" if kind else f"{what}: {detail}"
        with self._lock:
            self.unexpected.append(line)

    def check(self, what: str, is_right: bool, detail: Any = "") -> bool:
        """Counts a surprise when something is not as it should be."""
        if not is_right:
            self.surprise(what, str(detail))
        return is_right

    def attempt(self, what: str, call: Callable[[], T]) -> T | None:
        """Makes a call that must be accepted; None when it was not."""
        try:
            answer = call()
        except Problem as problem:
            self.surprise(what, str(problem), problem.code)
        except Unreachable as error:
            self.surprise(what, str(error), "unreachable")
        except (LookupError, TypeError, ValueError) as error:  # an answer that lacks what it must have
            self.surprise(what, repr(error), "answer")
        else:
            with self._lock:
                self.done[what] += 1
            return answer
        return None

    def refusal(self, what: str, call: Callable[[], Any], codes: Iterable[str]) -> Problem | None:
        """Makes a call that must be refused with one of these codes; the refusal when it was."""
        try:
            answer = call()
        except Problem as problem:
            if problem.code in codes:
                with self._lock:
                    self.refused[problem.code] += 1
                return problem
            self.surprise(what, str(problem), problem.code)
        except Unreachable as error:
            self.surprise(what, str(error), "unreachable")
        else:
            self.surprise(what, f"accepted: {str(answer)[:200]}", "accepted")
        return None
