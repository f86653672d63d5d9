"""值班表: who is on duty at a post, week by week, where it leaves a unit with nobody, and its shifts (D10)."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from exam_ops.core import access
from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents.forms import show_refusal
from incidents.forms_duty import ShiftForm
from incidents.models import Shift
from incidents.services import posts, shifts
from incidents.services.posts import Post
from incidents.views import duty_week
from incidents.views.duty_week import RosterClock

ADDED = Text("已排班。", "The shift stands.")
CHANGED = Text("班次已修改。", "The shift is changed.")
DELETED = Text("班次已删除。", "The shift is deleted.")
COPIED = Text("已复制 {n} 个班次。", "{n} shifts copied.")
NOTHING_TO_COPY = Text(
    "上周没有可复制的班次，或已复制过。", "Last week holds no shift that is not here already."
)
LEFT_OUT = Text(
    "已复制 {n} 个班次。未复制（已不在岗）：{names}。",
    "{n} shifts copied. Left out, no role here any more: {names}.",
)


class RosterPage(Page):
    """What the roster's views share: the post, its clock, the page drawn."""

    action = "duty.see"
    template = "incidents/duty.html"

    def post_of(self, key: str) -> Post | None:
        """The post that was asked for, else the one to open with; None when nothing is in sight."""
        return duty_week.find(self.actor, key) if key else duty_week.first_post(self.actor)

    def own_post(self, key: str) -> Post:
        """The post named by `key`, which must be the actor's to keep; raises `NotFound`, `NotAllowed`."""
        post = duty_week.find(self.actor, key)
        if not post.is_edited_by(self.actor):
            raise NotAllowed()
        return post

    def draw(
        self, post: Post | None, asked: Any, *, form: ShiftForm | None = None, status: int = 200
    ) -> HttpResponse:
        """The page of a post; `asked` holds `clock` and `week`, `form` a shift that was refused."""
        if post is None:
            return self.show({"post": None})
        clock, clocks = duty_week.clocks(post, asked.get("clock", "")[:40], now=self.now)
        if clock.drill:
            self.about(clock.drill)
        at = clock.plan_time(self.now)
        monday = duty_week.monday_of(asked.get("week", ""), at)
        gaps = duty_week.gaps(post, clock, now=self.now)
        is_own = post.is_edited_by(self.actor)
        context = {
            "post": post,
            "label": duty_week.label(post),
            "groups": [
                (name, [(one.key, duty_week.label(one)) for one in found])
                for name, found in duty_week.choices(self.actor, post)
            ],
            "clock_key": clock.key,
            "clocks": clocks,
            "gaps": gaps,
            "days": duty_week.week(post, monday, gaps, at),
            "duty_now": duty_week.on_duty_now(post, at=at),
            "is_own": is_own,
            "form": (form or ShiftForm(post=post, initial=first_times(monday, at))) if is_own else None,
            "is_sent": form is not None,
            **self.weeks(post, clock, monday),
        }
        return self.show(context, status=status)

    def weeks(self, post: Post, clock: RosterClock, monday: datetime) -> dict[str, Any]:
        def url(week: datetime | None) -> str:
            return address(post, clock.key, f"{week:%Y-%m-%d}" if week else "")

        return {
            "monday": monday,
            "sunday": monday + timedelta(days=6),
            "previous_url": url(monday - shifts.WEEK),
            "next_url": url(monday + shifts.WEEK),
            "this_url": url(None),
        }


def address(post: Post, clock: str = "", week: str = "") -> str:
    """The page of a post, in a week, on a clock."""
    query = {"post": post.key, "clock": clock, "week": week}
    return reverse("duty-roster", query={name: value for name, value in query.items() if value})


def first_times(monday: datetime, at: datetime) -> dict[str, datetime]:
    """What a new shift is offered: the chosen week's first day, today in the running week, 08:00 to 18:00."""
    day = monday if not monday <= at < monday + shifts.WEEK else at.astimezone(monday.tzinfo)
    return {
        "starts_at": day.replace(hour=8, minute=0, second=0, microsecond=0),
        "ends_at": day.replace(hour=18, minute=0, second=0, microsecond=0),
    }


class DutyRoster(RosterPage):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.draw(self.post_of(request.GET.get("post", "")[:40]), request.GET)


class ShiftAdd(RosterPage):
    """A shift sent from the roster's page; refused, the page comes back with what was typed."""

    action = "duty.edit"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("duty-roster")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        post = self.own_post(request.POST.get("post", "")[:40])
        form = ShiftForm(request.POST, post=post)
        if form.is_valid():
            try:
                shifts.add(post, **form.cleaned_data, actor=self.actor.user, now=self.now)
                self.tell(ADDED)
                return redirect(address(post, request.POST.get("clock", ""), request.POST.get("week", "")))
            except Refusal as refusal:
                show_refusal(form, refusal)
        return self.draw(post, request.POST, form=form, status=422)


class WeekCopy(RosterPage):
    """Copies last week's shifts into the chosen week."""

    action = "duty.edit"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("duty-roster")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        post = self.own_post(request.POST.get("post", "")[:40])
        monday = duty_week.monday_of(request.POST.get("week", ""), self.now)
        copied = shifts.copy_week(post, monday=monday, actor=self.actor.user, now=self.now)
        if copied.left_out:
            self.tell(LEFT_OUT.format(n=copied.added, names="、".join(copied.left_out)))
        else:
            self.tell(COPIED.format(n=copied.added) if copied.added else NOTHING_TO_COPY)
        return redirect(address(post, request.POST.get("clock", ""), f"{monday:%Y-%m-%d}"))


class ShiftPage(Page):
    """One shift: changed or taken out by whoever keeps its roster."""

    action = "duty.edit"
    template = "incidents/duty_shift.html"

    def shift(self, pk: int) -> Shift:
        rows = Shift.objects.select_related("user", "branch", "site__branch")
        shift = access.get(self.actor, Shift, self.action, rows, pk=pk)
        if not posts.of_shift(shift).is_edited_by(self.actor):
            raise NotAllowed()
        return shift

    def draw(
        self, shift: Shift, form: ShiftForm, *, warning: Refusal | None = None, status: int = 200
    ) -> HttpResponse:
        post = posts.of_shift(shift)
        context = {
            "shift": shift,
            "label": duty_week.label(post),
            "back": self.back(shift),
            "form": form,
            "warning": warning,
        }
        return self.show(context, status=status)

    def back(self, shift: Shift) -> str:
        return address(posts.of_shift(shift), week=f"{duty_week.monday_of('', shift.starts_at):%Y-%m-%d}")

    def form_of(self, shift: Shift, data: Any = None) -> ShiftForm:
        said = {"user": shift.user_id, "starts_at": shift.starts_at, "ends_at": shift.ends_at}
        return ShiftForm(data, post=posts.of_shift(shift), initial=said)


class ShiftEdit(ShiftPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        shift = self.shift(pk)
        return self.draw(shift, self.form_of(shift))

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        shift = self.shift(pk)
        form = self.form_of(shift, request.POST)
        if form.is_valid():
            try:
                shifts.change(shift, **form.cleaned_data, actor=self.actor.user, now=self.now)
                self.tell(CHANGED)
                return redirect(self.back(shift))
            except Refusal as refusal:
                show_refusal(form, refusal)
        return self.draw(shift, form, status=422)


class ShiftDelete(ShiftPage):
    """Takes a shift out; the only one of a running unit after a second, explicit yes."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("duty-shift", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        shift = self.shift(pk)
        back = self.back(shift)
        try:
            shifts.delete(
                shift, confirmed=bool(request.POST.get("confirmed")), actor=self.actor.user, now=self.now
            )
        except shifts.LastShiftOfRunningUnit as warning:
            return self.draw(shift, self.form_of(shift), warning=warning, status=warning.status)
        self.tell(DELETED)
        return redirect(back)
