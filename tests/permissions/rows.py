"""The rows of the permission matrix. A new address without a row fails the build."""

import json
import uuid
from typing import Any

from exam_ops.rules.permissions import ACTIONS, SITE_HEADS, Role
from proctors.models import ProctorChange
from tests import pictures
from tests.permissions import objects
from tests.permissions.matrix import EVERYBODY, PLACES, Row
from tests.world import World

NOBODY: frozenset[Role] = frozenset()
PROCTOR = frozenset({Role.PROCTOR})
OWN_CHANNEL = frozenset({Role.HQ, Role.SITE})
SITE = frozenset({Role.SITE})
HQ = frozenset({Role.HQ})


def pk_of(make: Any) -> Any:
    return lambda world, relation: {"pk": make(world, relation).pk}


def id_of(make: Any) -> Any:
    return lambda world, relation: {"id": make(world, relation).pk}


def uid_of_incident(world: World, relation: str) -> dict[str, Any]:
    return {"id": objects.incident(world, relation).uid}


def site_code(world: World, relation: str) -> dict[str, Any]:
    return {"code": PLACES[relation]}


def plan_code(world: World, relation: str) -> dict[str, Any]:
    return {"code": world.plan.code}


def site_of_plan(world: World, relation: str) -> dict[str, Any]:
    return {"plan": world.plan.code, "site": PLACES[relation]}


def plan_unit(world: World, relation: str) -> dict[str, Any]:
    return {"plan_code": world.plan.code, "unit_code": "U1"}


def branch(world: World, relation: str) -> dict[str, Any]:
    return plan_unit(world, relation) | {"branch_code": "B" if relation == "other_branch" else "A"}


def report(world: World, relation: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "type": "NET",
        "occurred_at": "2025-12-06T08:10:00+08:00",
        "room_session": objects.room(world, relation).pk,
    }


def upload(world: World, relation: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "room_session": objects.room(world, relation).pk,
        "reason": "x",
        "marks": json.dumps([]),
        "photo": pictures.upload(),
    }


def verdict(world: World, relation: str) -> dict[str, Any]:
    return {"evidence": str(objects.evidence(world, relation).pk), "verdict": "accepted"}


def face_check(world: World, relation: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "room_session": objects.room(world, relation).pk,
        "captured_at": "2025-12-06T08:10:00+08:00",
        "outcome": "passed",
        "device_id": "d",
    }


def entry_request(world: World, relation: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "sitting": objects.sitting(world, relation).pk,
        "reason": "face_check_failed",
        "documents_checked": True,
        "note": "x",
    }


def for_the_room(world: World, relation: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "reason": "app_unavailable",
        "outcome": "approved",
        "documents_checked": True,
    }


def delegation(world: World, relation: str) -> dict[str, Any]:
    deputy = objects.somebody(world, relation).pk
    return {"id": str(uuid.uuid4()), "site": PLACES[relation], "deputy": deputy, "reason": "x"}


def duty_post(world: World, relation: str) -> dict[str, Any]:
    return {"post": f"site:{PLACES[relation]}"}


def proctor_change(world: World, relation: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "room_session": objects.room(world, relation).pk,
        "outgoing": objects.somebody(world, relation).pk,
        "incoming": world.cast.next_room.pk,
        "reason": "x",
    }


def purpose(world: World, relation: str) -> dict[str, Any]:
    return {"purpose": "check", "words": "x"}


def photo_of_proctor(world: World, relation: str) -> dict[str, Any]:
    return {"pk": objects.profile(world, relation).pk, "fact": "photo"}


def change_form(world: World, relation: str) -> dict[str, Any]:
    return {"room": objects.room(world, relation).pk}


def roster_place(world: World, relation: str) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "room": objects.room(world, relation).pk, "position": "second"}


def roster_undo(world: World, relation: str) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "change": str(objects.change(world, relation).pk)}


def roster_request(world: World, relation: str) -> dict[str, Any]:
    piece = f"{objects.room(world, relation).pk}:second::"
    return {"id": str(uuid.uuid4()), "reason": "x", "piece": piece}


def in_site(world: World, relation: str) -> dict[str, Any]:
    return {"site": PLACES[relation]}


def change_decision(world: World, relation: str) -> dict[str, Any]:
    return {"ids": str(objects.change(world, relation).pk), "outcome": "rejected", "reason": "x"}


def batch_of_change(world: World, relation: str) -> dict[str, Any]:
    return {"batch": objects.change(world, relation).batch}


def its_decision(world: World, relation: str) -> dict[str, Any]:
    """Of the change that the address has just made."""
    return {"ids": str(ProctorChange.objects.get().pk), "outcome": "rejected", "reason": "x"}


def readiness_of(world: World, relation: str) -> dict[str, Any]:
    return {"plan": world.plan.code, "site": PLACES[relation], "item": "stands", "done": "1"}


def unit_of(world: World, relation: str) -> dict[str, Any]:
    return {"pk": objects.room(world, relation).site_unit_id}


def both(name: str, **how: Any) -> tuple[Row, Row]:
    """A form that is shown and sent under one address."""
    return Row(name, "get", **how), Row(name, "post", **how)


def act(name: str, **how: Any) -> tuple[Row, Row]:
    """An act that is only sent; looked at, it leads back to its page, whose own row says who may see it."""
    return Row(name, "get", **how, knows_no_place=True), Row(name, "post", **how)


def account(world: World, relation: str) -> dict[str, Any]:
    return {"pk": objects.somebody(world, relation).pk}


def template(world: World, relation: str) -> dict[str, Any]:
    return {"event": "incident.told"}


def filled(world: World, relation: str) -> dict[str, Any]:
    return {"batch": objects.filled(world, relation).batch}


ROWS: tuple[Row, ...] = (
    # open to all
    Row("healthz", open_to_all=True),
    Row("readyz", open_to_all=True),
    Row("login", open_to_all=True),
    Row("logout", "post", open_to_all=True),
    Row("set_language", "post", open_to_all=True),
    Row("api-schema", open_to_all=True),
    Row("api-docs", open_to_all=True),
    Row("api-auth-tokens", "post", open_to_all=True),
    Row("api-app-releases", open_to_all=True),
    # the exam client speaks with its own token, or with none from a registered address
    Row("api-client-reports", "post", open_to_all=True),
    Row("api-client-logins", "post", open_to_all=True),
    Row("api-client-login", at=lambda w, r: {"id": uuid.uuid4()}, open_to_all=True),
    Row("api-client-answers", "put", may=NOBODY, at=lambda w, r: {"id": objects.session(w, r).pk}),
    Row("api-client-events", "post", may=NOBODY, at=lambda w, r: {"id": objects.session(w, r).pk}),
    Row("api-client-submission", "post", may=NOBODY, at=lambda w, r: {"id": objects.session(w, r).pk}),
    # phones
    Row("api-auth-token-current", "delete", may=EVERYBODY),
    Row("api-app-duties", may="room.see"),
    Row("api-roster", may="entry.see", at=pk_of(objects.room)),
    Row("api-sign-in-stats", may="entry.see", at=pk_of(objects.room)),
    Row("api-presence", may="entry.see", at=pk_of(objects.room)),
    Row("api-presence", "post", may="presence.mark", at=pk_of(objects.room)),
    Row("api-sitting-photo", may="file.see", at=pk_of(objects.sitting), empty_is_404=True),
    Row("api-proctor-sign-ins", "post", may="sign_in.record", body=face_check, place_in="body"),
    Row("api-sign-ins", "post", may="sign_in.record"),
    Row("api-sign-in-photo", "put", may=PROCTOR, at=pk_of(objects.sign_in)),
    Row("api-sign-in-photo", may="file.see", at=pk_of(objects.sign_in), empty_is_404=True),
    Row(
        "api-proctor-sign-in-photo",
        "put",
        may=PROCTOR,
        at=lambda w, r: {"pk": uuid.uuid4()},
        empty_is_404=True,
    ),
    Row("api-proctor-sign-in-photo", may="file.see", at=lambda w, r: {"pk": uuid.uuid4()}, empty_is_404=True),
    Row("api-entry-requests", may="entry.see"),
    Row("api-entry-requests", "post", may="entry.request", body=entry_request, place_in="body"),
    Row("api-entry-request-photo", may="file.see", at=pk_of(objects.request), empty_is_404=True),
    Row("api-entry-request-photo", "put", may=PROCTOR, at=pk_of(objects.request), empty_is_404=True),
    Row(
        "api-entry-request-decision",
        "post",
        may="entry.decide",
        at=pk_of(objects.request),
        body=lambda w, r: {"outcome": "approved"},
    ),
    Row(
        "api-room-entry-requests",
        "post",
        may="entry.request_room",
        at=pk_of(objects.room),
        body=for_the_room,
    ),
    Row("api-room-entry-decision", may="entry.decide", at=pk_of(objects.room)),
    Row("api-room-entry-decision", "post", may="entry.decide", at=pk_of(objects.room), body=for_the_room),
    Row("api-delegations", may="delegation.see"),
    Row("api-delegations", "post", may="delegation.grant", body=delegation, place_in="body"),
    Row("api-delegation-revocation", "post", may="delegation.grant", at=pk_of(objects.delegation)),
    Row("api-manual-check", "put", may="entry.choose_manual", at=pk_of(objects.sitting)),
    Row("api-manual-check", "delete", may="entry.choose_manual", at=pk_of(objects.sitting)),
    Row(
        "api-supervision",
        "post",
        may="held_over.record",
        at=pk_of(objects.sitting),
        body=lambda w, r: {"state": "kept"},
    ),
    # incidents and evidence
    Row("api-incidents", may="incident.see"),
    Row("api-incidents", "post", may="incident.open", body=report, place_in="body"),
    Row("api-incident-acknowledgement", "post", may="incident.acknowledge", at=uid_of_incident),
    Row("api-incident-escalation", "post", may="incident.escalate", at=uid_of_incident),
    Row(
        "api-incident-resolution",
        "post",
        may="incident.resolve",
        at=uid_of_incident,
        body=lambda w, r: {"cause": "x", "effect": "y"},
    ),
    Row(
        "api-incident-handover",
        "post",
        may="incident.hand_over",
        at=uid_of_incident,
        body=lambda w, r: {"to": w.cast.chief.pk},
    ),
    Row(
        "api-incident-reopening",
        "post",
        may="incident.reopen",
        at=uid_of_incident,
        body=lambda w, r: {"reason": "x"},
    ),
    Row(
        "api-incident-grade",
        "post",
        may="incident.regrade",
        at=uid_of_incident,
        body=lambda w, r: {"grade": 2},
    ),
    Row(
        "api-incident-updates",
        "post",
        may="incident.update",
        at=uid_of_incident,
        body=lambda w, r: {"note": "x"},
    ),
    Row("api-notices", may="decision.see"),
    Row(
        "api-notice-receipt",
        "post",
        may="decision.see",
        at=lambda w, r: {"id": objects.decision(w, r).uid},
        empty_is_404=True,  # it was never told to them
    ),
    Row(
        "api-evidence-review",
        "post",
        may="evidence_review.give",
        at=lambda w, r: {"id": objects.evidence(w, r).pk},
        body=lambda w, r: {"verdict": "doubtful", "note": "x"},
    ),
    Row("api-evidence-packages", may="package.see"),
    Row("api-evidence-package-file", may="package.download", at=id_of(objects.package)),
    Row("api-evidence-keys", open_to_all=True),
    Row("api-evidence-duties", may="evidence.see"),
    Row("api-evidence", "post", may="evidence.upload", body=upload, place_in="body", multipart=True),
    Row("api-evidence-detail", may="evidence.see", at=lambda w, r: {"id": objects.evidence(w, r).pk}),
    Row("api-evidence-photo", may="evidence.see", at=lambda w, r: {"id": objects.evidence(w, r).pk}),
    Row("api-file-link", at=lambda w, r: {"token": "x"}, knows_no_place=True, empty_is_404=True),
    Row("file-link", at=lambda w, r: {"token": "x"}, knows_no_place=True, empty_is_404=True),
    Row(
        "api-evidence-withdrawal",
        "post",
        may="evidence.withdraw",
        at=lambda w, r: {"id": objects.evidence(w, r).pk},
    ),
    # proctors
    Row("api-proctor-changes", may="change.see"),
    Row("api-proctor-changes", "post", may="change.request", body=proctor_change, place_in="body"),
    Row(
        "api-proctor-change-decision",
        "post",
        may="change.decide",
        at=pk_of(objects.change),
        body=lambda w, r: {"outcome": "rejected"},
    ),
    Row(
        "api-proctor-change-withdrawal",
        "post",
        may=frozenset({Role.CHIEF}),  # who asked
        at=pk_of(objects.change),
    ),
    Row("api-room-proctors", may="change.request", at=pk_of(objects.room)),
    # exam clients
    Row(
        "api-login-decisions",
        "post",
        may="login.authorise",
        body=lambda w, r: {"logins": [str(objects.login(w, r).pk)], "outcome": "authorised", "reason": "x"},
    ),
    Row("api-offline-packages", "post", may="offline.upload", multipart=True),
    # pages: the roof
    Row("home", may=EVERYBODY),
    Row("drill-bar", may="plan.see", at=plan_code, knows_no_place=True),
    Row("drill-jump", "post", may="drill.move", at=plan_code, knows_no_place=True),
    Row("system-state", may="system.see"),
    Row("system-retry", may="system.retry"),
    Row("system-retry", "post", may="system.retry"),
    Row("deadline-overview", may="deadline.see"),
    Row(
        "deadline-site-units",
        may="deadline.see",
        at=lambda w, r: {"code": w.plan.code, "key": "escalation"},
        empty_is_404=True,
        knows_no_place=True,
    ),
    Row("event-log", may="event.see"),
    Row("account-list", may="account.see"),
    Row("account-unlock", "post", may="account.unlock", at=account),
    Row("support-desk", may="support.see"),
    *both("support-call", may="desk.open"),
    *act("support-taking", may="desk.take", at=pk_of(objects.incident)),
    *act("support-tick", may="desk.take", at=pk_of(objects.incident)),
    *act("support-giving-back", may="desk.take", at=pk_of(objects.incident)),
    *act("support-passing-on", may="desk.take", at=pk_of(objects.incident)),
    *both("device-admit", may="device.admit", at=account),
    *act("device-revoke", may="device.admit", at=pk_of(objects.admission)),
    Row("sitting-unlock", "post", may="account.unlock", at=pk_of(objects.sitting)),
    Row("account-code", "post", may="account.one_time_code", at=account),
    # pages: tickets
    Row("ticket-list", may="ticket.print"),
    Row("ticket-print", "post", may="ticket.print", at=pk_of(objects.first_sitting)),
    Row("ticket-room", "post", may="ticket.room", at=pk_of(objects.room)),
    Row("ticket-cases", may="ticket.record", at=pk_of(objects.sitting)),
    Row(
        "ticket-cases",
        "post",
        may="ticket.record",
        at=pk_of(objects.sitting),
        body=lambda w, r: {"id": str(uuid.uuid4()), "problem": "missing", "rule": "reprinted"},
    ),
    # pages: plans, rosters
    Row("plan-list", may="plan.see"),
    Row("plan-detail", may="plan.see", at=plan_code, knows_no_place=True),
    Row("plan-load", may="plan.load"),
    Row("plan-load", "post", may="plan.load"),
    Row("plan-template", may="plan.load"),
    Row("plan-load-errors", "post", may="plan.load", empty_is_404=True),
    Row("student-notice", may="students.tell", at=plan_code, knows_no_place=True),
    Row("student-list", may="students.tell", at=lambda w, r: plan_code(w, r) | {"site_code": PLACES[r]}),
    Row("roster", may="roster.see"),
    Row("roster-place", "post", may="change.request", body=roster_place, place_in="body"),
    Row("roster-undo", "post", may="change.request", body=roster_undo, place_in="body"),
    Row("roster-choices", may="change.request", body=roster_place, place_in="body"),
    Row("roster-request", "post", may="change.request", body=roster_request, place_in="body"),
    Row("recusal-list", may="recusal.see"),
    Row("recusal-list", "post", may="recusal.enter", body=in_site, place_in="body"),
    *act("recusal-lift", may="recusal.enter", at=pk_of(objects.recusal)),
    *both("roster-fill", may="roster.fill"),
    *both("roster-fill-done", may="roster.fill", at=filled),
    Row("roster-export", may="change.see", body=site_of_plan, place_in="body"),
    Row("roster-doors", may="change.see", body=site_of_plan, place_in="body"),
    *both("roster-load", may="roster.fill"),
    Row("roster-load-errors", "post", may="roster.fill"),
    Row("roster-template", may="roster.fill"),
    Row("wanted-duties", may="change.see"),
    Row("wanted-notice", may="change.see"),
    *act("wanted-placement", may="change.request", at=pk_of(objects.wanted)),
    *both("wanted-dismissal", may="change.request", at=pk_of(objects.wanted)),
    Row("readiness", may="readiness.see"),
    Row("readiness-export", may="readiness.see"),
    *act("readiness-press", may="readiness.press", body=readiness_of, place_in="body"),
    *act("readiness-ticks", may="readiness.tick", body=readiness_of, place_in="body"),
    Row("roster-check", may="roster.check"),
    Row("roster-check-export", may="roster.check"),
    *act("roster-press", may="roster.press", body=site_of_plan, place_in="body"),
    Row("proctor-changes", may="change.see"),
    Row("proctor-changes", "post", may="change.decide", body=change_decision, place_in="body"),
    Row("proctor-change-request", may="change.see", at=batch_of_change),
    Row("proctor-change-request", "post", may="change.decide", at=batch_of_change, body=its_decision),
    *both("proctor-change-new", may="change.request", body=change_form, place_in="body"),
    Row("proctor-change-withdraw", "post", may=frozenset({Role.CHIEF}), at=pk_of(objects.change)),
    # pages: the door
    Row("sign-in-plans", may="sign_in.see"),
    Row("sign-in-units", may="sign_in.see", at=lambda w, r: {"plan_code": w.plan.code}, knows_no_place=True),
    Row("sign-in-unit", may="sign_in.see", at=plan_unit, knows_no_place=True),
    Row("sign-in-branch", may="sign_in.see", at=branch, per_branch=True),
    Row("sign-in-board", may="sign_in.see", at=unit_of),
    Row("sign-in-room", may="sign_in.see", at=pk_of(objects.room)),
    Row("delegation-list", may="delegation.see"),
    Row("delegation-list", "post", may="delegation.grant", body=delegation, place_in="body"),
    *act("delegation-revoke", may="delegation.grant", at=pk_of(objects.delegation)),
    Row("site-deputies", may="delegation.see", at=lambda w, r: {"pk": objects.room(w, r).site_unit.site_id}),
    *act("manual-check", may="entry.choose_manual", at=pk_of(objects.sitting)),
    Row("held-over", may="held_over.see", at=unit_of),
    *act("supervision", may="held_over.record", at=pk_of(objects.sitting)),
    *both("room-requests", may="entry.request_room", at=pk_of(objects.room)),
    *both("room-decision", may="entry.decide", at=pk_of(objects.room)),
    Row("room-triage", may="entry.see", at=pk_of(objects.room)),
    Row("room-presence", may="entry.see", at=pk_of(objects.room)),
    Row("room-presence", "post", may="presence.mark", at=pk_of(objects.room)),
    Row("site-presence", may="sign_in.see", at=unit_of),
    Row("room-lag", may="entry.see", at=pk_of(objects.room)),
    Row("sign-in-review", may="sign_in.see"),
    Row("sign-in-review", "post", may=ACTIONS["sign_in.review"] | ACTIONS["sign_in.place"]),
    Row("sign-in-undo", may="sign_in.undo", at=pk_of(objects.sign_in)),
    Row("sign-in-undo", "post", may="sign_in.undo", at=pk_of(objects.sign_in)),
    Row("sitting-detail", may="sign_in.see", at=pk_of(objects.sitting)),
    *both("entry-requests-decide", may="entry.decide"),
    Row(
        "file-photo",
        may="file.see",
        at=lambda w, r: {"kind": "reference", "ident": str(objects.sitting(w, r).pk)},
        empty_is_404=True,
    ),
    # pages: phones
    Row("phone-start", may="phone.see"),
    Row("phone-manifest", open_to_all=True),
    Row("phone-worker", open_to_all=True),
    Row("phone-offline", open_to_all=True),
    Row("phone-chief", may="entry.decide"),
    Row("phone-chief-live", may="entry.decide"),
    Row("phone-rooms", may="entry.request"),
    Row("phone-room", may="entry.request", at=pk_of(objects.room)),
    Row("phone-room-live", may="entry.request", at=pk_of(objects.room)),
    Row("phone-room-requests", "post", may="entry.request", at=pk_of(objects.room)),
    Row("phone-room-incidents", "post", may=PROCTOR, at=pk_of(objects.room)),
    Row("phone-room-presence", "post", may=PROCTOR, at=pk_of(objects.room)),
    Row("phone-request-photo", "put", may=PROCTOR, at=pk_of(objects.request), empty_is_404=True),
    Row("phone-request-decision", "post", may="entry.decide", at=pk_of(objects.request)),
    Row("phone-camera", may="evidence.upload", at=pk_of(objects.room)),
    Row("phone-camera-live", may="evidence.upload", at=pk_of(objects.room)),
    Row("phone-evidence", "post", may="evidence.upload", body=upload, place_in="body", multipart=True),
    # pages: incidents
    Row("incident-list", may="incident.see"),
    Row("incident-board", may="incident.see"),
    Row("incident-new", may="incident.open"),
    Row("incident-new", "post", may="incident.open"),
    *both("incident-card", may="incident.open"),
    *both("incident-place", may="incident.open"),
    Row("incident-detail", may="incident.see", at=pk_of(objects.incident)),
    Row("incident-live", may="incident.see", at=pk_of(objects.incident)),
    *act("incident-tick", may="incident.tick", at=pk_of(objects.incident)),
    *act("incident-acknowledge", may="incident.acknowledge", at=pk_of(objects.incident)),
    *act("incident-escalate", may="incident.escalate", at=pk_of(objects.incident)),
    *act("incident-declare", may="incident.escalate", at=pk_of(objects.incident)),
    *act("incident-update", may="incident.update", at=pk_of(objects.incident)),
    *act("incident-hand-over", may="incident.hand_over", at=pk_of(objects.incident)),
    *act("incident-regrade", may="incident.regrade", at=pk_of(objects.incident)),
    *act("incident-strike", may="incident.strike", at=pk_of(objects.incident)),
    *act("incident-reopen", may="incident.reopen", at=pk_of(objects.incident)),
    *act("incident-resolve", may="incident.resolve", at=pk_of(objects.incident)),
    # pages: the ladder
    Row("ladder-list", may="ladder.see"),
    Row("ladder-rehearsal", may="ladder.see", at=plan_code, knows_no_place=True),
    *both("ladder-edit", may="ladder.edit", at=plan_code, knows_no_place=True),
    # pages: the App's releases; the download page is for everybody
    Row("app-download", open_to_all=True),
    Row("app-release-list", may="release.see"),
    Row("app-release-list", "post", may="release.edit"),
    *act("app-release-withdraw", may="release.edit", at=pk_of(objects.release)),
    *act("app-release-let-through", may="release.edit", at=pk_of(objects.release)),
    # pages: decisions of headquarters
    Row("decision-list", may="decision.see"),
    *both("decision-new", may="decision.make"),
    Row("decision-detail", may="decision.see", at=pk_of(objects.decision)),
    Row("decision-live", may="decision.see", at=pk_of(objects.decision)),
    *act("decision-confirm", may="decision.make", at=pk_of(objects.decision)),
    *act("decision-refuse", may="decision.make", at=pk_of(objects.decision)),
    *act("decision-withdraw", may="decision.make", at=pk_of(objects.decision)),
    *act("decision-remind", may="decision.make", at=pk_of(objects.decision)),
    *act("decision-read", may="decision.see", at=pk_of(objects.decision)),
    # pages: evidence
    Row("exam-records", may="evidence.see"),
    Row("room-photos", may="file.see", at=pk_of(objects.room)),
    *both("photo-hint-judge", may="photo.judge", at=pk_of(objects.photo_hint)),
    *both("sign-in-bad-photo", may="photo.judge", at=pk_of(objects.sign_in)),
    Row("post-exam", may="post_exam.see"),
    Row("post-exam-site", may="post_exam.see", at=unit_of),
    *both("post-exam-pair", may="post_exam.check", at=unit_of),
    *both("post-exam-undo", may="post_exam.check", at=unit_of),
    Row("post-exam-findings", may="post_exam.see"),
    *act("post-exam-finding", may="post_exam.settle", at=pk_of(objects.finding)),
    Row("exam-records-live", may="evidence.see"),
    Row("evidence-room", may="evidence.see", at=pk_of(objects.room)),
    Row("evidence-room", "post", may="evidence.upload", at=pk_of(objects.room)),
    Row("evidence-live", may="evidence.see", at=pk_of(objects.room)),
    Row("evidence-live", "post", may="evidence.see", at=pk_of(objects.room), knows_no_place=True),  # 405
    Row("evidence-reviews", may="evidence_review.see"),
    Row("evidence-review", may="evidence_review.see"),
    Row("evidence-review", "post", may="evidence_review.give", body=verdict, place_in="body"),
    *both("evidence-review-undo", may="evidence_review.give"),
    Row("evidence-duties", may="evidence.see"),
    Row("evidence-duties-export", may="evidence.see", empty_is_404=True),
    *both("evidence-duties-review", may="evidence_review.give"),
    Row("package-list", may="package.see"),
    Row("package-site", may="package.see", at=pk_of(objects.site_unit)),
    Row("package-site-live", may="package.see", at=pk_of(objects.site_unit)),
    Row("package-order", "post", may="package.make", at=pk_of(objects.site_unit)),
    Row("package-file", may="package.download", at=pk_of(objects.package)),
    Row("package-check", "post", may="package.check", at=pk_of(objects.package)),
    Row("evidence-photo", may="evidence.see", at=pk_of(objects.evidence)),
    Row("evidence-views", may="event.see", at=pk_of(objects.evidence)),
    Row("evidence-withdraw", may=SITE_HEADS, at=pk_of(objects.evidence)),  # a proctor their own
    Row("evidence-withdraw", "post", may="evidence.withdraw", at=pk_of(objects.evidence)),
    # pages: duty rosters and contacts; each post keeps its own
    Row("duty-roster", may="duty.see"),
    Row("duty-shift-add", may="duty.edit"),
    Row("duty-shift-add", "post", may=SITE, body=duty_post, place_in="body"),
    Row("duty-copy", may="duty.edit"),
    Row("duty-copy", "post", may=SITE, body=duty_post, place_in="body"),
    *both("duty-shift", may=SITE, at=pk_of(objects.shift)),
    Row("duty-shift-delete", may="duty.edit", at=pk_of(objects.shift), knows_no_place=True),
    Row("duty-shift-delete", "post", may=SITE, at=pk_of(objects.shift)),
    *both("contact-list", may="contact.edit"),
    *both("contact-edit", may=frozenset({Role.BRANCH}), at=pk_of(objects.contact), per_branch=True),
    Row("inbox", may=EVERYBODY),
    Row("inbox-badge", may=EVERYBODY),
    *both("inbox-read", may=EVERYBODY),
    Row("inbox-open", may=EVERYBODY, at=lambda w, r: {"pk": 0}, knows_no_place=True, empty_is_404=True),
    # pages: messages that leave; a site's channel is its own, not its branch's
    Row("channel-list", may="channel.set"),
    *both("channel-new", may="channel.set"),
    *both("channel-detail", may=OWN_CHANNEL, at=pk_of(objects.channel)),
    Row("channel-test", "post", may=OWN_CHANNEL, at=pk_of(objects.channel)),
    Row("template-list", may="template.edit"),
    *both("template-edit", may="template.edit", at=template, knows_no_place=True),
    Row("template-preview", "post", may="template.edit", at=template, knows_no_place=True),
    Row("template-reset", "post", may="template.edit", at=template, knows_no_place=True),
    Row("delivery-list", may="delivery.see"),
    Row("delivery-resend", "post", may=OWN_CHANNEL, at=pk_of(objects.delivery)),
    # pages: the registry of proctors; of a branch the integrity officer alone compares
    Row("registry", may="registry.see"),
    *both("registry-find", may="registry.see"),
    *both("registry-new", may="registry.enter"),
    Row("registry-proctor", may="registry.see", at=pk_of(objects.profile)),
    *both("registry-edit", may="registry.enter", at=pk_of(objects.profile)),
    Row("registry-number", may="registry.see", at=pk_of(objects.profile)),
    Row("registry-number", "post", may="registry.reveal", at=pk_of(objects.profile), body=purpose),
    Row("registry-photo", may="registry.see", at=photo_of_proctor),
    *both("registry-compare", may=HQ),
    Row("registry-reopen", may="certificate.compare", at=pk_of(objects.profile)),
    Row("registry-reopen", "post", may=HQ, at=pk_of(objects.profile)),
    *both("registry-import", may="registry.enter"),
    Row("registry-import-errors", "post", may="registry.enter"),
    Row("registry-template", may="registry.enter"),
    Row("registry-export", may="registry.see"),
    # pages: exam clients
    Row("site-list", may="site.see"),
    Row("site-detail", may="site.see", at=site_code),
    *act("address-register", may="address.register", at=site_code),
    Row(
        "address-remove",
        "post",
        may="address.register",
        at=lambda w, r: site_code(w, r) | {"pk": objects.address(w, r).pk},
    ),
    Row("client-board", may="client.see"),
    Row("login-authorise", "post", may="login.authorise", at=unit_of),
)
