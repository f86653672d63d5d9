"""What the rows of a workbook of rosters name: units, rooms and proctors in the actor's own scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exam_ops.core.access import Actor, visible
from exam_ops.core.models import ExamSite, Membership, RoomSession, SiteUnit, User
from exam_ops.office.loading.book import Key, Row
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.report import Problems
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from proctors.services.filling import ACTION as FILL

_NO_SITE = Text(
    "没有这个考点，或它不在您的范围内。请核对考点代码。",
    "No such site, or it is outside your scope. Check its code.",
)
_NO_PLAN = Text(
    "这个考点没有参加该考试计划。请核对计划代码。", "The site takes no part in this plan. Check its code."
)
_NO_UNIT = Text(
    "这个考点在该计划中没有这个单元。请核对单元代码。",
    "The site has no such unit in this plan. Check its code.",
)
_NO_ROOM = Text(
    "这个考点本单元没有使用这个考场。请核对考场编号。",
    "The site does not use this room in the unit. Check its number.",
)
_NO_PROCTOR = Text(
    "不是这个考点的监考教师。请核对工号，或先为其添加本考点的监考教师角色。",
    "No proctor of this site. Check the account, or give it the role at this site first.",
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row whose names are all known: who shall stand where."""

    row: Row
    session: RoomSession
    position: str
    person: int

    @property
    def place(self) -> tuple[int, str]:
        return self.session.pk, self.position


@dataclass(frozen=True, slots=True)
class Places:
    """What stands in the portal of what the rows name; `names` by account, of the named sites' proctors."""

    sites: frozenset[str]  # codes
    site_units: Mapping[Key, SiteUnit]  # (plan, unit, site)
    sessions: Mapping[Key, RoomSession]  # (site unit, room number)
    proctors: Mapping[Key, User]  # (site, account)

    @property
    def names(self) -> dict[str, str]:
        return {user.username: user.name for user in self.proctors.values()}


def places_of(rows: Sequence[Row], *, actor: Actor) -> Places:
    """Looks up what the rows name, in a few statements."""
    codes = {row["site"] for row in rows if row.has("site")}
    sites = list(visible(actor, ExamSite, FILL).filter(code__in=codes))
    units = SiteUnit.objects.filter(
        site__in=sites,
        unit__plan__code__in={row["plan"] for row in rows if row.has("plan")},
        unit__code__in={row["unit"] for row in rows if row.has("unit")},
    ).select_related("unit__plan", "site__branch")
    by_key = {(s.unit.plan.code, s.unit.code, s.site.code): s for s in units}
    sessions = {
        (s.site_unit_id, s.room.room_no): s
        for part in chunks(s.pk for s in by_key.values())
        for s in RoomSession.objects.filter(site_unit__in=part).select_related(
            "room", "site_unit__unit__plan", "site_unit__site__branch"
        )
    }
    members = Membership.objects.filter(role=Role.PROCTOR, site__in=sites, user__is_active=True)
    proctors = {
        (m.site.code, m.user.username): m.user for m in members.select_related("user", "site") if m.site
    }
    return Places(frozenset(s.code for s in sites), by_key, sessions, proctors)


def resolve(rows: Iterable[Row], places: Places, problems: Problems) -> list[Placed]:
    """The rows whose names are known; each other one with what is unknown of it."""
    found = []
    for row in rows:
        if not row.has("plan", "unit", "site", "room", "username", "duty"):
            continue  # a cell that is empty or unreadable has been named already
        site_unit = places.site_units.get(row.key("plan", "unit", "site"))
        session = places.sessions.get((site_unit.pk, row["room"])) if site_unit else None
        user = places.proctors.get(row.key("site", "username"))
        if session is None or user is None:
            _say_unknown(row, site_unit, user, places, problems)
        else:
            found.append(Placed(row, session, row["duty"], user.pk))
    return found


def _say_unknown(
    row: Row, site_unit: SiteUnit | None, user: User | None, places: Places, problems: Problems
) -> None:
    """The first name that leads nowhere; a wrong room and a wrong account are both named."""
    plans = {(plan, site) for plan, _, site in places.site_units}
    if row["site"] not in places.sites:
        problems.error(row, "site", _NO_SITE)
        return
    if row.key("plan", "site") not in plans:
        problems.error(row, "plan", _NO_PLAN)
    elif site_unit is None:
        problems.error(row, "unit", _NO_UNIT)
    elif (site_unit.pk, row["room"]) not in places.sessions:
        problems.error(row, "room", _NO_ROOM)
    if user is None:
        problems.error(row, "username", _NO_PROCTOR)
