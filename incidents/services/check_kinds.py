"""The checks of evidence, a row each: a new one is a line in `KINDS`, a label and its sentences in the rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from exam_ops.rules import evidence_checks
from exam_ops.rules.evidence_checks import Found, Name, State
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.strip import Found as Strip
from incidents.services import likenesses, strip, watermarks
from incidents.services.check_subject import Subject
from incidents.services.likenesses import Twin

_STRIP = {
    Strip.VALID: State.PASSED,
    Strip.OTHER_ROOM: State.FLAGGED,
    Strip.ALTERED: State.FLAGGED,
    Strip.NONE: State.MISSING,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One check: `look` raises whatever goes wrong with it, which holds up no other."""

    name: Name
    look: Callable[[Subject], Found]


def opens(subject: Subject) -> Found:
    return evidence_checks.opens(subject.measures)


def exif_time(subject: Subject) -> Found:
    """On a drill the phone's clock is the real one or the drill's: the nearer reading counts."""
    evidence, plan, taken = subject.evidence, subject.plan, subject.claims.taken_at
    if taken is None:
        return _fits(subject, None)
    readings = [taken, plan.plan_time(taken)] if plan.is_drill else [taken]
    claimed = evidence.captured_at or subject.site_unit.start
    return _fits(subject, min(readings, key=lambda at: abs(at - claimed)))


def _fits(subject: Subject, taken: datetime | None) -> Found:
    claimed = subject.evidence.captured_at
    return evidence_checks.exif_time(
        taken and taken.astimezone(BEIJING),
        claimed=claimed,
        start=subject.site_unit.start,
        received=subject.plan.plan_time(subject.evidence.received_at),
        fast=subject.skew,
    )


def exif_place(subject: Subject) -> Found:
    site_unit, place = subject.site_unit, subject.claims.place
    if place is not None and site_unit.place:
        return Found(State.MISSING, "moved")
    return evidence_checks.exif_place(place, site=site_unit.site.place)


def same_picture(subject: Subject) -> Found:
    """The nearest twin with its place; the others by their number."""
    picture = subject.picture
    found = likenesses.twins(picture)
    if not found:
        return Found(State.PASSED, "only_here") if picture.bands else Found(State.MISSING, "flat")
    first = found[0]
    named = dict.fromkeys(_where(twin) for twin in found)
    figures = {
        "where": evidence_checks.listed(list(named), "、"),
        "distance": first.distance,
        "evidence": [str(twin.evidence) for twin in found[: evidence_checks.NAMED]],
    }
    return Found(State.FLAGGED, "same_file" if first.same_file else "near", figures)


def _where(twin: Twin) -> str:
    session, site_unit = twin.room_session, twin.room_session.site_unit
    return f"{site_unit.unit.plan.name} {site_unit.unit} {site_unit.site.name} {session.room.room_no}"


def check_code(subject: Subject) -> Found:
    """The strip of our own camera, by its code."""
    verdict = strip.judge(subject.evidence)
    return Found(_STRIP[verdict.found], "told", {"told": verdict.words.both})


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(Name.OPENS, opens),
        Kind(Name.EXIF_TIME, exif_time),
        Kind(Name.EXIF_PLACE, exif_place),
        Kind(Name.SAME_PICTURE, same_picture),
        Kind(Name.STRIP, check_code),
        Kind(Name.WATERMARK, watermarks.look),
    )
}
