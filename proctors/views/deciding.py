"""What the pages share on which the branch decides: the queue, and one request with all its pieces (C8)."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext

from exam_ops.core import access, clock
from exam_ops.core.decided import Answer, Decided
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.language import say
from proctors import words
from proctors.forms import DecisionForm
from proctors.models import ProctorChange
from proctors.selectors.changes import RELATED
from proctors.services import deciding, placing
from proctors.views.change_cards import shown
from proctors.views.choosing import ByPlan

Status = ProctorChange.Status


class DecidingPage(ByPlan):
    """POST decides `ids` with `outcome` and `reason`; with `many` it first says what would become of each."""

    action = "change.see"
    preview_template = "proctors/change_preview.html"

    def post(self, request: HttpRequest, **where: Any) -> HttpResponse:
        self.actor.require(deciding.ACTION)
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self._ask_again(form)
        if form.is_preview:
            return self.preview(form)
        said = form.cleaned_data
        try:
            done = deciding.decide_many(
                said["ids"], outcome=said["outcome"], note=said["reason"], actor=self.actor, clock=clock.now
            )
        except (deciding.Expired, placing.BusyMeanwhile) as refusal:
            self.warn(refusal)
            return redirect(request.get_full_path())
        if not (done.decided or done.repeated or done.skipped):
            raise NotFound()
        self._say(done, said["outcome"])
        return redirect(request.get_full_path())

    def draw(
        self, *, error: str = "", picked: Collection[str] = (), reason: str = "", status: int = 200
    ) -> HttpResponse:
        """The page; with what was chosen and typed when something is wrong."""
        raise NotImplementedError

    def preview(self, form: DecisionForm, *, error: str = "", status: int = 200) -> HttpResponse:
        """Which would be decided and which skipped, and why; nothing is changed."""
        said = form.cleaned_data
        rows = access.visible(self.actor, ProctorChange).filter(pk__in=said["ids"]).select_related(*RELATED)
        found = list(rows.order_by("window_until", "requested_at", "pk"))
        if not found:
            raise NotFound()
        self.about(found[0].site_unit.unit.plan)
        answers = deciding.can_decide(self.actor, found, outcome=said["outcome"], now=self.now)
        free = [shown(a.row) for a in answers if a.refusal is None]
        skipped = [shown(a.row) | {"why": _why(a)} for a in answers if a.refusal is not None]
        context = {
            "free": free,
            "skipped": skipped,
            "sentence": _would(said["outcome"], len(free), len(skipped)),
            "outcome": said["outcome"],
            "rejects": said["outcome"] == Status.REJECTED,
            "reason": said.get("reason", ""),
            "refusals": words.REFUSALS,
            "error": error,
            "here": self.request.get_full_path(),
        }
        return self.show(context, template=self.preview_template, status=status)

    def _ask_again(self, form: DecisionForm) -> HttpResponse:
        """The page, or the preview that only lacks its reason, with the first error."""
        if form.cleaned_data.get("confirmed") and set(form.errors) == {"reason"}:
            return self.preview(form, error=form.first_error, status=422)
        asked = self.request.POST
        return self.draw(
            error=form.first_error,
            picked=set(asked.getlist("ids")),
            reason=asked.get("reason", ""),
            status=422,
        )

    def _say(self, done: Decided[ProctorChange], outcome: str) -> None:
        size = len(done.decided) + len(done.repeated)
        if size and outcome == Status.APPROVED:
            self.tell(ngettext("已批准 %(n)d 项变更。", "已批准 %(n)d 项变更。", size) % {"n": size})
        elif size:
            self.tell(ngettext("未批准 %(n)d 项变更。", "未批准 %(n)d 项变更。", size) % {"n": size})
        for detail, number in Counter(_why(answer) for answer in done.skipped).items():
            said = gettext("%(n)d 项未办理：%(why)s") % {"n": number, "why": detail}
            messages.warning(self.request, said)


def _would(outcome: str, free: int, skipped: int) -> str:
    """`将批准 3 项，跳过 1 项`."""
    if outcome == Status.APPROVED:
        said = ngettext("将批准 %(n)d 项变更", "将批准 %(n)d 项变更", free) % {"n": free}
    else:
        said = ngettext("将不批准 %(n)d 项变更", "将不批准 %(n)d 项变更", free) % {"n": free}
    if not skipped:
        return said
    return gettext("%(said)s，跳过 %(n)d 项") % {"said": said, "n": skipped}


def _why(answer: Answer[ProctorChange]) -> str:
    refusal: Refusal | None = answer.refusal
    return say(refusal.detail) if refusal else ""
