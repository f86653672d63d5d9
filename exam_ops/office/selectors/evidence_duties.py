"""The rows of the list of evidence duties (C14)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from exam_ops.core.access import Actor
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan
from exam_ops.rules.evidence_review import WORDS, Verdict
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents import duty_list_selectors, duty_selectors, words
from incidents.models import EvidenceDuty, EvidenceReview

HEADERS = (
    Text("单元", "Unit"),
    Text("考点", "Site"),
    Text("考场", "Room"),
    Text("座位号", "Seat"),
    Text("姓名", "Name"),
    Text("学号", "Student no."),
    Text("原因", "Why"),
    Text("事件编号", "Incident"),
    Text("产生时间", "Since"),
    Text("状态", "State"),
    Text("结束时间", "Closed"),
    Text("说明", "Because"),
    Text("照片版本", "Picture"),
    Text("收到时间", "Received"),
    Text("提交人", "Sent by"),
    Text("主考审核", "Chief's review"),
    Text("分部审核", "Branch's review"),
)
_ROOM = Text("整个考场", "the whole room")


def listed(actor: Actor, plan: ExamPlan, asked: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """One row a duty in scope, narrowed as on the page; `asked` names `unit`, `site`, `room` and `status`."""
    places = {name: asked[name] for name in ("unit", "site", "room")}
    rows = duty_list_selectors.duties(actor, plan=plan.code, **places)
    if asked["status"]:
        rows = rows.filter(duty_list_selectors.STATES[asked["status"]])
    found = list(duty_list_selectors.in_order(duty_list_selectors.loaded(rows)))
    reviews = duty_list_selectors.reviews_of(found)
    for row in found:
        yield _line(row, plan, reviews)


def _line(row: Any, plan: ExamPlan, reviews: Mapping[int, EvidenceReview]) -> tuple[Any, ...]:
    duty: EvidenceDuty = row
    session, sitting, picture = duty.room_session, duty.sitting, duty.met_by
    chips = duty_selectors.chips(duty)
    return (
        str(session.site_unit.unit),
        session.site_unit.site.name,
        session.room.room_no,
        sitting.seat_no if sitting else "",
        sitting.candidate.name if sitting else say(_ROOM),
        sitting.candidate.student_no if sitting else "",
        str(chips["cause"]),
        duty.incident.number if duty.incident else "",
        _clock(plan, duty.opened_at),
        str(chips["status"]),
        _clock(plan, duty.closed_at),
        duty.again or str(words.DUTY_ENDS.get(duty.why_closed, "")),
        picture.version if picture else "",
        _clock(plan, picture.received_at if picture else None),
        picture.uploaded_by.name if picture else "",
        _said(plan, reviews.get(row.by_site)),
        _said(plan, reviews.get(row.by_branch)),
    )


def _said(plan: ExamPlan, review: EvidenceReview | None) -> str:
    if review is None:
        return ""
    said = f"{say(WORDS[Verdict(review.verdict)])} {review.by.name} {_clock(plan, review.at)}"
    return f"{said} {review.note}".strip()


def _clock(plan: ExamPlan, at: datetime | None) -> str:
    """A real instant as the plan's clock shows it in Beijing."""
    return f"{plan.plan_time(at).astimezone(BEIJING):%Y-%m-%d %H:%M}" if at else ""
