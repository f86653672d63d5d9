"""How long a text may be: as long as the column of the database that takes it."""

from functools import cache

from django.db.models import Model

from exam_ops.core.models import (
    Branch,
    Candidate,
    ExamPlan,
    ExamRoom,
    ExamSite,
    LearningCentre,
    Paper,
    Sitting,
    TimeUnit,
    User,
)

GENERAL = 64  # where nothing else says

TAKEN_BY: dict[str, dict[str, tuple[type[Model], str]]] = {
    "考试计划": {"code": (ExamPlan, "code"), "name": (ExamPlan, "name")},
    "时间单元": {"code": (TimeUnit, "code"), "name": (TimeUnit, "name")},
    "试卷": {"paper_no": (Paper, "number"), "name": (Paper, "name")},
    "分部": {"code": (Branch, "code"), "name": (Branch, "name"), "duty_phone": (Branch, "duty_phone")},
    "学习中心": {"code": (LearningCentre, "code"), "name": (LearningCentre, "name")},
    "考点": {"code": (ExamSite, "code"), "name": (ExamSite, "name"), "address": (ExamSite, "address")},
    "考场": {"number": (ExamRoom, "room_no"), "name": (ExamRoom, "place")},
    "考生编排": {
        "student_no": (Candidate, "student_no"),
        "name": (Candidate, "name"),
        "ticket_no": (Sitting, "ticket_no"),
        "seat_no": (Sitting, "seat_no"),
    },
    "监考教师": {"username": (User, "username"), "name": (User, "name")},
    "监考编排": {"username": (User, "username"), "name": (User, "name")},
    "账号": {"username": (User, "username"), "name": (User, "name")},
}


@cache
def of(sheet: str, field: str) -> int:
    """The most characters that this cell may have."""
    taken_by = TAKEN_BY.get(sheet, {}).get(field)
    if taken_by is None:
        return 128 if field == "initial_password" else GENERAL
    model, name = taken_by
    return getattr(model._meta.get_field(name), "max_length", None) or GENERAL
