"""Forms of the office pages."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, RoomSession, Sitting, TimeUnit
from exam_ops.office.loading import FileRefused
from exam_ops.rules.tickets import ADMISSIONS, PROBLEMS, Problem, Rule

MAX_PHOTOS_BYTES = 2 * 1024**3


class WorkbookForm(forms.Form):
    """One workbook, of a size that can be read at once."""

    workbook = forms.FileField(
        label=_("工作簿"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("请选择工作簿。"), "empty": _("这个文件是空的，请重新选择。")},
    )

    def clean_workbook(self) -> UploadedFile:
        workbook: UploadedFile = self.cleaned_data["workbook"]
        if (workbook.size or 0) > settings.MAX_WORKBOOK_BYTES:
            limit = settings.MAX_WORKBOOK_BYTES // 2**20
            raise forms.ValidationError(_("工作簿超过 %(limit)s MB，请分成几个载入。") % {"limit": limit})
        return workbook

    def refuse(self, refused: FileRefused) -> None:
        """Puts the refusal beside its field."""
        for error in refused.errors:
            self.add_error(error.field, say(error.detail))


class LoadForm(WorkbookForm):
    """A workbook, the photos beside it, and how it shall be loaded."""

    photos = forms.FileField(
        label=_("考生照片"),
        required=False,
        help_text=_("一个 ZIP，照片名为 学号.jpg 或 证件号码.jpg；没有照片的考生显示“无照片”。"),
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        error_messages={"empty": _("这个文件是空的，请重新选择。")},
    )
    hold_rosters = forms.BooleanField(
        label=_("未认证监考教师的编排先不导入"),
        required=False,
        help_text=_("这些行逐条列出；在“实名认证”核对之后，同一个工作簿再导入一次即可。"),
    )
    as_drill = forms.BooleanField(
        label=_("作为演练载入"),
        required=False,
        help_text=_("演练有自己的时钟，结果与正式考试分开；工作簿中的类型不起作用。"),
    )
    drill_at = forms.CharField(
        label=_("演练时钟起点"),
        required=False,
        initial="T-30m",
        max_length=12,
        help_text=_("相对第一个单元的开考时间，如 T-30m、T-2h；只在新建演练时使用。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workbook"].help_text = _("按模板填写的 .xlsx，一个考试计划的全部数据。")

    def clean_photos(self) -> UploadedFile | None:
        photos: UploadedFile | None = self.cleaned_data["photos"]
        if photos and (photos.size or 0) > MAX_PHOTOS_BYTES:
            raise forms.ValidationError(_("照片压缩包超过 2 GB，请分批载入。"))
        return photos

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("as_drill"):
            values["drill_at"] = ""
        return values


class PeopleLoadForm(LoadForm):
    """A workbook of proctors alone, and their pictures."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("hold_rosters", "as_drill", "drill_at"):
            del self.fields[name]
        self.fields["workbook"].help_text = _("按模板填写的 .xlsx，只读取“监考教师”工作表。")
        self.fields["photos"].label = _("照片")
        self.fields["photos"].help_text = _(
            "一个 ZIP：本人照片名为 工号.jpg 或 证件号码.jpg，证件照片名为 工号-证件.jpg。"
        )


class PlanFilter(forms.Form):
    """What the list of plans is narrowed to."""

    words = forms.CharField(label=_("计划"), required=False, max_length=40)
    kind = forms.ChoiceField(
        label=_("类型"),
        required=False,
        choices=[
            ("", _("全部")),
            (ExamPlan.Kind.REAL, _("正式考试")),
            (ExamPlan.Kind.MOCK, _("模拟考试")),
            (ExamPlan.Kind.DRILL, _("演练")),
        ],
    )


class TicketFilter:
    """Whose tickets: plan (the one whose unit is next by default), unit, room, and a word to search."""

    def __init__(self, sent: Any, *, scope: QuerySet[Sitting], now: datetime) -> None:
        self.sent, self.scope, self.now = sent, scope, now
        self.words = str(sent.get("words", "")).strip()[:40]

    @cached_property
    def plans(self) -> list[ExamPlan]:
        within = ExamPlan.objects.filter(units__site_units__sittings__in=self.scope)
        return list(within.distinct().order_by("-starts_on", "code"))

    @cached_property
    def plan(self) -> ExamPlan | None:
        asked = next((p for p in self.plans if p.code == self.sent.get("plan")), None)
        if asked or not self.plans:
            return asked
        ahead = self.scope.filter(site_unit__ends_at__gt=self.now).order_by("site_unit__starts_at")
        nearest = ahead.values_list("site_unit__unit__plan", flat=True).first()
        return next((p for p in self.plans if p.pk == nearest), self.plans[0])

    @cached_property
    def units(self) -> list[TimeUnit]:
        rows = self.scope.filter(site_unit__unit__plan=self.plan)
        return list(TimeUnit.objects.filter(pk__in=rows.values("site_unit__unit")))

    @cached_property
    def unit(self) -> TimeUnit | None:
        return next((u for u in self.units if u.code == self.sent.get("unit")), None)

    @cached_property
    def rooms(self) -> list[RoomSession]:
        """Rooms to choose from, once a unit is chosen; a branch's hundreds are searched by word instead."""
        if self.unit is None:
            return []
        rows = RoomSession.objects.filter(
            pk__in=self.scope.filter(site_unit__unit=self.unit).values("room_session")
        )
        ordered = rows.select_related("room__site").order_by("room__site__code", "room__room_no")
        return list(ordered[:200])

    @cached_property
    def room(self) -> RoomSession | None:
        return next((r for r in self.rooms if str(r.pk) == self.sent.get("room")), None)

    def asked(self) -> dict[str, Any]:
        return {"plan": self.plan, "unit": self.unit, "room": self.room, "words": self.words}


class TicketCaseForm(forms.Form):
    """What was wrong with a ticket, and who was admitted under which rule."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    problem = forms.TypedChoiceField(
        label=_("情况"), coerce=Problem, choices=lambda: [(p.value, say(t)) for p, t in PROBLEMS.items()]
    )
    corrected = forms.CharField(
        label=_("更正内容"), required=False, max_length=300, help_text=_("信息有误或已更正时必填。")
    )
    rule = forms.TypedChoiceField(
        label=_("处理依据"), coerce=Rule, choices=lambda: [(r.value, say(t)) for r, t in ADMISSIONS.items()]
    )
    note = forms.CharField(
        label=_("说明"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
