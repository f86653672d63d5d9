"""Who hears of what a proctor picked and does not have (C11): the site, those who are called, the proctor."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from exam_ops.core import wanted
from exam_ops.core.models import Membership, WantedDuty
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.text import Text
from incidents.services import messages
from proctors.services import telling

MISSING = {
    "plan": Text("该考试计划的监考编排", "a place on this plan's roster"),
    "unit": Text("该时间单元的监考编排", "a place on this unit's roster"),
    "room": Text("该考场的监考编排", "a place on this room's roster"),
}

_ROOM = Text("{start} {unit} {room}考场", "{start} {unit}, room {room}")
_UNIT = Text("{start} {unit}", "{start} {unit}")
_ASKED = Text(
    "考点已为您提交变更申请，由分部审批。批准后请重新进入。",
    "Your site has asked the branch to put you on the roster. Try again once it is approved.",
)
_CALLED = Text(
    "离开考不足 2 小时，已请分部值班人员紧急办理。请稍候并留意消息。",
    "Less than 2 hours are left; the branch's duty officer was called. Wait, and watch your messages.",
)
_DISMISSED = Text("未安排：{note}", "Not arranged: {note}")


def where(wish: WantedDuty) -> Text:
    """When and in which room, as far as one was picked."""
    words = _ROOM if wish.room_session else _UNIT
    return words.format(
        start=wish.site_unit.start.astimezone(BEIJING).strftime("%m-%d %H:%M"),
        unit=str(wish.site_unit.unit),
        room=wish.room_session.room.room_no if wish.room_session else "",
    )


@wanted.on_wanted
def heard(wish: WantedDuty, now: datetime) -> None:
    """The site's administrators and chiefs hear of it at once."""
    people = messages.people_at(Level.SITE, wish.site_unit)
    _tell(wish, people, "roster.wanted", f"{wish.tries}", now)


def called(wish: WantedDuty, *, now: datetime) -> None:
    """Inside two hours: the branch's duty officer, who may place at once, and the chiefs, who may ask for it."""
    site = wish.site_unit.site
    chiefs = Membership.objects.filter(Q(role=Role.CHIEF, site=site), user__is_active=True)
    people = {*telling.officers(site.branch, Right.DUTY), *chiefs.values_list("user_id", flat=True)}
    messages.tell(
        sorted(people),
        key=_key(wish, "called", now.isoformat()),
        event="roster.wanted_called",
        fields=_fields(wish) | {"by": wish.answered_by.name if wish.answered_by else ""},
        url=reverse("wanted-duties"),
        plan=wish.site_unit.unit.plan,
        to=[messages.organisation(Level.BRANCH, wish.site_unit)],
        now=now,
    )
    _answer(wish, _CALLED, now)


def asked(wish: WantedDuty, *, now: datetime) -> None:
    """The proctor hears that the branch decides."""
    _answer(wish, _ASKED, now)


def dismissed(wish: WantedDuty, *, now: datetime) -> None:
    """The proctor hears why not."""
    _answer(wish, _DISMISSED.format(note=wish.note), now)


def _answer(wish: WantedDuty, said: Text, now: datetime) -> None:
    messages.tell(
        [wish.proctor_id],
        key=_key(wish, "answer", now.isoformat()),
        event="roster.wanted_answered",
        fields={"where": where(wish), "said": said},
        plan=wish.site_unit.unit.plan,
        now=now,
    )


def _tell(wish: WantedDuty, people: Iterable[int], event: str, mark: str, now: datetime) -> None:
    messages.tell(
        people,
        key=_key(wish, "heard", mark),
        event=event,
        fields=_fields(wish) | {"missing": MISSING[wish.missing]},
        url=reverse("wanted-duties"),
        plan=wish.site_unit.unit.plan,
        now=now,
    )


def _fields(wish: WantedDuty) -> dict[str, object]:
    return {"name": wish.proctor.name, "where": where(wish), "site": wish.site_unit.site.name}


def _key(wish: WantedDuty, what: str, mark: str) -> str:
    return f"wanted:{wish.pk}:{what}:{mark}"
