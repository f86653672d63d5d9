"""Words, bars and cells of the readiness sheets."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan
from exam_ops.office.selectors.readiness_sheets import Asked, Row, SiteSheet
from exam_ops.office.selectors.readiness_sites import SiteFacts
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.readiness import (
    ADVICE,
    BY_HAND,
    LACKS,
    LIGHTS,
    MACHINE_LACKS,
    PLACE_LIGHTS,
    WARN_ALONE,
    Item,
    Lack,
    Light,
    Mark,
)
from exam_ops.rules.text import Text

TONES = {Light.RED: "trouble", Light.YELLOW: "watch", Light.GREEN: "good"}
STATES = {Light.GREEN: "in", Light.YELLOW: "pending", Light.RED: "rejected"}
MARKS: dict[Mark, tuple[str, Any]] = {
    Mark.DONE: ("good", _("已完成")),
    Mark.LACKS: ("trouble", _("未完成")),
    Mark.UNKNOWN: ("watch", _("待确认")),
}
WARNED = ("watch", _("需改进"))
GAP = 0.35  # per cent of a bar left between two pieces

_FIGURES = (
    Text("不能上岗", "Would be kept out"),
    Text("待完善", "To be completed"),
    Text("已就绪", "Ready"),
    *(LACKS[lack][0] for lack in Lack),
)
HEADERS = {
    "branch": (
        Text("分部", "Branch"),
        Text("代码", "Code"),
        Text("状态", "State"),
        Text("考点", "Sites"),
        Text("未登记公网IP的考点", "Sites without an address"),
        Text("监考教师", "Proctors"),
        Text("上岗", "Rostered"),
        *_FIGURES,
    ),
    "site": (
        Text("考点", "Site"),
        Text("代码", "Code"),
        Text("状态", "State"),
        Text("监考教师", "Proctors"),
        Text("上岗", "Rostered"),
        *_FIGURES,
        Text("考场", "Rooms"),
        Text("未配足的考场", "Rooms short of proctors"),
        Text("公网IP", "Addresses"),
        Text("考试机", "Machines"),
        Text("客户端过旧", "Old clients"),
        Text("配置不足", "Weak machines"),
        *(advice.text for advice in ADVICE),
    ),
    "proctor": (
        Text("姓名", "Name"),
        Text("账号", "Account"),
        Text("状态", "State"),
        Text("缺少", "Lacks"),
        Text("手机", "Phone"),
        Text("App 版本", "App"),
        Text("最近登录", "Last try"),
    ),
}


def drawn(row: Row, asked: Asked) -> dict[str, Any]:
    """A row as the page shows it."""
    query = {"plan": asked.plan.code, ("branch" if asked.level == "branch" else "site"): row.code}
    return {
        "row": row,
        "tone": TONES[row.light],
        "label": _state(row),
        "edge": {Light.RED: "trouble", Light.YELLOW: "watch"}.get(row.light, ""),
        "bar": bar(row.figures.lights),
        "lacks": [
            {"label": LACKS[lack][0], "count": row.figures.lacks[lack]}
            for lack in Lack
            if row.figures.lacks[lack]
        ],
        "url": "" if asked.level == "proctor" else reverse("readiness", query=query),
        "phone": _phone(row, asked.plan) if row.person else None,
        "points": _open_points(row.site) if row.site else [],
    }


def bar(lights: Counter[Light]) -> dict[str, Any]:
    """Lights as one drawn bar, green first."""
    total, left, pieces = sum(lights.values()), 0.0, []
    for light, state in STATES.items():
        if not lights[light]:
            continue
        width = 100 * lights[light] / total
        pieces.append(
            {
                "state": state,
                "label": LIGHTS[light],
                "value": lights[light],
                "left": f"{left:.2f}%",
                "width": f"{max(width - GAP, 0.8):.2f}%",
            }
        )
        left += width
    ready = lights[Light.GREEN]
    return {"pieces": pieces, "words": Text(f"已就绪 {ready} / {total}", f"{ready} of {total} ready")}


def points(site: SiteSheet) -> list[dict[str, Any]]:
    """The site's list: each point of the plan with how it stands, and by what."""
    return [
        {
            "item": advice.item.value,
            "text": advice.text,
            "clause": advice.clause,
            "mark": _mark(advice.item, site),
            "is_done": site.marks[advice.item] is Mark.DONE,
            "by_hand": advice.item in BY_HAND,
            "tick": site.facts.ticks.get(advice.item.value),
            "details": _details(advice.item, site),
        }
        for advice in ADVICE
        if advice.item in site.marks
    ]


def _state(row: Row) -> Text:
    return (LIGHTS if row.person else PLACE_LIGHTS)[row.light]


def _mark(item: Item, site: SiteSheet) -> tuple[str, Any]:
    """What only warns is no failure."""
    mark = site.marks[item]
    return WARNED if mark is Mark.LACKS and item in WARN_ALONE else MARKS[mark]


def _details(item: Item, site: SiteSheet) -> list[Text]:
    """What of a point is lacking, in figures."""
    facts, needed = site.facts, site.needed
    of_lacks = {
        Item.CERTIFIED: (Lack.NOT_CERTIFIED,),
        Item.APP: (Lack.NO_PHONE, Lack.APP_TOO_OLD, Lack.NOT_RECENT),
        Item.PHONES: (Lack.NO_PHONE, Lack.PHONE_UNFIT),
    }
    if item in of_lacks:
        people = Text("{label} {n} 人", "{label}: {n}")
        return [
            people.format(label=LACKS[lack][0], n=needed[lack]) for lack in of_lacks[item] if needed.get(lack)
        ]
    if item is Item.LINES:
        return [problem.detail for problem in facts.line] or _unmeasured(facts)
    said = {
        Item.ROSTERS: Text("{n} / {m} 个场次未配足", "{n} of {m} room sessions are short").format(
            n=facts.short, m=facts.rooms
        ),
        Item.CLIENTS: Text("{n} / {m} 台客户端过旧", "{n} of {m} have an old client").format(
            n=facts.old_clients, m=len(facts.machines)
        ),
        Item.MACHINES: Text("{n} / {m} 台配置不足", "{n} of {m} fall short").format(
            n=facts.weak_machines, m=len(facts.machines)
        ),
        Item.ADDRESSES: Text("已登记 {n} 个", "{n} registered").format(n=facts.addresses),
    }
    if item in (Item.CLIENTS, Item.MACHINES) and not facts.machines:
        return [
            Text(
                "还没有考试机上报；请在每台机器上运行客户端自检",
                "No machine has reported; run the client's check on each",
            )
        ]
    return [said[item]] if item in said else []


def _unmeasured(facts: SiteFacts) -> list[Text]:
    if facts.line_is_known:
        return []
    return [Text("考点信息中没有登记带宽", "The site's bandwidth is not on record")]


def machines(facts: SiteFacts) -> list[dict[str, Any]]:
    """Machines with something to mend, each with what."""
    return [
        {
            "machine": machine,
            "problems": [
                *([Text("客户端过旧", "Old client")] if not machine.client_fits else []),
                *(MACHINE_LACKS[code] for code in machine.problems if code in MACHINE_LACKS),
            ],
        }
        for machine in facts.machines
        if machine.problems or not machine.client_fits
    ]


def _open_points(site: SiteSheet) -> list[Any]:
    return [a.text for a in ADVICE if site.marks.get(a.item) is Mark.LACKS]


def _phone(row: Row, plan: ExamPlan) -> dict[str, Any]:
    person = row.person
    assert person is not None
    phone = person.phone
    words = [phone.platform, phone.os_version, phone.model]
    return {
        "words": " ".join(word for word in words if word),
        "app": phone.app_version,
        "at": plan.plan_time(phone.tried_at) if phone.tried_at else None,
        "problems": [problem.detail for problem in phone.problems],
        "refused": phone.outcome not in ("", "passed"),
    }


def cells(row: Row, asked: Asked) -> tuple[Any, ...]:
    """A row of the workbook."""
    head = (row.name, row.code, say(_state(row)))
    if row.person:
        phone = _phone(row, asked.plan)
        at = phone["at"].astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if phone["at"] else ""
        lacks = "、".join(_labels(row.person.standing.lacks))
        return (*head, lacks, phone["words"], phone["app"], at)
    lights = tuple(row.figures.lights[light] for light in Light)
    figures = (row.figures.total, row.figures.rostered, *lights, *(row.figures.lacks[lack] for lack in Lack))
    if row.site is None:
        return (*head, row.sites, row.no_address, *figures)
    facts = row.site.facts
    marks = (say(_mark(a.item, row.site)[1]) if a.item in row.site.marks else "" for a in ADVICE)
    places = (facts.rooms, facts.short, facts.addresses)
    return (*head, *figures, *places, len(facts.machines), facts.old_clients, facts.weak_machines, *marks)


def _labels(lacks: Iterable[Lack]) -> Iterable[str]:
    return (say(LACKS[lack][0]) for lack in lacks)
