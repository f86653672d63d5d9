"""What a face matcher says of a sign-in beside its reference photo: shown to people, deciding nothing."""

import logging
from datetime import datetime

from exam_ops.core import files
from verification.faces.chosen import matcher
from verification.faces.matcher import FaceMatcher, NoOpinion, Opinion, Outcome, Pair
from verification.models import PhotoCheck, Picture, SignIn

log = logging.getLogger(__name__)


def ask_about(picture: Picture, *, now: datetime) -> int:
    """Asks an outside matcher about every sign-in with this picture, once each; returns how many it answered."""
    chosen = matcher()
    if not chosen.is_outside:
        return 0
    waiting = PhotoCheck.objects.filter(picture=picture, faced_at=None).select_related(
        "sitting__candidate", "picture"
    )
    return sum(_ask(chosen, check, now) for check in waiting)


def _ask(chosen: FaceMatcher, check: PhotoCheck, now: datetime) -> bool:
    reference = Picture.objects.filter(pk=check.sitting.candidate.photo).first()
    said: dict[str, object] = {"face_by": chosen.name, "faced_at": now}
    try:
        opinion = chosen.compare(Pair(_copy(check.picture), _copy(reference)))
    except NoOpinion as why:
        log.warning("no opinion on the photo of sign-in %s: %s", check.pk, why)
        said["face_words"] = str(why)[:200]
    else:
        said |= {
            "face_outcome": opinion.outcome,
            "face_score": opinion.score,
            "face_words": str(opinion.words),
        }
    PhotoCheck.objects.filter(pk=check.pk, faced_at=None).update(**said)
    return "face_outcome" in said


def _copy(picture: Picture | None) -> bytes:
    if picture is None or not picture.display:
        return b""
    try:
        with files.open(picture.display) as file:
            return file.read()
    except FileNotFoundError:
        return b""


def opinion_on(sign_in: SignIn) -> Opinion | None:
    """What the chosen matcher says of a sign-in; None while, or where, it says nothing."""
    chosen = matcher()
    if not chosen.is_outside:
        passed = sign_in.outcome == "passed" if sign_in.outcome else None
        try:
            return chosen.compare(Pair(phone_passed=passed, phone_score=sign_in.score))
        except NoOpinion:
            return None
    check = PhotoCheck.objects.filter(pk=sign_in.pk, face_by=chosen.name).exclude(face_outcome="").first()
    return Opinion(Outcome(check.face_outcome), check.face_score, check.face_words) if check else None
