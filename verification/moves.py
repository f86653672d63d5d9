"""What a decision of headquarters about time means at the door (A4): whom the old time had closed out comes back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery

from exam_ops.core import entry, events
from exam_ops.core.models import AccessToken, Event, Membership, RosterRow, SiteUnit, Sitting, User
from exam_ops.core.moves import on_move
from exam_ops.core.schedule import Timetable
from exam_ops.rules.entry import Cause, Entry
from exam_ops.rules.freeze import frozen
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from verification.models import EntryRequest
from verification.selectors import freeze
from verification.services import releases
from verification.services.entry_requests import locked_sittings, write_events
from verification.services.tokens import PAST_THE_UNIT

Status = EntryRequest.Status
_BACK = (Entry.ABSENT, Entry.NOT_SIGNED_IN, Entry.PENDING)  # of whose undecided requests wait again


def count_absent(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Candidates whom the old close of entry made absent, and who may come in again."""
    return _by_site_unit(_absent(site_units, now))


def bring_back(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """Absent becomes not signed in, or pending where the request was left undecided; such requests wait again."""
    sittings = {s.pk: s for s in locked_sittings(_touched(site_units, now))}
    requests = list(_expired(site_units, now).select_related("site_unit__unit__plan", "room_session"))
    asked = {request.sitting_id for request in requests}
    back = [s for s in sittings.values() if s.entry_status == Entry.ABSENT]
    entry.move([s for s in sittings.values() if s.pk in asked], Cause.RESUMED, now=now)
    entry.move([s for s in back if s.pk not in asked], Cause.REOPENED, now=now)
    rows = EntryRequest.objects.filter(pk__in=[r.pk for r in requests], status=Status.EXPIRED)
    rows.update(status=Status.PENDING, decided_at=None)
    for request in requests:
        request.sitting = sittings[request.sitting_id]
    write_events("entry.reopened", requests, actor=actor, now=now)
    return _written("entry.absences_withdrawn", Counter(s.site_unit_id for s in back), site_units, actor, now)


def count_expired(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Requests that the old close of entry left undecided, and that wait again."""
    return _by_site_unit(_expired(site_units, now))


def count_pending(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Requests that a stop leaves undecided."""
    return _by_site_unit(_left_by_stop(site_units))


def end_pending(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """A stop ends what waits; its candidates are as if they had not asked, nobody is absent."""
    pending = _left_by_stop(site_units)
    sittings = {s.pk: s for s in locked_sittings(pending.values_list("sitting_id", flat=True))}
    requests = list(pending.select_related("site_unit__unit__plan", "room_session"))
    pending.filter(pk__in=[r.pk for r in requests]).update(status=Status.EXPIRED, decided_at=now)
    entry.move(sittings.values(), Cause.STOPPED, now=now)
    for request in requests:
        request.sitting = sittings[request.sitting_id]
    write_events("entry.expired", requests, actor=actor, now=now)
    return Counter(r.site_unit_id for r in requests)


def lengthen_tokens(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """No token ends inside today's unit at its new time: those of its people live past its end (B1)."""
    tomorrow = (now.astimezone(BEIJING) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    todays = [s for s in site_units if s.starts_at < tomorrow and s.ends_at > now]
    if not todays:
        return Counter()
    until = max(s.ends_at for s in todays) + PAST_THE_UNIT
    sites = {s.site_id for s in todays}
    branches = {s.site.branch_id for s in todays}
    near = Q(site__in=sites) | Q(branch__in=branches) | Q(centre__sites__in=sites)
    everywhere = Q(site=None, branch=None, centre=None, candidate=None)
    people = Membership.objects.filter(near | everywhere).values("user")
    rostered = RosterRow.objects.filter(room_session__site_unit__in=[s.pk for s in todays]).values("proctor")
    ends = Q(expiry__gt=now, expiry__lt=until)
    AccessToken.objects.filter(ends, Q(user__in=people) | Q(user__in=rostered)).update(expiry=until)
    return Counter()


def count_held_back(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Site units that come to lie around the moment of a new minimum of the App, which then waits for their end (B1)."""
    ahead = [row.effective_from for row in releases.may_be_held(now=now)]
    if not ahead:
        return Counter()
    times = Timetable()
    spans = {
        s.pk: frozen(s.starts_at, s.ends_at, times.policy_of(s.unit.plan))
        for s in site_units
        if s.unit.plan.kind in freeze.KINDS
    }
    return Counter(pk for pk, window in spans.items() if any(at in window for at in ahead))


def hold_back(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """New minima of the App wait for, or come free of, the units at their new times."""
    if any(s.unit.plan.kind in freeze.KINDS for s in site_units):
        releases.hold_back(now=now)
    return Counter()


def _open_again(site_units: Iterable[SiteUnit], now: datetime) -> list[int]:
    return [s.pk for s in site_units if now < s.entry_closes_at]


def _absent(site_units: Iterable[SiteUnit], now: datetime) -> QuerySet[Sitting]:
    return Sitting.objects.filter(site_unit__in=_open_again(site_units, now), entry_status=Entry.ABSENT)


def _expired(site_units: Iterable[SiteUnit], now: datetime) -> QuerySet[EntryRequest]:
    """The last request of each candidate where it was left undecided."""
    last = EntryRequest.objects.filter(sitting=OuterRef("sitting")).order_by().values("sitting")
    return EntryRequest.objects.filter(
        site_unit__in=_open_again(site_units, now),
        status=Status.EXPIRED,
        sitting__entry_status__in=_BACK,
        attempt=Subquery(last.annotate(n=Max("attempt")).values("n")),
    )


def _touched(site_units: Sequence[SiteUnit], now: datetime) -> set[int]:
    absent = set(_absent(site_units, now).values_list("pk", flat=True))
    return absent | set(_expired(site_units, now).values_list("sitting_id", flat=True))


def _left_by_stop(site_units: Iterable[SiteUnit]) -> QuerySet[EntryRequest]:
    stopped = [s.pk for s in site_units if s.stopped_in_entry]
    return EntryRequest.objects.filter(site_unit__in=stopped, status=Status.PENDING)


def _by_site_unit(rows: QuerySet) -> Counter[int]:
    figures = rows.order_by().values(where=F("site_unit")).annotate(n=Count("pk"))
    return Counter({row["where"]: row["n"] for row in figures})


def _written(
    kind: str, figures: Counter[int], site_units: Sequence[SiteUnit], actor: User | None, now: datetime
) -> Counter[int]:
    """The figures, each also as an event of its site unit."""
    Event.objects.bulk_create(
        events.build(kind, now=now, actor=actor, site_unit=s, count=figures[s.pk])
        for s in site_units
        if figures[s.pk]
    )
    return figures


on_move(
    "entry.absent",
    Text("缺考改回未签到", "Absent candidates may come in again"),
    count=count_absent,
    apply=bring_back,
)
on_move(
    "entry.expired", Text("过期的入场审批重新待审", "Expired entry requests wait again"), count=count_expired
)
on_move(
    "entry.stopped",
    Text("未审批的入场申请失效", "Undecided entry requests end"),
    count=count_pending,
    apply=end_pending,
)
on_move("entry.tokens", Text("登录令牌延长", "Tokens live longer"), apply=lengthen_tokens)
on_move(
    "app.releases",
    Text("App 新的最低版本推迟生效", "A new minimum of the App waits"),
    count=count_held_back,
    apply=hold_back,
    warning=True,
)
