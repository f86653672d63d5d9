"""What machines report: their facts before the exam (B6), and what happens to them during it (D2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from client_support.models import ClientEvent, ClientLogin, ClientSession, MachineReport
from client_support.selectors import addresses, releases
from client_support.services import sessions
from exam_ops.core import idempotency
from exam_ops.core.errors import Refusal
from exam_ops.rules.equipment import Problem, machine_problems
from exam_ops.rules.text import Text

Kind = ClientEvent.Kind


class OutsideEverySite(Refusal):
    code, status = "outside_site_ip", 403
    title = Text("不在已登记的考点网络内", "Not inside a registered site")
    sentence = Text(
        "本机公网地址 {seen_ip} 未在任何考点登记。请考点管理员在“考点管理-考点信息管理-登记公网IP”登记后重试。",
        "This machine's address {seen_ip} is registered for no site. Ask the site administrator to register it, then try again.",
    )


def take_report(fields: dict[str, Any], *, seen_ip: str, now: datetime) -> tuple[dict[str, Any], bool]:
    """Keeps a machine's facts once per id; the answer names its problems. Raises `OutsideEverySite`, `IdReused`."""

    def create() -> dict[str, Any]:
        site_ids = addresses.sites_of(seen_ip, now=now)
        if not site_ids:
            raise OutsideEverySite(seen_ip=seen_ip)
        problems = _problems(fields)
        MachineReport.objects.create(
            **{name: fields.get(name) for name in _FACTS},
            id=fields["id"],
            site_id=_site_of(fields["machine_id"], site_ids),
            seen_ip=seen_ip,
            problems=[p.code for p in problems],
            at=now,
        )
        told = [{"code": p.code, "zh": p.detail.zh, "en": p.detail.en} for p in problems]
        return {"id": fields["id"], "problems": told}

    return idempotency.once(
        fields["id"], kind="client_report", user=None, fields=fields, now=now, create=create
    )


_FACTS = ("machine_id", "client_version", "os", "memory_mb", "disk_gb", "opengl", "directx")


def _problems(fields: dict[str, Any]) -> list[Problem]:
    return machine_problems(
        fields["os"],
        fields.get("memory_mb"),
        fields.get("disk_gb"),
        fields.get("opengl"),
        fields.get("directx"),
        fields["client_version"],
        releases.in_force().required,
    )


def _site_of(machine_id: str, site_ids: set[int]) -> int | None:
    """The one site of the address; where several share it, the one at which the machine logged in last."""
    if len(site_ids) == 1:
        return next(iter(site_ids))
    last = ClientLogin.objects.filter(machine_id=machine_id, sitting__site_unit__site__in=site_ids).order_by(
        "-created_at"
    )
    return last.values_list("sitting__site_unit__site", flat=True).first()


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as a machine gave it, `at` on the plan's clock."""

    id: UUID
    kind: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one reported event: created, duplicate, or rejected with a code."""

    id: UUID
    status: str
    code: str = ""


def take_events(session: ClientSession, items: Sequence[Happened], *, now: datetime) -> list[Taken]:
    """Keeps what a machine reports, once per id, and brings its state up to date. Raises `WindowClosed`."""
    with transaction.atomic():
        session = sessions.held(session)
        sessions.check_window(session.sitting, now=now)
        known = {row.pk: row for row in ClientEvent.objects.filter(pk__in=[item.id for item in items])}
        results: list[Taken] = []
        fresh: dict[UUID, ClientEvent] = {}
        for item in items:
            before = known.get(item.id) or fresh.get(item.id)
            if before is None:
                fresh[item.id] = ClientEvent(
                    id=item.id, session=session, kind=item.kind, at=item.at, note=item.note, received_at=now
                )
                results.append(Taken(item.id, "created"))
            elif (before.session_id, before.kind, before.note) == (session.pk, item.kind, item.note):
                results.append(Taken(item.id, "duplicate"))
            else:
                results.append(Taken(item.id, "rejected", "id_reused"))
        ClientEvent.objects.bulk_create(fresh.values())
        _bring_up_to_date(session, bool(fresh), now)
    return results


def _bring_up_to_date(session: ClientSession, is_changed: bool, now: datetime) -> None:
    """The machine's state from all its events, whatever the order they came in."""
    changes: dict[str, Any] = {"last_seen_at": now}
    if is_changed:
        events = list(ClientEvent.objects.filter(session=session).order_by("at", "received_at"))
        loaded = [e.at for e in events if e.kind == Kind.PAPER_LOADED]
        line = [e for e in events if e.kind in (Kind.OFFLINE, Kind.ONLINE)]
        faults = [e.note or e.kind for e in events if e.kind == Kind.FAULT]
        changes |= {
            "paper_loaded_at": loaded[0] if loaded else None,
            "offline_since": line[-1].at if line and line[-1].kind == Kind.OFFLINE else None,
            "fault_note": faults[-1][:200] if faults else "",
        }
        sessions.touch(session.sitting)
    ClientSession.objects.filter(pk=session.pk).update(**changes)
