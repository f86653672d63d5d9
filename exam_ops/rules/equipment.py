"""What phones, exam machines and networks must offer (clauses 二(一)3 and 二(二); B3, B6).

Phones that fall short are refused; machines and networks are only warned about.
"""

import re
import unicodedata
from dataclasses import dataclass

from exam_ops.rules.text import Text
from exam_ops.rules.versions import UnreadableVersion, Version

FOUR_GB_REPORTED_MB = 3_500
"""What a device with 4 GB must report at least: system and graphics keep a part for themselves."""

OS_MINIMUM = {
    "android": ("Android", Version.parse("8.0")),
    "harmonyos": ("HarmonyOS", Version.parse("1.0")),
    "ios": ("iOS", Version.parse("13.0")),
}
ANY_VERSION = {"harmonyos_next"}

MACHINE_DISK_GB = 200
MACHINE_OPENGL = Version.parse("2.0")
MACHINE_DIRECTX = Version.parse("9.0")

UP_PER_100, DOWN_PER_100, DOWN_PER_100_LISTENING = 40, 200, 500
"""Mb/s for 100 seats."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a device or network does not meet: a stable code and a sentence."""

    code: str
    detail: Text


# --- Phones (二(一)3) ---


def phone_problems(
    platform: str, os_version: str | None, model: str | None, memory_mb: int | None, form_factor: str | None
) -> list[Problem]:
    """Every rule of clause 二(一)3 that a phone fails; an empty list means that it may be used.

    Memory is judged on Android, the model on iOS. A fact that is None was not asked about and is not judged;
    an empty or odd one fails. Codes: `unknown_platform tablet unreadable_version os_too_old
    memory_too_small model_too_old`.
    """
    if platform not in OS_MINIMUM and platform not in ANY_VERSION:
        return [
            Problem("unknown_platform", Text("不支持该手机系统。", "This phone system is not supported."))
        ]
    found = [
        _tablet(platform, model, form_factor),
        _phone_os(platform, os_version),
        _phone_memory(platform, memory_mb),
        _phone_model(platform, model),
    ]
    return [problem for problem in found if problem]


_WORDS: dict[str, list[Text]] = {
    "android": [Text("内存 4 GB 及以上", "4 GB of memory or more")],
    "ios": [Text("iPhone 8 及以上机型", "iPhone 8 or later")],
}
_OS_WORDS = Text("{name} {minimum} 及以上", "{name} {minimum} or later")
NO_TABLETS = Text("仅限手机，不支持平板电脑", "Phones only, no tablets")


def phone_requirements(platform: str) -> list[Text]:
    """What a phone of a platform must be, in words: the rules of `phone_problems`."""
    if platform in ANY_VERSION:
        system = Text("各版本系统均可", "Any version of the system")
    else:
        name, minimum = OS_MINIMUM[platform]
        system = _OS_WORDS.format(name=name, minimum=minimum)
    return [system, *_WORDS.get(platform, []), NO_TABLETS]


def _tablet(platform: str, model: str | None, form_factor: str | None) -> Problem | None:
    phone = form_factor is None or form_factor == "phone"
    if phone and not (platform == "ios" and _folded(model or "").startswith("ipad")):
        return None
    return Problem("tablet", Text("不支持平板电脑，请换用手机。", "Tablets are not supported; use a phone."))


def _phone_os(platform: str, os_version: str | None) -> Problem | None:
    if os_version is None or platform in ANY_VERSION:
        return None
    name, minimum = OS_MINIMUM[platform]
    try:
        version = Version.parse(os_version)
    except UnreadableVersion:
        return _unreadable(os_version)
    if version >= minimum:
        return None
    detail = Text(
        "系统版本 {name} {version} 过低，须 {minimum} 及以上，请升级系统或换用手机。",
        "{name} {version} is too old; {minimum} or later is needed. Update the system or use another phone.",
    )
    return Problem("os_too_old", detail.format(name=name, version=version, minimum=minimum))


def _phone_memory(platform: str, memory_mb: int | None) -> Problem | None:
    if platform != "android" or memory_mb is None or memory_mb >= FOUR_GB_REPORTED_MB:
        return None
    detail = Text(
        "内存 {mb} MB，须 4 GB 及以上，请换用手机。",
        "{mb} MB of memory; 4 GB or more are needed. Use another phone.",
    )
    return Problem("memory_too_small", detail.format(mb=memory_mb))


def _phone_model(platform: str, model: str | None) -> Problem | None:
    if platform != "ios" or model is None or is_iphone_8_or_later(model) or _folded(model).startswith("ipad"):
        return None
    detail = Text(
        "机型 {model} 不符，须 iPhone 8 及以上，请换用手机。",
        "{model} does not fit; an iPhone 8 or later is needed. Use another phone.",
    )
    return Problem("model_too_old", detail.format(model=model.strip()[:40] or Text("未知", "(unknown)")))


_IDENTIFIER = re.compile(r"iphone(\d{1,3}),\d{1,2}", re.ASCII)
_NUMBERED = re.compile(r"iphone ?(\d{1,2})(?![\d,]).*", re.ASCII)
_UNNUMBERED = re.compile(r"iphone ?(?:x[rs]?|air)(?: .*)?")
_LATER_SE = re.compile(r"iphone ?se ?\(?(?:2|3|2nd|3rd|第[23二三]代|2020|2022)(?: gen(?:eration)?)?\)?")


def is_iphone_8_or_later(model: str) -> bool:
    """Whether `model`, an Apple identifier (`iPhone10,1`) or trade name (`iPhone 8`), is new enough.

    Mind that the identifier `iPhone8,1` is an iPhone 6s.
    """
    name = _folded(model)
    if match := _IDENTIFIER.fullmatch(name):
        return int(match[1]) >= 10
    if match := _NUMBERED.fullmatch(name):
        return int(match[1]) >= 8
    return bool(_UNNUMBERED.fullmatch(name) or _LATER_SE.fullmatch(name))


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).lower().replace("apple ", "", 1).split())


# --- Exam machines and the site's network (二(二)): warnings only ---


def machine_problems(
    os: str,
    memory_mb: int | None,
    disk_gb: float | None,
    opengl: str | None,
    directx: str | None,
    client_version: str | None,
    required_client: Version,
) -> list[Problem]:
    """What an exam machine lacks by clause 二(二); warnings, nobody is kept out by them.

    A fact that is None was not reported and is not judged. Codes: `os_not_listed memory_too_small
    disk_too_small opengl_too_old directx_too_old client_too_old unreadable_version`.
    """
    found = [
        _machine_os(os),
        _machine_memory(memory_mb),
        _machine_disk(disk_gb),
        _graphics("opengl_too_old", "OpenGL", opengl, MACHINE_OPENGL),
        _graphics("directx_too_old", "DirectX", directx, MACHINE_DIRECTX),
        _machine_client(client_version, required_client),
    ]
    return [problem for problem in found if problem]


_LISTED_WINDOWS = re.compile(r"\bwin(?:dows)?[ -]?(?:10|7)(?![\d.])", re.IGNORECASE)


def _machine_os(os: str) -> Problem | None:
    if _LISTED_WINDOWS.search(os):
        return None
    detail = Text(
        "操作系统不在建议之列：建议 Win10，兼容 Win7（32 位或 64 位）。",
        "The system is not a listed one: Windows 10 is advised, Windows 7 works (32 or 64 bit).",
    )
    return Problem("os_not_listed", detail)


def _machine_memory(memory_mb: int | None) -> Problem | None:
    if memory_mb is None or memory_mb >= FOUR_GB_REPORTED_MB:
        return None
    detail = Text("内存 {mb} MB，须 4 GB 及以上。", "{mb} MB of memory; 4 GB or more are needed.")
    return Problem("memory_too_small", detail.format(mb=memory_mb))


def _machine_disk(disk_gb: float | None) -> Problem | None:
    if disk_gb is None or disk_gb >= MACHINE_DISK_GB:
        return None
    detail = Text("存储 {gb:g} GB，须 {need} GB 及以上。", "{gb:g} GB of disk; {need} GB or more are needed.")
    return Problem("disk_too_small", detail.format(gb=disk_gb, need=MACHINE_DISK_GB))


def _graphics(code: str, name: str, reported: str | None, minimum: Version) -> Problem | None:
    """Drivers add a name or a letter (`4.6.0 NVIDIA 531.41`, `9.0c`): only the leading numbers count."""
    if reported is None:
        return None
    leading = re.match(r"\d{1,4}(?:\.\d{1,4}){0,2}", reported.strip(), re.ASCII)
    if not leading:
        return _unreadable(reported)
    if Version.parse(leading[0]) >= minimum:
        return None
    detail = Text(
        "{name} {version} 过低，须 {minimum} 及以上。",
        "{name} {version} is too old; {minimum} or later is needed.",
    )
    return Problem(code, detail.format(name=name, version=leading[0], minimum=minimum))


def _machine_client(client_version: str | None, required: Version) -> Problem | None:
    if client_version is None:
        return None
    try:
        version = Version.parse(client_version)
    except UnreadableVersion:
        return _unreadable(client_version)
    if version >= required:
        return None
    detail = Text(
        "考试客户端 {version} 过旧，请更新到 {required}。",
        "Exam client {version} is too old; update it to {required}.",
    )
    return Problem("client_too_old", detail.format(version=version, required=required))


def bandwidth_problems(up_mbps: float, down_mbps: float, seats: int, listening: bool) -> list[Problem]:
    """What the site's line lacks for its seats in use in a unit (二(二)); warnings only.

    Per 100 seats, in proportion: 40 Mb/s up, 200 down, 500 down when listening papers sit there. Codes:
    `up_too_slow down_too_slow`.
    """
    down_per_100 = DOWN_PER_100_LISTENING if listening else DOWN_PER_100
    lines = [
        ("up_too_slow", Text("上行", "up"), up_mbps, UP_PER_100 * seats),
        ("down_too_slow", Text("下行", "down"), down_mbps, down_per_100 * seats),
    ]
    detail = Text(
        "{seats} 个机位须{way} {need:g} Mb/s 及以上，现为 {have:g} Mb/s。",
        "{seats} seats need {need:g} Mb/s {way}; the line has {have:g}.",
    )
    return [
        Problem(code, detail.format(seats=seats, way=way, need=needed / 100, have=have))
        for code, way, have, needed in lines
        if have * 100 < needed
    ]


def _unreadable(text: str) -> Problem:
    detail = Text("无法识别版本号“{text}”。", "The version '{text}' cannot be read.")
    return Problem("unreadable_version", detail.format(text=text.strip()[:40]))
