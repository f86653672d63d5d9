"""What a machine may say of 应急材料 (C14, C15; reading 16): hints beside the picture, never a refusal.

Time and place of a picture can be set by hand, so they are claims; that they are missing is common and is said
as such. Distances are metres on a sphere, good to half a percent.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from typing import Any

from exam_ops.rules.photo_hints import FLAT_BELOW, LIGHT_FROM, LIGHT_UNTIL, SHARP_FROM, Measures
from exam_ops.rules.text import Text

SHORTEST_SIDE = 720  # pixels: a head in the last of eight rows still has about twenty
APART_FROM = timedelta(minutes=5)  # a larger difference between two times of one picture is flagged
AWAY_FROM = 1000.0  # metres; a larger distance to the site is flagged
SURE_FROM = 0.9  # score of what was read in a picture; below it a person should look
NAMED = 5  # places or seats that are named, of however many

_EARTH = 6_371_008.8  # metres, mean radius


class Name(StrEnum):
    """The checks; those that a caller knows from the answer to the upload are among them."""

    IMAGE = "image"
    CAPTURE_TIME = "capture_time"
    OPENS = "opens"
    EXIF_TIME = "exif_time"
    EXIF_PLACE = "exif_place"
    SAME_PICTURE = "same_picture"
    STRIP = "strip"
    WATERMARK = "watermark"
    MARKS = "marks"


class State(StrEnum):
    PENDING = "pending"
    PASSED = "passed"
    FLAGGED = "flagged"  # a person should look
    MISSING = "missing"  # the picture does not carry what would be compared
    FAILED = "failed"  # the check itself broke down, several times


LABELS: dict[str, Text] = {
    Name.IMAGE: Text("文件完整", "Whole file"),
    Name.CAPTURE_TIME: Text("拍摄时间", "Time taken"),
    Name.OPENS: Text("清晰度", "Clear enough"),
    Name.EXIF_TIME: Text("照片内时间", "Time in the file"),
    Name.EXIF_PLACE: Text("照片内位置", "Place in the file"),
    Name.SAME_PICTURE: Text("重复使用", "Used elsewhere"),
    Name.STRIP: Text("校验码", "Check code"),
    Name.WATERMARK: Text("水印文字", "Watermark"),
    Name.MARKS: Text("考生标记", "Marks"),
}

STATES: dict[str, Text] = {
    State.PENDING: Text("检查中", "Being checked"),
    State.PASSED: Text("正常", "Good"),
    State.FLAGGED: Text("请核对", "Please look"),
    State.MISSING: Text("无此信息", "Not given"),
    State.FAILED: Text("未能检查", "Could not be checked"),
}

WORDS: dict[str, Text] = {
    "pending": Text("后台检查中，不影响提交。", "Being checked in the background; the upload stands."),
    "failed": Text(
        "自动检查多次出错，已停止，请人工查看照片。",
        "The check broke down several times and was given up; look at the picture yourself.",
    ),
    "whole": Text("文件完整，能打开。", "The file is whole and opens."),
    "taken_on_time": Text("所述拍摄时间在开考后 25–40 分钟内。", "Said to be taken 25–40 minutes after the start."),
    "taken_otherwise": Text(
        "所述拍摄时间不在开考后 25–40 分钟内或未知，见说明。",
        "Not said to be taken 25–40 minutes after the start; see the reason given.",
    ),
    "clear": Text("{width}×{height} 像素，清晰。", "{width}×{height} pixels, sharp."),
    "unreadable": Text("照片无法解码，请打开原图查看。", "The picture can't be decoded; open the original."),
    "small": Text(
        "只有 {width}×{height} 像素，短边不足 {least}，后排考生可能看不清。",
        "Only {width}×{height} pixels, the shorter side below {least}: the back rows may be unrecognisable.",
    ),
    "dark": Text("照片可能过暗，考生可能看不清。", "It may be too dark to recognise anybody."),
    "bright": Text("照片可能过曝，考生可能看不清。", "It may be overexposed."),
    "blurred": Text("照片可能模糊，考生可能看不清。", "It may be blurred."),
    "time_fits": Text("照片文件记录 {taken}，与所述时间和单元相符。", "The file says {taken}: it fits."),
    "time_off_claim": Text(
        "照片文件记录 {taken}，与所述拍摄时间相差 {minutes} 分钟。",
        "The file says {taken}, {minutes} min from the time that was stated.",
    ),
    "time_off_unit": Text(
        "照片文件记录 {taken}，不在本单元开考至提交之间，相差 {minutes} 分钟。",
        "The file says {taken}, {minutes} min outside the span from the unit's start to the upload.",
    ),
    "no_time": Text(
        "文件未记录时间（转发的照片常如此）。", "The file says no time, as pictures passed on by chat rarely do."
    ),
    "place_fits": Text("照片位置距考点 {metres} 米。", "Taken {metres} m from the site."),
    "place_off": Text("照片位置距考点 {metres} 米，超过 {most} 米。", "Taken {metres} m from the site, more than {most}."),
    "no_place": Text("文件未记录位置（多数手机不记录）。", "The file says no place; most phones leave it out."),
    "site_has_no_place": Text(
        "考点未登记经纬度，无法比较（在考点工作表的“纬度”“经度”列填写）。",
        "The site has no coordinates to compare with (columns 纬度 and 经度 of its sheet).",
    ),
    "moved": Text(
        "本单元已由总部改到其他地点，不与考点位置比较。",
        "Headquarters moved this unit elsewhere; the site's own place is not compared.",
    ),
    "only_here": Text("未在其他考场、单元或学期发现相同照片。", "Found in no other room, unit or term."),
    "flat": Text("画面近乎单色，无法比较。", "Almost one colour; it can't be compared."),
    "same_file": Text("与 {where} 的照片是同一文件。", "The same file as in {where}."),
    "near": Text(
        "与 {where} 的照片几乎相同（64 位中差 {distance} 位）。",
        "Nearly the same picture as in {where} ({distance} of 64 bits apart).",
    ),
    "all_marked": Text("应急考生 {owed} 人已全部标记。", "All {owed} emergency candidates are marked."),
    "none_owed": Text("本考场没有应急考生需要标记。", "No emergency candidate of this room has to be marked."),
    "unmarked": Text(
        "应急考生 {owed} 人中，座位 {seats} 尚未在任何照片上标记。",
        "Of {owed} emergency candidates, seats {seats} are marked in no picture yet.",
    ),
    "ocr_off": Text("未启用识别，请人工查看。", "Not read here; look yourself."),
    "ocr_missing": Text(
        "服务器上没有安装水印识别组件（扩展 ocr），请人工查看。",
        "The extra `ocr` that reads watermarks is not installed; look yourself.",
    ),
    "no_watermark": Text("未读到带时间或地址的水印。", "No watermark with a time or address was read."),
    "mark_fits": Text("水印“{read}”与所述时间和考点地址相符。", "The watermark “{read}” fits the stated time and the site."),
    "read_unsurely": Text(
        "水印读作“{read}”，把握不足（{score}），请人工查看。",
        "The watermark was read as “{read}” with little certainty ({score}); a person should look.",
    ),
    "mark_no_time": Text(
        "水印“{read}”中没有读到时间，请人工查看。", "No time was found in the watermark “{read}”; a person should look."
    ),
    "mark_off": Text(
        "水印时间 {taken} 与所述时间或单元相差 {minutes} 分钟。",
        "The watermark says {taken}, {minutes} min from the stated time or the unit.",
    ),
    "mark_elsewhere": Text(
        "水印“{read}”中没有读到考点地址，请人工查看。",
        "The site's address was not found in the watermark “{read}”; a person should look.",
    ),
    "told": Text("{told}", "{told}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: `code` is a key of `WORDS`, `figures` fill its sentence."""

    state: State
    code: str
    figures: dict[str, Any] = field(default_factory=dict)


def said(code: str, figures: dict[str, Any]) -> Text:
    """The finding in words; a figure may be a text in both languages as it is stored."""
    filled = {k: Text(**v) if isinstance(v, dict) else v for k, v in figures.items()}
    return WORDS[code].format(**filled)


def opens(of: Measures | None) -> Found:
    """Whether a picture that was decoded (None: could not be) is large, light and sharp enough for a room."""
    if of is None:
        return Found(State.FLAGGED, "unreadable")
    size = {"width": of.width, "height": of.height}
    if min(of.width, of.height) < SHORTEST_SIDE:
        return Found(State.FLAGGED, "small", size | {"least": SHORTEST_SIDE})
    asked = (
        ("dark", of.brightness < LIGHT_FROM),
        ("bright", of.brightness >= LIGHT_UNTIL),
        ("blurred", of.sharpness < SHARP_FROM),
    )
    code = next((code for code, applies in asked if applies), "")
    return Found(State.FLAGGED, code, size) if code else Found(State.PASSED, "clear", size)


def is_flat(of: Measures) -> bool:
    """Whether a picture shows next to nothing: all likenesses of that are alike."""
    return of.contrast < FLAT_BELOW


def exif_time(
    taken: datetime | None,
    *,
    claimed: datetime | None,
    start: datetime,
    received: datetime,
    fast: timedelta = timedelta(0),
) -> Found:
    """The time in the file beside what was claimed and the unit; all on one clock.

    `claimed` is the time stated by the sender, on the same phone's clock; `fast` is added to bring that clock
    to the server's. In the unit lies what was taken from its start until it was received.
    """
    if taken is None:
        return Found(State.MISSING, "no_time")
    off_claim = timedelta(0) if claimed is None else abs(taken - claimed)
    at = taken + fast
    off_unit = max(start - at, at - received, timedelta(0))
    figures = {"taken": f"{taken:%Y-%m-%d %H:%M:%S}"}
    for code, off in (("time_off_unit", off_unit), ("time_off_claim", off_claim)):
        if off > APART_FROM:
            return Found(State.FLAGGED, code, figures | {"minutes": round(off / timedelta(minutes=1))})
    return Found(State.PASSED, "time_fits", figures)


def exif_place(place: tuple[float, float] | None, *, site: tuple[float, float] | None) -> Found:
    """Where the file says it was taken beside the site's place; both latitude and longitude in degrees (WGS 84)."""
    if place is None:
        return Found(State.MISSING, "no_place")
    if site is None:
        return Found(State.MISSING, "site_has_no_place")
    metres = distance(place, site)
    if metres > AWAY_FROM:
        return Found(State.FLAGGED, "place_off", {"metres": round(metres), "most": round(AWAY_FROM)})
    return Found(State.PASSED, "place_fits", {"metres": round(metres)})


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two places on the earth (haversine)."""
    lat1, lon1, lat2, lon2 = (radians(degrees) for place in (one, other) for degrees in place)
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH * asin(sqrt(min(1.0, half)))


def marks(owed: int, unmarked: list[str]) -> Found:
    """Whether everybody who owes a picture is marked in one: `unmarked` are seat numbers."""
    if not owed:
        return Found(State.PASSED, "none_owed")
    if not unmarked:
        return Found(State.PASSED, "all_marked", {"owed": owed})
    return Found(State.FLAGGED, "unmarked", {"owed": owed, "seats": listed(unmarked, "、")})


def listed(names: list[str], by: str) -> str:
    """The first few of them, with how many there are when that is not all."""
    more = f" … ({len(names)})" if len(names) > NAMED else ""
    return by.join(names[:NAMED]) + more
