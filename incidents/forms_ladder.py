"""上报阶梯: the ladders of the four grades as one form, and its faults beside the fields they are about."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.errors import Refusal
from exam_ops.core.language import say
from exam_ops.rules.ladder import GRADES, LEVELS, ROLES_AT, Ladder, Level
from incidents import words

AT_ONCE, WITHIN, SILENT = "at_once", "within", "silent"
MODES = [(AT_ONCE, _("立即")), (WITHIN, _("最迟在（分钟）")), (SILENT, _("仅当下级未确认"))]


class LadderForm(forms.Form):
    """Every rung of every grade; `base` is the version that was read, so that nobody's change is lost unseen."""

    base = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("修改原因"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 200}),
        help_text=_("存入历史版本。已建立的事件仍按其建立时的阶梯。"),
    )

    def __init__(self, *args: Any, ladders: Mapping[int, Ladder], version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].initial = version
        for grade in GRADES:
            self._add_grade(grade, ladders[grade])

    def _add_grade(self, grade: int, ladder: Ladder) -> None:
        for level in LEVELS:
            rung = ladder.rung(level)
            within = rung.within if rung else None
            fields = {
                "on": forms.BooleanField(label=words.LEVELS[level], required=False, initial=rung is not None),
                "mode": forms.ChoiceField(label=_("何时通知"), choices=MODES, initial=_mode(within)),
                "minutes": forms.FloatField(
                    label=_("分钟"), required=False, min_value=0, initial=_minutes(within)
                ),
                "acknowledge": forms.FloatField(
                    label=_("确认时限（秒）"),
                    required=False,
                    initial=_plain(rung.acknowledge.total_seconds()) if rung else 60,
                ),
                "roles": forms.MultipleChoiceField(
                    label=_("通知的角色"),
                    required=False,
                    choices=[(role.value, words.PARTIES[role.value]) for role in ROLES_AT[level]],
                    widget=forms.CheckboxSelectMultiple,
                    initial=[role.value for role in (rung.roles if rung else ROLES_AT[level])],
                ),
            }
            self.fields |= {f"g{grade}_{level}_{name}": field for name, field in fields.items()}
        self.fields[f"g{grade}_again"] = forms.IntegerField(
            label=_("最上一级仍未确认时再提醒（次）"), required=False, initial=ladder.again
        )
        self.fields[f"g{grade}_update_every"] = forms.FloatField(
            label=_("每隔多少分钟须续报"), required=False, initial=_minutes(ladder.update_every)
        )

    def grades(self) -> list[dict[str, Any]]:
        """The fields as the page shows them: a block a grade, a row a level."""
        return [
            {
                "grade": grade,
                "label": words.GRADES[grade],
                "rungs": [
                    {"label": words.LEVELS[level]}
                    | {
                        name: self[f"g{grade}_{level}_{name}"]
                        for name in ("on", "mode", "minutes", "acknowledge", "roles")
                    }
                    for level in LEVELS
                ],
                "again": self[f"g{grade}_again"],
                "update_every": self[f"g{grade}_update_every"],
            }
            for grade in GRADES
        ]

    def values(self) -> dict[str, Any]:
        """What was typed, as `exam_ops.rules.ladder.stored` writes ladders; whether it holds the rules say."""
        said = self.cleaned_data
        return {
            str(grade): {
                "rungs": [self._rung(grade, level) for level in self._levels(grade)],
                "again": said[f"g{grade}_again"] or 0,
                "update_every": _seconds(said[f"g{grade}_update_every"]),
            }
            for grade in GRADES
        }

    def _levels(self, grade: int) -> list[Level]:
        return [level for level in LEVELS if self.cleaned_data[f"g{grade}_{level}_on"]]

    def _rung(self, grade: int, level: Level) -> dict[str, Any]:
        def said(name: str) -> Any:
            return self.cleaned_data[f"g{grade}_{level}_{name}"]

        typed = said("minutes")
        within = {AT_ONCE: 0, SILENT: None}.get(said("mode"), -1 if typed is None else typed * 60)
        return {
            "level": level.value,
            "within": within,
            "acknowledge": said("acknowledge"),
            "roles": list(said("roles")),
        }

    def show(self, refusal: Refusal) -> None:
        """Lays the refusal's faults, whose places are dotted (`3.rungs.1.roles`), beside their fields."""
        for error in refusal.errors:
            self.add_error(self._field_of(error.field), say(error.detail))
        if not refusal.errors:
            self.add_error(None, say(refusal.detail))

    def _field_of(self, place: str) -> str | None:
        grade, *rest = place.split(".")
        match rest:
            case ["rungs"]:
                missing = next(
                    (level for level in LEVELS if level not in self._levels(int(grade))), Level.SITE
                )
                name = f"g{grade}_{missing}_on"
            case ["rungs", index, of]:
                level = self._levels(int(grade))[int(index)]
                name = f"g{grade}_{level}_{ {'level': 'on', 'within': 'minutes'}.get(of, of) }"
            case [of]:
                name = f"g{grade}_{of}"
            case _:
                name = grade
        return name if name in self.fields else None


def _mode(within: timedelta | None) -> str:
    if within is None:
        return SILENT
    return WITHIN if within else AT_ONCE


def _minutes(span: timedelta | None) -> float | None:
    if not span:
        return None
    return _plain(span.total_seconds() / 60)


def _plain(number: float) -> float:
    """60 rather than 60.0, as people write it."""
    return int(number) if number == int(number) else number


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * 60


class RehearsalForm(forms.Form):
    """演练一遍: an incident of `grade` at one site in one unit, opened at a plan time."""

    unit = forms.ChoiceField(label=_("时间单元"))
    site = forms.ChoiceField(label=_("考点"))
    grade = forms.TypedChoiceField(label=_("级别"), coerce=int)
    at = forms.DateTimeField(
        label=_("假定建立于"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={"invalid": _("请填写日期和时间，例如 2025-12-06 08:10。")},
    )

    def __init__(
        self, *args: Any, units: list[tuple[str, str]], sites: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]
        self.fields["site"].choices = sites  # type: ignore[attr-defined]
        self.fields["grade"].choices = [(n, words.GRADES[n]) for n in GRADES]  # type: ignore[attr-defined]
