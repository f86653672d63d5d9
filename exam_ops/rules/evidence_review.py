"""Review of 应急材料: by the site's chief, then by the branch (C14, C16). All instants are plan time."""

from datetime import datetime
from enum import StrEnum

from exam_ops.rules.post_exam import due_at
from exam_ops.rules.text import Text


class Level(StrEnum):
    SITE = "site"
    BRANCH = "branch"


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    ASKED_AGAIN = "asked_again"
    DOUBTFUL = "doubtful"
    TAKEN_BACK = "taken_back"  # the verdict before it holds no more


WORDS: dict[Verdict, Text] = {
    Verdict.ACCEPTED: Text("认可", "accepted"),
    Verdict.ASKED_AGAIN: Text("要求补拍", "asked again"),
    Verdict.DOUBTFUL: Text("存疑", "doubtful"),
    Verdict.TAKEN_BACK: Text("撤回结论", "verdict taken back"),
}
LEVEL_WORDS: dict[Level, Text] = {Level.SITE: Text("主考", "chief"), Level.BRANCH: Text("分部", "branch")}


def may_ask_again(*, now: datetime, closes: datetime) -> bool:
    """Another picture may be asked for while evidence is open, `[…, closes)`."""
    return now < closes


def branch_may_speak(*, site_spoke: bool, is_chiefs_own: bool, start: datetime, now: datetime) -> bool:
    """Whether the branch's turn has come for a picture of a unit that starts at `start`.

    After the site's chief; directly where the chief sent the picture, or left it for the whole day of the unit.
    """
    return site_spoke or is_chiefs_own or now >= due_at(start)


def needs_note(
    verdict: Verdict,
    *,
    is_change: bool = False,
    overruled: Verdict | None = None,
    without_picture: bool = False,
) -> bool:
    """Whether a verdict must say why: all but a plain acceptance.

    `overruled`: what the site's chief said, where the branch speaks; `without_picture`: it is of a missed duty.
    """
    differs = overruled is not None and overruled is not verdict
    return verdict is not Verdict.ACCEPTED or is_change or differs or without_picture
