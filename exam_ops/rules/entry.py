"""The moves of a sitting's entry status (api-contract, `entry_status`)."""

from enum import StrEnum


class Entry(StrEnum):
    NOT_SIGNED_IN = "not_signed_in"
    SIGNED_IN = "signed_in"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    ABSENT = "absent"


class Cause(StrEnum):
    """Why a status moves; each cause may only leave certain states."""

    PASSED = "passed"  # face check passed (or manual check where headquarters decided it)
    REQUESTED = "requested"  # entry approval asked for
    APPROVAL = "approval"
    REJECTION = "rejection"
    EXPIRY = "expiry"  # request undecided at close of entry
    CLOSE = "close"  # close of entry, C17
    LATE_ARRIVAL = "late_arrival"  # captured before close, arrived after
    EVIDENCE = "evidence"  # evidence names somebody counted absent
    UNDO = "undo"  # undo of a manual sign-in
    REOPENED = "reopened"  # headquarters moved the start: entry is open again (A4)
    RESUMED = "resumed"  # the same, for who had asked for entry and was left undecided
    SUPERVISED = "supervised"  # held over: in without a new door check, kept since the paper before (E10)
    LEFT = "left"  # held over: went away between two papers
    KEPT = "kept"  # that they left is taken back
    STOPPED = "stopped"  # headquarters stopped the exam before the request was decided


MOVES: dict[Cause, tuple[frozenset[Entry], Entry]] = {
    Cause.PASSED: (frozenset({Entry.NOT_SIGNED_IN, Entry.PENDING}), Entry.SIGNED_IN),
    Cause.REQUESTED: (frozenset({Entry.NOT_SIGNED_IN, Entry.REJECTED}), Entry.PENDING),
    Cause.APPROVAL: (frozenset({Entry.PENDING}), Entry.APPROVED),
    Cause.REJECTION: (frozenset({Entry.PENDING}), Entry.REJECTED),
    Cause.EXPIRY: (frozenset({Entry.PENDING}), Entry.ABSENT),
    Cause.CLOSE: (frozenset({Entry.NOT_SIGNED_IN}), Entry.ABSENT),
    Cause.LATE_ARRIVAL: (
        frozenset({Entry.NOT_SIGNED_IN, Entry.PENDING, Entry.ABSENT}),
        Entry.SIGNED_IN,
    ),
    Cause.EVIDENCE: (frozenset({Entry.ABSENT}), Entry.APPROVED),
    Cause.UNDO: (frozenset({Entry.SIGNED_IN}), Entry.NOT_SIGNED_IN),
    Cause.REOPENED: (frozenset({Entry.ABSENT}), Entry.NOT_SIGNED_IN),
    Cause.RESUMED: (frozenset({Entry.ABSENT, Entry.NOT_SIGNED_IN}), Entry.PENDING),
    Cause.SUPERVISED: (frozenset({Entry.NOT_SIGNED_IN}), Entry.SIGNED_IN),
    Cause.LEFT: (frozenset({Entry.NOT_SIGNED_IN}), Entry.ABSENT),
    Cause.KEPT: (frozenset({Entry.ABSENT}), Entry.NOT_SIGNED_IN),
    Cause.STOPPED: (frozenset({Entry.PENDING}), Entry.NOT_SIGNED_IN),
}


def allowed(status: Entry | str, cause: Cause) -> bool:
    """Whether `cause` may move a sitting that stands at `status`."""
    return Entry(status) in MOVES[cause][0]


def target(cause: Cause) -> Entry:
    """The status that `cause` moves to."""
    return MOVES[cause][1]


MAY_SIT = frozenset({Entry.SIGNED_IN, Entry.APPROVED})
