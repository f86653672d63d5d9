"""核查清单: facts that a person must look at, in words, and the form that clears one or many."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from exam_ops.core import access
from exam_ops.core.errors import NotAllowed
from exam_ops.core.language import say
from exam_ops.core.models import Branch, ExamPlan, ExamRoom, ExamSite, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from exam_ops.rules.review import against
from verification.forms_review import ClearForm, UndoForm
from verification.models import SignIn, SignInReview
from verification.selectors import review as lists
from verification.selectors.figures import only_site
from verification.selectors.review import COUNTED_AT_MOST, SEE, Chosen, Kind
from verification.services import reported, review, undo
from verification.views import review_words, words

SITES_IN_A_LIST = 300
Outcome = SignInReview.Outcome


class SignInReviewList(Page):
    """The list, a page at a time by cursor; clearing keeps the reader where they are."""

    action = SEE
    template = "verification/review.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._drawn(ClearForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self._may_clear():
            raise NotAllowed()
        form = ClearForm(request.POST)
        if not form.is_valid():
            return self._drawn(form, status=422)
        said = form.cleaned_data
        done = review.clear(
            said["facts"],
            outcome=said["outcome"],
            note=said["note"],
            ticket=said["ticket"].strip(),
            actor=self.actor,
            now=self.now,
        )
        if done.skipped:
            why = {skipped.id: say(skipped.refusal.detail) for skipped in done.skipped}
            form.add_error(None, _told(said["outcome"], done))
            return self._drawn(form, why=why, status=409)
        self.tell(_told(said["outcome"], done))
        return redirect(request.get_full_path())

    def _may_clear(self) -> bool:
        return self.actor.may(review.PLACED) or self.actor.may(review.UNPLACED)

    def _drawn(
        self, form: ClearForm, *, why: dict[UUID, str] | None = None, status: int = 200
    ) -> HttpResponse:
        chosen = _chosen(self.request.GET)
        plan = ExamPlan.objects.filter(code=chosen.plan).first() if chosen.plan else None
        if plan is not None:
            self.about(plan)
        page = lists.page(self.actor, chosen)
        kinds, why = lists.kinds_of(page.facts), why or {}
        sent = self.request.POST.getlist("facts")
        judged = self._judged(page.facts)
        rows = [
            self._row(fact, kinds[fact.pk], judged)
            | {"picked": str(fact.pk) in sent, "refused": why.get(fact.pk, "")}
            for fact in page.facts
        ]
        context = {
            "chosen": chosen,
            "tabs": self._tabs(chosen),
            "rows": rows,
            "page": page,
            "form": form,
            "may_clear": self._may_clear() and not chosen.cleared and any(row["is_mine"] for row in rows),
            "here": self.request.get_full_path(),
            "sees_unplaced": self.actor.may(review.UNPLACED),
            **self._choices(chosen),
        }
        return self.show(context, status=status)

    def _judged(self, facts: list[SignIn]) -> dict[UUID, bool]:
        """Which of these facts a person may apply as they stand."""
        meant = {}
        for fact in facts:
            if fact.sitting is not None and fact.room_session is not None:
                fact.sitting.site_unit = fact.room_session.site_unit
                meant[fact.pk] = fact.sitting
        cases = review.cases_of(facts, meant)
        return {pk: against(case, now=self.now) is None for pk, case in cases.items()}

    def _row(self, fact: SignIn, kinds: list[Kind], judged: dict[UUID, bool]) -> dict[str, Any]:
        session = fact.room_session
        plan = session.site_unit.unit.plan if session else None
        action = review.PLACED if session else review.UNPLACED
        cleared = getattr(fact, "review", None)
        return {
            "pk": fact.pk,
            "happened": review_words.happened(fact),
            "reasons": review_words.reasons(fact, kinds),
            "place": _place(fact),
            "url": reverse("sitting-detail", args=[fact.sitting_id]) if fact.sitting_id else "",
            "photo_url": reverse("file-photo", args=["sign_in", fact.pk]) if fact.photo else "",
            "text": reported.kept_text(fact),
            "reported_sitting": "" if fact.sitting_id else fact.reported_sitting,
            "phone": fact.device_id,
            "seq": fact.device_seq,
            "is_mine": cleared is None and self.actor.may(action),
            "is_applicable": judged.get(fact.pk, False),
            "cleared": _cleared(cleared, plan) if cleared else None,
            **review_words.times(fact, plan),
        }

    def _tabs(self, chosen: Chosen) -> list[dict[str, Any]]:
        """The lists as counts; a count goes no further than `COUNTED_AT_MOST`."""
        tabs = []
        for key, (tone, label) in review_words.KINDS.items():
            if key == Kind.SKEW_UNKNOWN and not (chosen.site or only_site(self.actor)):
                continue  # phones that never say when they send are the rule at some sites: read there
            found = lists.count(self.actor, chosen, key)
            tabs.append(
                {
                    "key": key or "all",
                    "label": label,
                    "value": f"{COUNTED_AT_MOST}+" if found > COUNTED_AT_MOST else found,
                    "tone": tone,
                    "active": chosen.kind == key,
                    "url": _address(chosen, kind=key),
                }
            )
        return tabs

    def _choices(self, chosen: Chosen) -> dict[str, Any]:
        scope = access.visible(self.actor, SiteUnit, SEE)
        sites = access.visible(self.actor, ExamSite, SEE).order_by("code")
        if chosen.branch:
            sites = sites.filter(branch__code=chosen.branch)
        branches = access.visible(self.actor, Branch, SEE).order_by("code")
        rooms = access.visible(self.actor, ExamRoom, SEE).filter(site__code=chosen.site).order_by("room_no")
        shown_sites = sites[:SITES_IN_A_LIST]
        return {
            "plans": ExamPlan.objects.filter(pk__in=scope.values("unit__plan")).order_by(
                "-starts_on", "code"
            ),
            "units": TimeUnit.objects.filter(plan__code=chosen.plan).order_by("start") if chosen.plan else (),
            "branches": branches if self.actor.holding(SEE) and len(branches) > 1 else (),
            "sites": shown_sites if len(shown_sites) > 1 else (),
            "rooms": rooms if chosen.site else (),
        }


class SignInUndo(Page):
    """撤销人工签到."""

    action = undo.ACTION
    template = "verification/undo.html"

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._drawn(pk, UndoForm())

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        form = UndoForm(request.POST)
        if not form.is_valid():
            return self._drawn(pk, form, status=422)
        sitting = undo.undo(pk, note=form.cleaned_data["note"], actor=self.actor, now=self.now)
        self.tell(gettext("已撤销 %(name)s 的人工签到，考生恢复为未签到") % {"name": sitting.candidate.name})
        return redirect("sitting-detail", sitting.pk)

    def _drawn(self, pk: UUID, form: UndoForm, status: int = 200) -> HttpResponse:
        rows = SignIn.objects.select_related(*lists.RELATED)
        fact = access.get(self.actor, SignIn, self.action, rows=rows, pk=pk)
        if fact.sitting is None or fact.room_session is None:
            raise undo.NothingToUndo()
        plan = fact.room_session.site_unit.unit.plan
        self.about(plan)
        context = {
            "form": form,
            "name": fact.sitting.candidate.name,
            "happened": review_words.happened(fact),
            "place": _place(fact),
            "back": reverse("sitting-detail", args=[fact.sitting_id]),
            **review_words.times(fact, plan),
        }
        return self.show(context, status=status)


def _chosen(get: QueryDict) -> Chosen:
    kind = get.get("kind", "")
    texts = {name: get.get(name, "")[:40] for name in ("plan", "unit", "branch", "site", "room")}
    return Chosen(
        **texts,
        kind=kind if kind in review_words.KINDS else "",
        cleared=get.get("state") == "cleared",
        unplaced="unplaced" in get,
        before=get.get("before", "")[:80],
        after=get.get("after", "")[:80],
    )


def _address(chosen: Chosen, **changed: str) -> str:
    """The list narrowed alike, from its first page."""
    values = asdict(chosen) | {"before": "", "after": ""} | changed
    values["state"] = "cleared" if values.pop("cleared") else ""
    values["unplaced"] = "1" if values["unplaced"] else ""
    return reverse("sign-in-review", query={k: v for k, v in values.items() if v} or None)


def _place(fact: SignIn) -> str:
    session = fact.room_session
    if session is None:
        return gettext("无法确定考场")
    site_unit = session.site_unit
    seat = words.place_of(session.room.room_no, fact.sitting.seat_no) if fact.sitting else ""
    room = seat or words.room_name(session.room.room_no)
    return f"{site_unit.site.name} · {words.unit_words(site_unit.unit)} · {room}"


def _cleared(done: SignInReview, plan: ExamPlan | None) -> dict[str, Any]:
    at = plan.plan_time(done.cleared_at) if plan else done.cleared_at
    return {
        "label": review_words.OUTCOMES[done.outcome],
        "by": done.cleared_by.name,
        "at": f"{at.astimezone(words.BEIJING):%m-%d %H:%M}",
        "note": done.note,
        "who": done.sitting.candidate.name if done.sitting else "",
    }


def _told(outcome: str, done: review.Cleared) -> str:
    """`已核查 3 条`, and how many were passed over."""
    n = len(done.cleared) + len(done.repeated)
    said = (
        ngettext("已采用 %(n)d 条", "已采用 %(n)d 条", n)
        if outcome == Outcome.APPLIED
        else ngettext("已核查 %(n)d 条", "已核查 %(n)d 条", n)
    ) % {"n": n}
    if not done.skipped:
        return said
    m = len(done.skipped)
    return said + "；" + ngettext("%(n)d 条未办理，原因见各条", "%(n)d 条未办理，原因见各条", m) % {"n": m}
