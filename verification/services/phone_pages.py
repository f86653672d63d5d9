"""What the portal's own phone pages may send in a web session (E6, decision 0019)."""

from dataclasses import replace
from datetime import datetime

from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, ProctorProfile
from verification.services.tokens import ProctorNotCertified

THE_PAGE = "phone page"
"""Stands where an App's phone would: it lets a proctor's page ask and attach a photo, never sign anybody in."""


def as_proctor(actor: Actor) -> Actor:
    """The actor as the phone page lets them act; raises `ProctorNotCertified` like the App's own sign-in (B2)."""
    certified = ProctorProfile.objects.filter(user=actor.user, status=ProctorProfile.Status.CERTIFIED)
    if not certified.exists():
        raise ProctorNotCertified()
    return replace(actor, device_id=THE_PAGE)


def entered_at(at: datetime, sent_at: datetime, plan: ExamPlan, *, now: datetime) -> datetime:
    """The plan time at which something was entered on a phone, corrected by its skew; never after its arrival.

    `at` and `sent_at` are the phone's own readings of the plan's clock.
    """
    here = plan.plan_time(now)
    return min(at + (here - sent_at), here)
