"""Proctors by workbook: 5,000 new ones, the same again, and one wrong row among them."""

from datetime import timedelta
from io import BytesIO

from bench import nation
from bench.measure import report, span
from exam_ops.core import clock
from exam_ops.core.access import Actor, actor_for
from exam_ops.core.models import Membership, ProctorProfile, User
from exam_ops.office import workbooks
from exam_ops.office.loading.people import SHEET, load_people
from exam_ops.office.loading.report import Result
from exam_ops.rules.id_numbers import check_character
from exam_ops.rules.permissions import Role

MANY, WITHIN = 5_000, 60  # rows, seconds
SITES = 50


def run() -> None:
    """Times the import with a cold registry, then with a full one."""
    now = clock.now()
    site_units = nation.build("I", sites=SITES, rooms_per_site=1, per_room=1, now=now + timedelta(days=30))
    codes = sorted({site_unit.site.code for site_unit in site_units})
    user = User.objects.create(username="bench-registry", name="总部")
    Membership.objects.create(user=user, role=Role.HQ)
    actor = actor_for(user, now=now)
    before = ProctorProfile.objects.count()
    with span() as first:
        fresh = _load(actor, codes)
    with span() as second:
        again = _load(actor, codes)
    with span() as third:
        wrong = _load(actor, codes, wrong=True)
    stand = ProctorProfile.objects.count() - before
    is_right = fresh.ok and stand == MANY and again.is_unchanged and len(wrong.errors) == 1
    report(
        "rosters.import_proctors",
        goal=f"{MANY:,} proctors within {WITHIN} s, nothing of a workbook with a wrong row",
        ok=is_right and first.wall <= WITHIN,
        rows=MANY,
        seconds=first.wall,
        cpu_s=first.cpu,
        again_s=second.wall,
        wrong_s=third.wall,
        errors=len(wrong.errors),
        stand=stand,
    )


def _load(actor: Actor, codes: list[str], *, wrong: bool = False) -> Result:
    rows = [_row(seq, codes[seq % len(codes)]) for seq in range(MANY)]
    if wrong:
        rows[-1] |= {"id_no": f"{rows[-1]['id_no'][:-1]}{'0' if rows[-1]['id_no'][-1] != '0' else '1'}"}
    book = BytesIO()
    workbooks.write(book, {SHEET: rows}, title="bench", sheets=[workbooks.layout.sheet(SHEET)])
    book.seek(0)
    return load_people(book, actor=actor, now=clock.now())


def _row(seq: int, site: str) -> dict[str, str]:
    """Somebody who is nobody: their area was never given out."""
    first17 = f"999{seq // 999:03d}19850101{seq % 999 + 1:03d}"
    return {
        "username": f"bench-t{seq:05d}",
        "name": f"教师{seq}",
        "id_no": first17 + check_character(first17),
        "phone": f"1420{seq:07d}",
        "site": site,
        "certified": "已认证",
    }
