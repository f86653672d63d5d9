"""Objects at a place, made for one cell of the matrix."""

import uuid
from datetime import timedelta
from typing import Any

from client_support.models import ClientLogin, ClientSession, PublicAddress
from exam_ops.core import clock, files
from exam_ops.core.models import Delegation, Event, ProctorProfile, RoomSession, SiteUnit, Sitting, WantedDuty
from exam_ops.rules.decisions import Kind, Wish
from incidents.models import (
    Channel,
    Contact,
    Decision,
    Delivery,
    Evidence,
    EvidenceKey,
    EvidencePackage,
    Incident,
    PackageOrder,
    Shift,
)
from incidents.services import decisions, opening
from incidents.services.decision_preview import Scope
from proctors.models import ProctorChange, Recusal
from tests import pictures
from tests.permissions.matrix import PLACES
from tests.world import World
from verification.models import (
    AppRelease,
    DeviceAdmission,
    EntryRequest,
    PhotoCheck,
    PhotoHint,
    Picture,
    PostExamCheck,
    PostExamRun,
    SignIn,
)

ROOMS = {"A1": "A1/301", "A2": "A2/101", "B1": "B1/201"}
STAFF = {"A1": "second", "A2": "sibling_proctor", "B1": "foreign_proctor"}


def room(world: World, relation: str) -> RoomSession:
    return world.rooms[ROOMS[PLACES[relation]]]


def sitting(world: World, relation: str) -> Sitting:
    return world.sittings[ROOMS[PLACES[relation]]][1]


def first_sitting(world: World, relation: str) -> Sitting:
    """At the own site that of the cast's candidate."""
    return world.sittings[ROOMS[PLACES[relation]]][0]


def somebody(world: World, relation: str) -> Any:
    """A proctor of the place who is not the one of the cast."""
    return getattr(world.cast, STAFF[PLACES[relation]])


def incident(world: World, relation: str) -> Incident:
    session = room(world, relation)
    return opening.open_or_join(
        type="IDV-05", site_unit=session.site_unit, room_session=session, actor=None, now=clock.now()
    )


def decision(world: World, relation: str) -> Decision:
    site_unit = room(world, relation).site_unit
    return decisions.propose(
        Wish(Kind.EXTEND, minutes=10),
        Scope(world.plan, [site_unit.unit_id], sites=[site_unit.site_id]),
        reason="x",
        actor=world.cast.hq2,
        now=clock.now(),
    )


def request(world: World, relation: str) -> EntryRequest:
    session, who = room(world, relation), sitting(world, relation)
    Sitting.objects.filter(pk=who.pk).update(entry_status="pending")
    return EntryRequest.objects.create(
        id=uuid.uuid4(),
        sitting=who,
        room_session=session,
        site_unit=session.site_unit,
        requester=world.cast.proctor if relation == "own" else somebody(world, relation),
        reason="face_check_failed",
        documents_checked=True,
        requested_at=clock.now(),
    )


def delegation(world: World, relation: str) -> Delegation:
    """What the branch of the place has lent to a proctor there."""
    now = clock.now()
    return Delegation.objects.create(
        site=room(world, relation).site_unit.site,
        deputy=somebody(world, relation),
        granted_by=world.cast.branch,
        granted_at=now,
        valid_from=now,
        valid_until=now + timedelta(hours=1),
        reason="x",
    )


def sign_in(world: World, relation: str) -> SignIn:
    return SignIn.objects.create(
        id=uuid.uuid4(),
        sitting=sitting(world, relation),
        room_session=room(world, relation),
        proctor=world.cast.proctor if relation == "own" else somebody(world, relation),
        received_at=clock.now(),
        status="created",
        outcome="failed",
        fingerprint="x",
        batch=uuid.uuid4(),
    )


def finding(world: World, relation: str) -> PostExamCheck:
    session = room(world, relation)
    PostExamRun.objects.create(site_unit=session.site_unit, checked=1, findings=1)
    return PostExamCheck.objects.create(
        site_unit=session.site_unit,
        sitting=sitting(world, relation),
        room_session=session,
        result="doubt",
        note="x",
        by=somebody(world, relation),
        at=clock.now(),
    )


def photo_hint(world: World, relation: str) -> PhotoHint:
    now, row = clock.now(), sign_in(world, relation)
    picture = Picture.objects.create(sha256="a" * 64, kind="image/jpeg", asked_at=now)
    photo = PhotoCheck.objects.create(
        sign_in=row,
        picture=picture,
        sitting=row.sitting,
        room_session=row.room_session,
        site_unit=row.room_session.site_unit,
    )
    return PhotoHint.objects.create(photo=photo, kind="blurred", found_at=now)


def evidence(world: World, relation: str) -> Evidence:
    content = pictures.jpeg()
    return Evidence.objects.create(
        id=uuid.uuid4(),
        room_session=room(world, relation),
        version=1,
        uploaded_by=somebody(world, relation),
        reason="x",
        received_at=clock.now(),
        sha256=files.save(content),
        size=len(content),
        on_time=True,
        owed=False,
    )


def site_unit(world: World, relation: str) -> SiteUnit:
    return room(world, relation).site_unit


def package(world: World, relation: str) -> EvidencePackage:
    """The row of a package of the place's site unit; its file is no package."""
    now, at, content = clock.now(), site_unit(world, relation), PLACES[relation].encode()
    key = EvidenceKey.objects.get_or_create(key_id="k", defaults={"first_used_at": now})[0]
    return EvidencePackage.objects.create(
        order=PackageOrder.objects.create(
            plan=world.plan, site_unit=at, cause="closed", state="done", asked_at=now
        ),
        plan=world.plan,
        site_unit=at,
        number=at.pk + 1,
        previous=f"{at.pk:064x}",
        sha256=files.save(content),
        key=key,
        size=len(content),
        cause="closed",
        read_at=now,
        made_at=now,
    )


def login(world: World, relation: str) -> ClientLogin:
    return ClientLogin.objects.create(
        id=uuid.uuid4(),
        sitting=sitting(world, relation),
        machine_id="M1",
        client_version="1.2.2-0",
        os="Windows 10",
        seen_ip="203.0.113.9",
        fingerprint="x",
        status="waiting_authorisation",
        nth=2,
        created_at=clock.now(),
    )


def session(world: World, relation: str) -> ClientSession:
    now = clock.now()
    return ClientSession.objects.create(
        id=uuid.uuid4(),
        sitting=sitting(world, relation),
        login=login(world, relation),
        machine_id="M1",
        token_hash=uuid.uuid4().hex,
        export_key="k",
        opened_at=now,
        last_seen_at=now,
    )


def change(world: World, relation: str) -> ProctorChange:
    """An emergency replacement that the chief of the place has asked for."""
    session = room(world, relation)
    chief = {"A1": "chief", "A2": "sibling_chief", "B1": "stranger"}[PLACES[relation]]
    return ProctorChange.objects.create(
        id=uuid.uuid4(),
        batch=uuid.uuid4(),
        room_session=session,
        site_unit=session.site_unit,
        position="second",
        incoming=world.cast.next_room,
        reason="x",
        window="emergency",
        window_until=session.site_unit.entry_closes_at,
        status="pending",
        requested_by=getattr(world.cast, chief),
        requested_at=clock.now(),
    )


def filled(world: World, relation: str) -> ProctorChange:
    """What an auto-fill of the place has asked for."""
    asked = change(world, relation)
    plan = asked.site_unit.unit.plan
    Event.objects.create(kind="roster.filled", at=clock.now(), plan=plan, subject=str(asked.batch))
    return asked


def profile(world: World, relation: str) -> ProctorProfile:
    """A proctor of the place in the registry, with a photo."""
    found = ProctorProfile.objects.get(user=somebody(world, relation))
    ProctorProfile.objects.filter(pk=found.pk).update(photo=files.save(pictures.jpeg()))
    return found


def recusal(world: World, relation: str) -> Recusal:
    session = room(world, relation)
    return Recusal.objects.create(
        proctor=somebody(world, relation),
        site=session.site_unit.site,
        room=session.room,
        relation="other",
        reason="x",
        entered_by=world.cast.site_admin,
        entered_at=clock.now(),
    )


def wanted(world: World, relation: str) -> WantedDuty:
    """Somebody of the place has picked a unit that is not theirs."""
    now = clock.now()
    return WantedDuty.objects.create(
        proctor=somebody(world, relation),
        site_unit=world.later_unit.site_units.get(site=room(world, relation).site_unit.site),
        missing="unit",
        first_at=now,
        last_at=now,
    )


def address(world: World, relation: str) -> PublicAddress:
    return PublicAddress.objects.create(
        site=room(world, relation).site_unit.site,
        network="8.8.8.0/28",
        registered_at=clock.now(),
        registered_by=world.cast.hq,
    )


def shift(world: World, relation: str) -> Shift:
    now = clock.now()
    return Shift.objects.create(
        level="site",
        site=room(world, relation).site_unit.site,
        user=somebody(world, relation),
        starts_at=now - timedelta(hours=3),
        ends_at=now - timedelta(hours=2),
    )


def channel(world: World, relation: str) -> Channel:
    """A channel of the place's site; its target is refused, so that nothing is sent."""
    return Channel.objects.create(
        name="值班",
        kind="webhook",
        level="site",
        site=room(world, relation).site_unit.site,
        address="https://127.0.0.1/",
        changed_at=clock.now(),
    )


def delivery(world: World, relation: str) -> Delivery:
    return Delivery.objects.create(
        key=str(uuid.uuid4()),
        channel=channel(world, relation),
        channel_name="值班",
        kind="webhook",
        event="incident.told",
        title={"zh": "x", "en": "x"},
        status="given_up",
        created_at=clock.now(),
    )


def contact(world: World, relation: str) -> Contact:
    """A contact of the place's branch."""
    branch = room(world, relation).site_unit.site.branch
    return Contact.objects.create(name="值班热线", phone="000-0000", branch=branch, changed_at=clock.now())


def release(world: World, relation: str) -> AppRelease:
    """One that does not hold yet; it belongs to no place."""
    return AppRelease.objects.create(
        platform="ios",
        minimum_version="4.1",
        latest_version="4.1",
        effective_from=clock.now() + timedelta(days=9),
    )


def admission(world: World, relation: str) -> DeviceAdmission:
    """A phone of somebody of the place that support let in for the first unit."""
    return DeviceAdmission.objects.create(
        user=somebody(world, relation),
        device_id="d",
        site_unit=room(world, relation).site_unit,
        phone="Android 7",
        reason="x",
        admitted_by=world.cast.support,
        admitted_at=clock.now(),
    )
