"""监考回避: who keeps away from what, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import ExamRoom, ExamSite, LearningCentre
from proctors.models import Recusal
from proctors.services.recusals import LONGEST, Away, proctors_of

RELATIONS = {
    Recusal.Relation.RELATIVE: _("亲属"),
    Recusal.Relation.TEACHER: _("任课或辅导教师"),
    Recusal.Relation.WORK: _("工作关系"),
    Recusal.Relation.OTHER: _("其他"),
}
_NOBODY = [("", _("请选择"))]


class RecusalForm(forms.Form):
    """One recusal of a site's proctor; of candidate, room and centre one is filled in."""

    proctor = forms.TypedChoiceField(
        label=_("监考教师"), coerce=int, error_messages={"required": _("请选择监考教师。")}
    )
    candidate = forms.CharField(
        label=_("考生（学号或准考证号）"),
        required=False,
        max_length=30,
        help_text=_("考生、考场、学习中心填一项。考生换到哪个考场，回避就跟到哪个考场。"),
    )
    room = forms.TypedChoiceField(label=_("考场"), required=False, coerce=int, empty_value=None)
    centre = forms.TypedChoiceField(label=_("学习中心"), required=False, coerce=int, empty_value=None)
    relation = forms.ChoiceField(label=_("关系"), choices=list(RELATIONS.items()))
    reason = forms.CharField(
        label=_("原因"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST}),
        help_text=_("只有本考点和所属分部能看到。"),
        error_messages={"required": _("请写明回避原因。")},
    )

    def __init__(self, *args: Any, site: ExamSite, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rooms = ExamRoom.objects.filter(site=site).order_by("room_no")
        centres = LearningCentre.objects.filter(sites=site).order_by("name")
        people = [(p.user_id, f"{p.user.name} {p.user.username}") for p in proctors_of(site)]
        for name, options in (
            ("proctor", people),
            ("room", [(room.pk, room.room_no) for room in rooms]),
            ("centre", [(centre.pk, centre.name) for centre in centres]),
        ):
            self.fields[name].choices = [*_NOBODY, *options]  # type: ignore[attr-defined]

    def away(self) -> Away:
        said = self.cleaned_data
        return Away(said["candidate"].strip(), said["room"], said["centre"])
