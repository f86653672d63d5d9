"""Mass entry failure is found, not only declared (A3): from positive signs of being kept out, never from absence."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from exam_ops.core import policies
from exam_ops.core.models import RoomSession, RosterRow, SiteUnit, Sitting
from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.entry import MAY_SIT, Entry
from exam_ops.rules.escalation import Blocked
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from incidents.models import Incident
from incidents.services import ladder, opening, timeline

BLOCKING = [code for code, kind in INCIDENT_TYPES.items() if kind.entry_blocking]
_FIGURES = Text(
    "系统发现大批量无法入场：{people} 人受阻（应到 {registered} 人），整场受阻考场 {rooms} 个。"
    "依据：识别未通过 {failed}，审批超时 {waiting}，客户端被拒 {refused}，事件点名 {named}，考场无签到 {silent}，"
    "监考均登录失败 {locked_out}。",
    "Mass entry failure found: {people} of {registered} kept out, {rooms} rooms as a whole. "
    "Signs: failed checks {failed}, overdue requests {waiting}, refused clients {refused}, "
    "named in incidents {named}, silent rooms {silent}, no proctor could log in {locked_out}.",
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What kept people of one site unit out, by sitting; `silent` people sit in rooms without a single sign-in,
    `locked_out` ones in rooms whose proctors' App logins all failed."""

    registered: int
    failed: frozenset[int]
    waiting: frozenset[int]
    refused: frozenset[int]
    named: frozenset[int]
    silent: frozenset[int]
    locked_out: frozenset[int]
    whole_rooms: frozenset[int]  # room sessions blocked as a whole

    @property
    def people(self) -> frozenset[int]:
        return self.failed | self.waiting | self.refused | self.named | self.silent | self.locked_out

    @property
    def rooms(self) -> int:
        return len(self.whole_rooms)

    @property
    def blocked(self) -> Blocked:
        return Blocked(people=len(self.people), registered=self.registered, rooms=self.rooms)

    @property
    def type(self) -> str:
        """The catalogue type that the strongest sign points to."""
        signs = {
            "CLI-01": len(self.refused),
            "IDV-03": len(self.silent | self.locked_out),
            "IDV-05": len(self.failed | self.waiting),
        }
        return max(signs, key=lambda code: signs[code])

    def sentence(self) -> Text:
        counts = {
            name: len(getattr(self, name))
            for name in ("people", "failed", "waiting", "refused", "named", "silent", "locked_out")
        }
        return _FIGURES.format(registered=self.registered, rooms=self.rooms, **counts)


def look(site_units: Iterable[SiteUnit], *, now: datetime) -> list[Incident]:
    """Looks at site units between opening and close of entry; opens or brings up to date one incident each."""
    found = []
    for site_unit in site_units:
        if site_unit.entry_opens_at <= now < site_unit.entry_closes_at:
            policy = policies.of(site_unit.unit.plan)
            signs = read(site_unit, policy, now=now)
            if signs.blocked.is_mass(policy):
                found.append(_raise(site_unit, signs, policy, now))
    return found


def suspects(*, now: datetime, among: Iterable[SiteUnit] | None = None) -> list[SiteUnit]:
    """Site units whose entry is open and whose rooms' counters show any sign at all; one look-up for all."""
    some = (
        Q(failed_only__gt=0)
        | Q(pending__gt=0)
        | Q(refused_logins__gt=0)
        | Q(open_incidents__gt=0)
        | Q(signed_in=0)
        | Exists(RosterRow.objects.filter(room_session=OuterRef("pk"), login_failed_at__isnull=False))
    )
    rooms = RoomSession.objects.filter(
        some, registered__gt=0, site_unit__entry_opens_at__lte=now, site_unit__entry_closes_at__gt=now
    )
    if among is not None:
        rooms = rooms.filter(site_unit__in=[site_unit.pk for site_unit in among])
    rows = SiteUnit.objects.filter(pk__in=rooms.values("site_unit"))
    return list(rows.select_related("unit__plan", "site"))


def read(site_unit: SiteUnit, policy: Policy, *, now: datetime) -> Signs:
    """The signs of one site unit at `now`."""
    rooms = list(RoomSession.objects.filter(site_unit=site_unit))
    outside = Sitting.objects.filter(site_unit=site_unit).exclude(entry_status__in=MAY_SIT)
    waiting = Q(entry_status=Entry.PENDING, entry_moved_at__lte=now - policy.request_blocks_after)
    named = Q(incidents__type__in=BLOCKING) & ~Q(incidents__status=Incident.Status.RESOLVED)
    silent = _silent_rooms(rooms, site_unit, policy, now)
    signs = {
        "failed": _ids(outside.filter(failed_attempts__gt=0)),
        "waiting": _ids(outside.filter(waiting)),
        "refused": _ids(Sitting.objects.filter(site_unit=site_unit, client_refused=True)),
        "named": _ids(outside.filter(named)),
        "silent": _ids(outside.filter(room_session__in=silent)),
        "locked_out": _ids(outside.filter(room_session__in=_locked_out_rooms(rooms))),
    }
    return Signs(
        registered=sum(room.registered for room in rooms),
        whole_rooms=_whole_rooms(rooms, frozenset().union(*signs.values())),
        **signs,
    )


def _silent_rooms(
    rooms: Sequence[RoomSession], site_unit: SiteUnit, policy: Policy, now: datetime
) -> list[RoomSession]:
    """Rooms without a sign-in at T−10 while the site's other rooms are over 50 %."""
    if now < site_unit.starts_at - policy.silent_room_before:
        return []
    silent = [r for r in rooms if r.registered and not r.signed_in and not r.approved]
    others = [r for r in rooms if r not in silent]
    expected = sum(r.registered for r in others)
    came = sum(r.signed_in + r.approved for r in others)
    return silent if expected and came / expected > policy.silent_room_others else []


def _locked_out_rooms(rooms: Sequence[RoomSession]) -> list[RoomSession]:
    """Rooms whose proctors' last App logins all failed, and where nobody was signed in after that."""
    failures: dict[int, list[datetime | None]] = {}
    rows = RosterRow.objects.filter(room_session__in=[room.pk for room in rooms])
    for room_id, failed_at in rows.values_list("room_session", "login_failed_at"):
        failures.setdefault(room_id, []).append(failed_at)
    return [room for room in rooms if _is_locked_out(room, failures.get(room.pk, []))]


def _is_locked_out(room: RoomSession, failures: Sequence[datetime | None]) -> bool:
    known = [at for at in failures if at is not None]
    if not known or len(known) < len(failures):
        return False
    return room.last_sign_in_at is None or room.last_sign_in_at <= max(known)


def _whole_rooms(rooms: Sequence[RoomSession], people: frozenset[int]) -> frozenset[int]:
    """Rooms where nobody is in and everybody is kept out."""
    kept_out = Counter(Sitting.objects.filter(pk__in=people).values_list("room_session", flat=True))
    return frozenset(r.pk for r in rooms if r.registered and kept_out[r.pk] >= r.registered)


def _ids(rows) -> frozenset[int]:
    return frozenset(rows.values_list("pk", flat=True))


@transaction.atomic
def _raise(site_unit: SiteUnit, signs: Signs, policy: Policy, now: datetime) -> Incident:
    grade, said = signs.blocked.grade(policy), signs.sentence()
    incident = _standing(site_unit, signs, alone=grade > 2)
    if incident is None:
        return opening.open_or_join(
            type=signs.type,
            site_unit=site_unit,
            room_session=None,
            sittings=list(Sitting.objects.filter(pk__in=signs.people)),
            note=said,
            actor=None,
            now=now,
            mass=True,
            grade=grade,
        )
    _bring_up_to_date(incident, signs, said, grade, now)
    return incident


def _standing(site_unit: SiteUnit, signs: Signs, *, alone: bool) -> Incident | None:
    """The open incident that this already is: one found before, or the report of the one room that is blocked."""
    rows = (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .filter(site_unit=site_unit)
        .exclude(status=Incident.Status.RESOLVED)
        .select_related(*ladder.RELATED)
        .order_by("pk")
    )
    found = rows.filter(mass=True).first()
    if found is None and alone:
        found = rows.filter(type__in=BLOCKING, room_sessions__in=signs.whole_rooms).first()
    return found


def _bring_up_to_date(incident: Incident, signs: Signs, said: Text, grade: int, now: datetime) -> None:
    """The incident follows the figures upwards, one line a change, and goes up when its time has come."""
    known, was_mass = incident.sittings.count(), incident.mass
    incident.sittings.add(*signs.people)
    if was_mass and grade >= incident.grade and incident.sittings.count() == known:
        return
    incident.mass, incident.grade = True, min(incident.grade, grade)
    Incident.objects.filter(pk=incident.pk).update(mass=True, grade=incident.grade)
    timeline.write(incident, "figures", now=now, actor=None, note=said, people=len(signs.people))
    RoomSession.objects.filter(site_unit=incident.site_unit).update(revision=F("revision") + 1)
    ladder.advance([incident], now=now)
    opening.go_up_if_past(incident, now=now)
