"""工作台: what stands before each role today (E1)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import SiteUnit
from exam_ops.rules.escalation import Level
from exam_ops.rules.expected import expected_count
from exam_ops.rules.permissions import Role
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors import mine, queue, today, todo
from exam_ops.workbench.views import bars
from exam_ops.workbench.views.live import LivePage
from incidents.selectors import level_of as queue_level
from verification.selectors.entry import Stats

STATES = {
    "ahead": (_("未开始"), "quiet"),
    "open": (_("入场中"), "watch"),
    "running": (_("考试中"), "info"),
    "over": (_("已结束"), "quiet"),
}
QUEUE_OF = {
    Level.HQ: _("总部待处理"),
    Level.BRANCH: _("分部待处理"),
    Level.SITE: _("待我处理"),
}
LEVELS = {"branch": _("分部"), "site": _("考点"), "room": _("考场")}
TILES = (
    ("", _("应到"), "registered", ""),
    ("signed_in", _("已签到"), "signed_in", "in"),
    ("pending", _("待审批"), "pending", "pending"),
    ("approved", _("已批准"), "approved", "approved"),
    ("rejected", _("未通过"), "rejected", "rejected"),
    ("not_signed_in", _("未签到"), "not_signed_in", ""),
    ("absent", _("缺考"), "absent", "absent"),
    ("emergency", _("应急"), "emergency", "emergency"),
)


class Home(LivePage):
    template = "workbench/home.html"
    fragment = "workbench/_home.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        nearest = today.nearest_of(self.actor, now=self.now, plan=request.GET.get("plan", ""))
        if nearest is None:
            return self.answer(
                lambda: int(self.now.timestamp()) // 60,
                lambda: {
                    "items": todo.of(self.actor, None, now=self.now),
                    "queue": queue.of(self.actor, None, now=self.now),
                    "address": request.get_full_path(),
                },
            )
        self.about(nearest.unit.plan)
        return self.answer(
            lambda: today.mark_of(self.actor, nearest, now=self.now), lambda: self.day(nearest)
        )

    def day(self, nearest: SiteUnit) -> dict[str, Any]:
        found = today.today_of(self.actor, nearest, now=self.now, unit=self.request.GET.get("unit", ""))
        context: dict[str, Any] = {
            "today": found,
            "items": todo.of(self.actor, found.plan, now=self.now),
            "queue": queue.of(self.actor, found.plan, now=self.now),
            "queue_of": QUEUE_OF[queue_level(self.actor)],
            "clock": exam_clock(found.site_unit, found.plan, self.now),
            "address": self.request.get_full_path(),
            "others": today.other_plans(self.actor, found, now=self.now),
            "units": [self.unit(line, found) for line in found.units],
            "duties": [
                {"duty": duty, "bar": bars.bar(duty.stats)}
                for duty in mine.duties_of(self.actor, found, now=self.now)
            ],
            "seats": mine.seats_of(self.actor, now=self.now),
            "centre": mine.centre_lines(self.actor, found),
            "is_candidate": self.actor.roles == [Role.CANDIDATE],
            "at": found.plan.plan_time(self.now),
        }
        return context | (self.figures(found) if self.actor.may(today.SEE) else {})

    def unit(self, line: today.UnitLine, found: today.Today) -> dict[str, Any]:
        label, tone = STATES[line.state]
        return {"line": line, "label": label, "tone": tone, "is_chosen": line.pk == found.unit.pk}

    def figures(self, found: today.Today) -> dict[str, Any]:
        """Tiles of the unit, its places trouble first, and the bars of the day's units."""
        per_unit = today.unit_figures(found, now=self.now)
        level, lines = today.lines_of(found, now=self.now)
        total = per_unit[found.unit.pk].stats if found.unit.pk in per_unit else Stats()
        return {
            "has_figures": True,
            "counts": [self.tile(*tile, total, found, level) for tile in TILES],
            "level": level,
            "level_label": LEVELS[level],
            "lines": [{"line": line, "bar": bars.bar(line.stats)} for line in lines],
            "troubled": sum(1 for line in lines if line.tone),
            "unit_bars": {
                pk: {"bar": bars.bar(figures.stats), "stats": figures.stats}
                for pk, figures in per_unit.items()
            },
        }

    def tile(
        self, key: str, label: Any, name: str, tone: str, total: Stats, found: today.Today, level: str
    ) -> dict[str, Any]:
        value = getattr(total, name)
        if level == "room":
            url = url_or_nothing("sign-in-board", found.site_unit.pk, show=key)
        else:
            url = url_or_nothing("sign-in-unit", found.plan.code, found.unit.code)
        return {
            "key": key or "all",
            "label": label,
            "value": value,
            "url": url,
            "tone": tone if value else "",
            "note": self.usual(total, found) if key == "signed_in" else "",
        }

    def usual(self, total: Stats, found: today.Today) -> str:
        """What to expect now, from the opening of entry to its close."""
        site_unit = found.site_unit
        if not site_unit.entry_opens_at <= self.now < site_unit.entry_closes_at:
            return ""
        return say("此刻通常 %(n)d") % {"n": expected_count(total.registered, self.now - site_unit.starts_at)}
