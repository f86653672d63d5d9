"""One candidate at the door as a page of paper would keep it: what each act does and answers, one after another.

The moves are those of `exam_ops/rules/entry.py`; everything else is written anew from the contract, without a
look at the services. The fault run explains with it what callers were told at once (`explain`), and the
tests of orders hold the services to it act by act.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from exam_ops.rules.entry import MAY_SIT, Cause, Entry, allowed, target

Answer = tuple[Any, ...]
WAITS, DECIDED = "pending", ("approved", "rejected")


@dataclass(frozen=True, slots=True)
class Check:
    """A face check as its phone sends it; `content` stands for all its fields."""

    id: str
    passed: bool
    content: str
    in_window: bool = True  # captured while entry was open


@dataclass(frozen=True, slots=True)
class Checks:
    """Those of one batch that concern the candidate. Answer: (status, code, entry status) of each."""

    items: tuple[Check, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Ask:
    """An entry request. Answer: ("made",), ("again",), or the refusal's code."""

    id: str
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Answer: ("decided",), ("repeated",), ("already_decided", outcome, who), or the refusal's code."""

    request: str
    outcome: str
    by: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Close of entry ends what nobody decided. No answer."""


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Close of entry makes absent who has not come. No answer."""


@dataclass(frozen=True, slots=True)
class Undo:
    """A sign-in is undone. No answer."""


Act = Checks | Ask | Decide | Expire | LeaveOut | Undo


@dataclass
class Fact:
    """A check as it was taken in first."""

    content: str
    by: str
    passed: bool
    code: str
    late: bool


@dataclass
class Request:
    """An entry request as it stands; who decided it is empty for the system's own acts."""

    by: str
    note: str
    status: str = WAITS
    decided_by: str = ""


@dataclass
class Door:
    """How one candidate stands, with everything that was ever said about them."""

    status: Entry = Entry.NOT_SIGNED_IN
    facts: dict[str, Fact] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)  # in the order of their attempts
    effective: str = ""  # the sign-in that let them in
    late: bool = False
    duties: int = 0  # opened by approvals

    def copied(self) -> "Door":
        """The same once more, to go on from."""
        facts = {id: replace(fact) for id, fact in self.facts.items()}
        return replace(self, facts=facts, requests={id: replace(r) for id, r in self.requests.items()})

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(not f.passed and not f.code for f in self.facts.values())

    def do(self, act: Act, *, closed: bool = False) -> Answer:
        """Does one act, at a moment when entry was closed or not, and answers it."""
        match act:
            case Checks():
                return self._check(act, closed)
            case Ask():
                return self._ask(act, closed)
            case Decide():
                return self._decide(act, closed)
            case Expire():
                return self._expire()
            case LeaveOut():
                self._move(Cause.CLOSE)
            case Undo():
                if self._move(Cause.UNDO):
                    self.effective = ""
        return ()

    def shown(self, closed: bool) -> str:
        """The status that readers see: after the close who was left out is absent."""
        left_out = self.status in (Entry.NOT_SIGNED_IN, Entry.PENDING)
        return Entry.ABSENT.value if closed and left_out and not self.duties else self.status.value

    def _move(self, cause: Cause) -> bool:
        if not allowed(self.status, cause):
            return False
        self.status = target(cause)
        return True

    def _end(self, status: str) -> None:
        for request in self.requests.values():
            if request.status == WAITS:
                request.status = status

    # --- checks ---

    def _check(self, batch: Checks, closed: bool) -> Answer:
        stood, fresh = self.status, []
        for item in batch.items:
            if item.id not in self.facts:
                fresh.append(item.id)
                self.facts[item.id] = Fact(
                    item.content, batch.by, item.passed, self._against(item, stood), False
                )
        self._take_in(fresh, closed)
        told: list[Answer] = []
        for item in batch.items:
            first = self.facts[item.id]
            status, code = "created" if item.id in fresh else "duplicate", first.code
            if (first.content, first.by) != (item.content, batch.by):
                code = "id_reused"
            if item.id in fresh:
                fresh.remove(item.id)  # the same once more in one batch repeats itself
            told.append(("rejected" if code else status, code, self.shown(closed)))
        return tuple(told)

    @staticmethod
    def _against(item: Check, stood: Entry) -> str:
        if not item.in_window:
            return "not_open"
        return "entry_rejected" if item.passed and stood is Entry.REJECTED else ""

    def _take_in(self, fresh: Sequence[str], closed: bool) -> None:
        taken = [id for id in fresh if not self.facts[id].code]
        for id in taken:
            self.facts[id].late = closed
        first = next((id for id in taken if self.facts[id].passed), None)
        if first is None:
            return
        is_late = closed or self.status is Entry.ABSENT
        if self._move(Cause.LATE_ARRIVAL if is_late else Cause.PASSED):
            self.effective, self.late = first, self.late or is_late
            self._end("withdrawn")

    # --- requests ---

    def _ask(self, act: Ask, closed: bool) -> Answer:
        if (known := self.requests.get(act.id)) is not None:
            return ("again",) if (known.by, known.note) == (act.by, act.note) else ("id_reused",)
        rejected = [r for r in self.requests.values() if r.status == "rejected"]
        if closed or self.status is Entry.ABSENT:
            return ("not_open",)
        if self.status in MAY_SIT:
            return ("already_signed_in",)
        if self.status is Entry.PENDING:
            return ("already_pending",)
        if rejected and (len(rejected) > 1 or not act.note or act.note == rejected[0].note):
            return ("rejected_before",)
        self.requests[act.id] = Request(act.by, act.note)
        self._move(Cause.REQUESTED)
        return ("made",)

    def _decide(self, act: Decide, closed: bool) -> Answer:
        request = self.requests[act.request]
        if request.by == act.by:
            return ("not_allowed",)
        if request.status in DECIDED and (request.status, request.decided_by) == (act.outcome, act.by):
            return ("repeated",)
        if request.status in (*DECIDED, "withdrawn"):
            return ("already_decided", request.status, request.decided_by)
        if request.status == "expired" or closed:
            return ("expired",)
        request.status, request.decided_by = act.outcome, act.by
        self._move(Cause.APPROVAL if act.outcome == "approved" else Cause.REJECTION)
        self.duties += act.outcome == "approved"
        return ("decided",)

    def _expire(self) -> Answer:
        if any(r.status == WAITS for r in self.requests.values()):
            self._move(Cause.EXPIRY)
            self._end("expired")
        return ()


# --- what several did at once ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """One act as its caller saw it: seconds of one clock, what was answered, and whether entry was closed then.

    `closed` names both where the close fell between call and answer. `told` None: nobody looks at the answer.
    """

    act: Act
    told: Answer | None
    began: float
    ended: float
    closed: tuple[bool, ...] = (False,)


def explain(start: Door, dones: Sequence[Done], *, end: Door | None = None) -> list[Done] | None:
    """An order of what several did at once in which each was answered so, and which ends as it ended; else None.

    What was answered before another began comes before it.
    """
    return next(_orders(start, list(dones), [], end), None)


def _orders(door: Door, left: list[Done], so_far: list[Done], end: Door | None) -> Iterator[list[Done]]:
    if not left:
        if end is None or door == end:
            yield so_far
        return
    for done in left:
        if any(other.ended < done.began for other in left):
            continue
        for closed in done.closed:
            after = door.copied()
            if after.do(done.act, closed=closed) == done.told or done.told is None:
                rest = [other for other in left if other is not done]
                yield from _orders(after, rest, [*so_far, replace(done, closed=(closed,))], end)
