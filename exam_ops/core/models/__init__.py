"""What the whole portal knows: people, places, time, facts, log."""

from exam_ops.core.models.log import DeadlineRecord, Effect, Event, Heartbeat, OutboxMessage, StoredAnswer
from exam_ops.core.models.people import (
    AccessToken,
    Candidate,
    Delegation,
    Device,
    Membership,
    OneTimeCode,
    ProctorProfile,
    User,
)
from exam_ops.core.models.places import Branch, ExamRoom, ExamSite, LearningCentre
from exam_ops.core.models.plans import ExamPlan, Paper, PolicyVersion, RoomSession, SiteUnit, Swept, TimeUnit
from exam_ops.core.models.sittings import RosterRow, Sitting
from exam_ops.core.models.swept import Retried
from exam_ops.core.models.wanted import WantedDuty

__all__ = [
    "AccessToken",
    "Branch",
    "Candidate",
    "DeadlineRecord",
    "Delegation",
    "Device",
    "Effect",
    "Event",
    "ExamPlan",
    "ExamRoom",
    "ExamSite",
    "Heartbeat",
    "LearningCentre",
    "Membership",
    "OneTimeCode",
    "OutboxMessage",
    "Paper",
    "PolicyVersion",
    "ProctorProfile",
    "Retried",
    "RoomSession",
    "RosterRow",
    "SiteUnit",
    "Sitting",
    "StoredAnswer",
    "Swept",
    "TimeUnit",
    "User",
    "WantedDuty",
]
