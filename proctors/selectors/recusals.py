"""Who must keep away from which room: the candidates who sit there decide, as they are seated now (回避)."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from exam_ops.core.access import Actor, visible
from exam_ops.core.models import RoomSession, Sitting
from proctors.models import Recusal

RELATED = ("proctor", "site", "candidate", "room", "centre", "entered_by", "lifted_by")


def recused(people: Iterable[int], room_sessions: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs (account, room session) that may not come together; at most three statements, one where nobody is recused."""
    rows = Recusal.objects.filter(proctor__in=list(people), lifted_at=None)
    by_candidate, by_room, by_centre = (defaultdict[int, set[int]](set) for _ in range(3))
    for proctor, candidate, room, centre in rows.values_list("proctor", "candidate", "room", "centre"):
        for who_of, key in ((by_candidate, candidate), (by_room, room), (by_centre, centre)):
            if key is not None:
                who_of[key].add(proctor)
    wanted = list(room_sessions)
    found: set[tuple[int, int]] = set()
    if by_room:
        rooms = RoomSession.objects.filter(pk__in=wanted, room__in=list(by_room)).values_list("pk", "room")
        found |= {(proctor, pk) for pk, room in rooms for proctor in by_room[room]}
    if by_candidate or by_centre:
        sits = Q(candidate__in=list(by_candidate)) | Q(candidate__centre__in=list(by_centre))
        seated = Sitting.objects.filter(sits, room_session__in=wanted).order_by()
        for pk, candidate, centre in seated.values_list(
            "room_session", "candidate", "candidate__centre"
        ).distinct():
            found |= {(p, pk) for p in by_candidate.get(candidate, set()) | by_centre.get(centre, set())}
    return found


def recusals(actor: Actor, *, site: str = "", lifted: bool = False) -> QuerySet[Recusal]:
    """Those of the actor's sites, the newest first; what was lifted only where asked for."""
    rows = visible(actor, Recusal, "recusal.see").select_related(*RELATED)
    if site:
        rows = rows.filter(site__code=site)
    return rows if lifted else rows.filter(lifted_at=None)
