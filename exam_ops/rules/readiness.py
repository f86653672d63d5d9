"""Whether proctors, machines, lines and rosters are ready before the mock exam (B4, B6, B8; 二(一) and 二(二)).

Facts of one proctor become a light with named lacks; the plan's advice becomes a list whose points are ticked by
facts where there are any, by a named person where there are none.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exam_ops.rules.text import Text


class Light(StrEnum):
    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


class Lack(StrEnum):
    """What a proctor lacks, the gravest first."""

    NOT_CERTIFIED = "not_certified"
    NO_PHONE = "no_phone"  # no phone has ever signed in
    PHONE_UNFIT = "phone_unfit"
    APP_TOO_OLD = "app_too_old"
    NOT_RECENT = "not_recent"  # not signed in since the day that the policy names
    NOT_ROSTERED = "not_rostered"


KEEPS_OUT = frozenset({Lack.NOT_CERTIFIED, Lack.NO_PHONE, Lack.PHONE_UNFIT, Lack.APP_TOO_OLD})
"""With one of these nobody can check candidates in."""


@dataclass(frozen=True, slots=True)
class ProctorFacts:
    """What is known of one proctor; `signed_in_at` is the last sign-in from a phone, None when there was none."""

    certified: bool
    signed_in_at: datetime | None
    phone_fits: bool
    app_fits: bool
    is_rostered: bool


def lacks_of(facts: ProctorFacts, *, since: datetime) -> tuple[Lack, ...]:
    """Everything that a proctor lacks; a sign-in at `since` or later is recent."""
    seen = facts.signed_in_at
    found = (
        (Lack.NOT_CERTIFIED, not facts.certified),
        (Lack.NO_PHONE, seen is None),
        (Lack.PHONE_UNFIT, seen is not None and not facts.phone_fits),
        (Lack.APP_TOO_OLD, seen is not None and not facts.app_fits),
        (Lack.NOT_RECENT, seen is not None and seen < since),
        (Lack.NOT_ROSTERED, not facts.is_rostered),
    )
    return tuple(lack for lack, holds in found if holds)


def light_of(lacks: Collection[Lack]) -> Light:
    """Red is for whoever stands on the roster and would be kept out; a spare with lacks is yellow."""
    if not lacks:
        return Light.GREEN
    is_needed = Lack.NOT_ROSTERED not in lacks
    return Light.RED if is_needed and KEEPS_OUT.intersection(lacks) else Light.YELLOW


LACKS: dict[Lack, tuple[Text, Text]] = {
    Lack.NOT_CERTIFIED: (
        Text("未实名认证", "Not certified"),
        Text(
            "尚未通过实名认证。请把身份证号、姓名、照片交考点管理员完成认证。",
            "You are not certified. Give your site administrator ID number, name and photo to be certified.",
        ),
    ),
    Lack.NO_PHONE: (
        Text("手机未检查", "No phone checked"),
        Text(
            "还没有用监考手机登录过身份核验 App。请安装最新版并登录一次，系统会检查手机是否符合要求。",
            "No phone of yours has signed in. Install the latest identity-check App and sign in once; "
            "the portal then checks the phone.",
        ),
    ),
    Lack.PHONE_UNFIT: (
        Text("手机不符合要求", "Phone does not fit"),
        Text(
            "最近登录的手机不符合要求。请升级系统或换一部手机，再登录一次。",
            "The phone you signed in with last does not fit. Update its system or use another one, and sign in again.",
        ),
    ),
    Lack.APP_TOO_OLD: (
        Text("App 版本过低", "App too old"),
        Text(
            "身份核验 App 版本过低，考试时不能登录。请更新后登录一次。",
            "Your identity-check App is too old to sign in on the day. Update it and sign in once.",
        ),
    ),
    Lack.NOT_RECENT: (
        Text("近期未登录", "Not signed in lately"),
        Text(
            "近期没有登录过身份核验 App。请在模拟考试前登录一次，熟悉操作。",
            "You have not signed in lately. Sign in once before the mock exam and go through the steps.",
        ),
    ),
    Lack.NOT_ROSTERED: (
        Text("未编排", "Not on a roster"),
        Text("还没有被编排到考场。", "You are not on the roster of a room yet."),
    ),
}
"""Each lack as a label, and as a sentence to its proctor that says what to do."""

MACHINE_LACKS: dict[str, Text] = {
    "os_not_listed": Text("系统不在建议之列", "System not listed"),
    "memory_too_small": Text("内存不足", "Too little memory"),
    "disk_too_small": Text("硬盘不足", "Disk too small"),
    "opengl_too_old": Text("OpenGL 过低", "OpenGL too old"),
    "directx_too_old": Text("DirectX 过低", "DirectX too old"),
}
"""What a machine's report found (codes of `equipment.machine_problems`), as a label."""

LIGHTS = {
    Light.RED: Text("不能上岗", "Would be kept out"),
    Light.YELLOW: Text("待完善", "To be completed"),
    Light.GREEN: Text("已就绪", "Ready"),
}


PLACE_LIGHTS = {
    Light.RED: Text("未就绪", "Not ready"),
    Light.YELLOW: Text("待完善", "To be completed"),
    Light.GREEN: Text("已就绪", "Ready"),
}
"""The same of a site or a branch."""


class Item(StrEnum):
    """A point of the readiness list."""

    CERTIFIED = "certified"
    APP = "app"
    PHONES = "phones"
    ROSTERS = "rosters"
    STANDS = "stands"
    BACKGROUND = "background"
    EARLY = "early"
    CAMERA = "camera"
    CLIENTS = "clients"
    MACHINES = "machines"
    LINES = "lines"
    ADDRESSES = "addresses"


@dataclass(frozen=True, slots=True)
class Advice:
    """One point of the list: the plan's advice in words, its clause, and whether facts tick it."""

    item: Item
    text: Text
    clause: str
    by_facts: bool = False


ADVICE: tuple[Advice, ...] = (
    Advice(
        Item.CERTIFIED,
        Text("上岗监考教师全部通过实名认证", "Every rostered proctor is certified"),
        "二(一)2",
        by_facts=True,
    ),
    Advice(
        Item.APP,
        Text(
            "监考教师已装最新版身份核验 App，熟悉核验流程",
            "Proctors have the latest identity-check App and know its steps",
        ),
        "二(一)2",
        by_facts=True,
    ),
    Advice(
        Item.PHONES,
        Text("监考手机符合系统、内存和机型要求", "Phones fit by system, memory and model"),
        "二(一)3",
        by_facts=True,
    ),
    Advice(
        Item.ROSTERS,
        Text("每个考场配足已认证监考", "Every room has its certified proctors"),
        "二(三)6",
        by_facts=True,
    ),
    Advice(
        Item.STANDS,
        Text(
            "每个考场备好立式手机支架，用前置摄像头核验",
            "A phone stand in every room; checks are made with the front camera",
        ),
        "二(一)1",
    ),
    Advice(
        Item.EARLY,
        Text(
            "已通知考生提早进入考点核验，避免临考聚集",
            "Students are told to come early for the check, so that nobody queues at the last minute",
        ),
        "二(一)4",
    ),
    Advice(
        Item.BACKGROUND,
        Text(
            "核验位置背靠有明显标识的黑板、墙壁或门，避开白墙蓝墙，光照正常",
            "Checks are made before a marked board, wall or door, not a plain white or blue wall, in normal light",
        ),
        "二(一)5",
    ),
    Advice(
        Item.CAMERA,
        Text(
            "监考教师知道：镜头前只留一名考生，抓拍约 3 秒，不晃动手机",
            "Proctors know: one candidate before the camera, 3 seconds a picture, hold the phone still",
        ),
        "二(一)5",
    ),
    Advice(
        Item.CLIENTS,
        Text("考试机已装规定版本客户端", "Exam machines have the required client"),
        "二(二)",
        by_facts=True,
    ),
    Advice(
        Item.MACHINES,
        Text(
            "考试机配置符合要求：系统、内存、硬盘、OpenGL、DirectX",
            "Exam machines fit by system, memory, disk, OpenGL and DirectX",
        ),
        "二(二)",
        by_facts=True,
    ),
    Advice(
        Item.LINES,
        Text("网络带宽满足同时在考机位", "The line is wide enough for the seats in use"),
        "二(二)",
        by_facts=True,
    ),
    Advice(
        Item.ADDRESSES,
        Text("考点全部公网 IP 已登记", "All public addresses of the site are registered"),
        "二(四)1",
        by_facts=True,
    ),
)
BY_HAND = frozenset(advice.item for advice in ADVICE if not advice.by_facts)

MACHINES_ONLY = frozenset({Item.CLIENTS, Item.MACHINES, Item.LINES, Item.ADDRESSES})
"""Points that a paper exam does not have."""


class Mark(StrEnum):
    """How a point stands at a site."""

    DONE = "done"
    LACKS = "lacks"
    UNKNOWN = "unknown"  # nothing was reported, or nobody has ticked it


def advice_for(*, with_machines: bool) -> list[Advice]:
    """The list of a plan: a paper exam asks for no machines."""
    return [advice for advice in ADVICE if with_machines or advice.item not in MACHINES_ONLY]


def site_light(marks: Mapping[Item, Mark]) -> Light:
    """The light of a site; machines and lines warn alone, as the plan has it (B6)."""
    lacking = {item for item, mark in marks.items() if mark is Mark.LACKS}
    if lacking - WARN_ALONE:
        return Light.RED
    return Light.GREEN if all(mark is Mark.DONE for mark in marks.values()) else Light.YELLOW


WARN_ALONE = BY_HAND | {Item.CLIENTS, Item.MACHINES, Item.LINES}


def worst(lights: Collection[Light]) -> Light:
    """The gravest of several; green of none."""
    return next((light for light in Light if light in lights), Light.GREEN)
