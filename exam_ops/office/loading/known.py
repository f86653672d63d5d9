"""What the portal knows already: keys that a workbook may refer to without bringing the row itself."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from exam_ops.core.models import (
    Branch,
    Candidate,
    ExamPlan,
    ExamRoom,
    ExamSite,
    LearningCentre,
    Paper,
    ProctorProfile,
    TimeUnit,
)
from exam_ops.office.loading.book import Key

T = TypeVar("T")

CHUNK = 5_000  # values of one IN list


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists that one statement takes."""
    every = list(values)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


def _plans(keys: set[Key]) -> Iterable[Key]:
    return ExamPlan.objects.filter(code__in=_first(keys)).values_list("code")


def _units(keys: set[Key]) -> Iterable[Key]:
    return TimeUnit.objects.filter(plan__code__in=_first(keys)).values_list("plan__code", "code")


def _papers(keys: set[Key]) -> Iterable[Key]:
    return Paper.objects.filter(plan__code__in=_first(keys)).values_list("plan__code", "number")


def _branches(keys: set[Key]) -> Iterable[Key]:
    return Branch.objects.values_list("code")


def _centres(keys: set[Key]) -> Iterable[Key]:
    return LearningCentre.objects.values_list("code")


def _sites(keys: set[Key]) -> Iterable[Key]:
    return ExamSite.objects.values_list("code")


def _rooms(keys: set[Key]) -> Iterable[Key]:
    for codes in chunks(_first(keys)):
        yield from ExamRoom.objects.filter(site__code__in=codes).values_list("site__code", "room_no")


def _proctors(keys: set[Key]) -> Iterable[Key]:
    return ProctorProfile.objects.values_list("user__username")


def _candidates(keys: set[Key]) -> Iterable[Key]:
    for numbers in chunks(_first(keys)):
        yield from Candidate.objects.filter(student_no__in=numbers).values_list("student_no")


def _first(keys: set[Key]) -> set[str]:
    return {key[0] for key in keys}


LOOK_UPS: dict[str, Callable[[set[Key]], Iterable[Key]]] = {
    "考试计划": _plans,
    "时间单元": _units,
    "试卷": _papers,
    "分部": _branches,
    "学习中心": _centres,
    "考点": _sites,
    "考场": _rooms,
    "监考教师": _proctors,
    "考生": _candidates,
}


def among(what: str, keys: set[Key]) -> set[Key]:
    """Those of the keys that stand in the portal."""
    return keys & set(LOOK_UPS[what](keys)) if keys else set()
