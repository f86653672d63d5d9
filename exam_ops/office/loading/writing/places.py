"""Branches, learning centres, sites with their centres, rooms."""

from collections.abc import Iterable

from exam_ops.core.models import Branch, ExamRoom, ExamSite, LearningCentre
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.writing.state import BATCH, Wish, Writing, given, upsert


def _codes(w: Writing, own: str, **fields: str) -> set[str]:
    """Codes of a sheet's own rows, and those that other sheets name in a field: `sheet = field`."""
    codes = {row["code"] for row in w.book[own]}
    for sheet, field in fields.items():
        for row in w.book[sheet]:
            value = row.get(field)
            codes.update(value if isinstance(value, list) else [value] if value else [])
    return codes


def write_branches(w: Writing) -> None:
    codes = _codes(w, "分部", 学习中心="branch", 考点="branch", 账号="scope")
    stored = {(b.code,): b for part in chunks(codes) for b in Branch.objects.filter(code__in=part)}
    wishes = {
        (row["code"],): Wish({"code": row["code"], **given(row, name="name", duty_phone="duty_phone")}, [row])
        for row in w.book["分部"]
    }
    w.branches = {key[0]: branch for key, branch in (stored | upsert(w, Branch, wishes, stored)).items()}


def write_centres(w: Writing) -> None:
    codes = _codes(w, "学习中心", 考点="centres", 考生编排="centre", 账号="scope")
    stored = {(c.code,): c for part in chunks(codes) for c in LearningCentre.objects.filter(code__in=part)}
    wishes = {
        (row["code"],): Wish(
            {"code": row["code"], "branch_id": w.branches[row["branch"]].pk, **given(row, name="name")}, [row]
        )
        for row in w.book["学习中心"]
    }
    w.centres = {key[0]: c for key, c in (stored | upsert(w, LearningCentre, wishes, stored)).items()}


def write_sites(w: Writing) -> None:
    fields = dict.fromkeys(("考场", "考生编排", "监考教师", "监考编排", "公网IP"), "site")
    codes = _codes(w, "考点", **fields, 账号="scope")
    stored = {(s.code,): s for part in chunks(codes) for s in ExamSite.objects.filter(code__in=part)}
    wishes = {}
    for row in w.book["考点"]:
        values = given(row, name="name", address="address", kind="kind", status="status")
        bandwidth = {
            name: None if row.get(name) is None else round(row[name])
            for name in ("uplink_mbps", "downlink_mbps")
            if name in row.values
        }
        own = {"code": row["code"], "branch_id": w.branches[row["branch"]].pk}
        both = ("latitude", "longitude")
        place = {name: row[name] for name in both} if row.values.keys() >= set(both) else {}
        wishes[(row["code"],)] = Wish({**own, **values, **bandwidth, **place}, [row])
    w.sites = {key[0]: s for key, s in (stored | upsert(w, ExamSite, wishes, stored)).items()}
    _write_shared_centres(w)


def _write_shared_centres(w: Writing) -> None:
    """Which centres share a site; a centre that the cell no longer names is let go."""
    through = ExamSite.centres.through
    rows = {w.sites[row["code"]].pk: row for row in w.book["考点"] if "centres" in row.values}
    wanted = {(site, w.centres[code].pk) for site, row in rows.items() for code in row.get("centres", [])}
    stored = {
        (link.examsite_id, link.learningcentre_id): link.pk
        for part in chunks(rows)
        for link in through._default_manager.filter(examsite__in=part)
    }
    through._default_manager.bulk_create(
        [
            through(examsite_id=site, learningcentre_id=centre)
            for site, centre in sorted(wanted - stored.keys())
        ],
        batch_size=BATCH,
    )
    for part in chunks(stored[pair] for pair in stored.keys() - wanted):
        through._default_manager.filter(pk__in=part).delete()
    w.mark_changed(rows[site] for site, _ in wanted ^ stored.keys())


def write_rooms(w: Writing) -> None:
    stored = {(r.site.code, r.room_no): r for r in _rooms_of({row["site"] for row in _with_rooms(w)})}
    rows = {row.key("site", "number"): row for row in w.book["考场"]}
    wishes = {
        key: Wish(
            {"site_id": w.sites[key[0]].pk, "room_no": key[1], **given(row, place="name", seats="seats")},
            [row],
        )
        for key, row in rows.items()
    }
    w.rooms = stored | upsert(w, ExamRoom, wishes, stored)
    ours = {site for site, _ in rows}
    w.vanished("考场", (key for key in stored.keys() - rows.keys() if key[0] in ours))


def _with_rooms(w: Writing) -> Iterable:
    return (*w.book["考场"], *w.book["考生编排"], *w.book["监考编排"])


def _rooms_of(codes: set[str]) -> Iterable[ExamRoom]:
    for part in chunks(codes):
        yield from ExamRoom.objects.filter(site__code__in=part).select_related("site")
