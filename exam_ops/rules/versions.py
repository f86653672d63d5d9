"""Which App and which exam client may be used (clauses 二(一)2 and 二(二); B1, B5, C10)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import total_ordering
from itertools import dropwhile
from typing import Literal

Platform = Literal["android", "harmonyos", "harmonyos_next", "ios"]

_READABLE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,3}(?:-[0-9]{1,9})?")


class UnreadableVersion(ValueError):
    """The text is not a version of numbers such as `4.0.2` or `1.2.2-0`."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version compared number by number: 4.0.10 is later than 4.0.9.

    Missing parts are 0, so `4` = `4.0.0` and `1.2.2` = `1.2.2-0`. Equal versions have equal hashes however
    they were written; `str()` gives the text back as it was read.
    """

    parts: tuple[int, ...]
    build: int = 0
    text: str = field(default="", compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read one to four numbers and an optional build after `-`; ASCII digits only.

        Raises `UnreadableVersion` for anything else: a beta is not a release.
        """
        cleaned = text.strip(" ")
        if not _READABLE.fullmatch(cleaned):
            raise UnreadableVersion(text)
        numbers, _, build = cleaned.partition("-")
        backwards = dropwhile(lambda part: part == 0, (int(part) for part in reversed(numbers.split("."))))
        return cls(tuple(backwards)[::-1], int(build or 0), cleaned)

    def __lt__(self, other: "Version") -> bool:
        return (self.parts, self.build) < (other.parts, other.build)

    def __str__(self) -> str:
        return self.text


APP_MINIMUM: Mapping[str, Version] = {
    "android": Version.parse("4.0.0"),
    "harmonyos": Version.parse("4.0.0"),
    "harmonyos_next": Version.parse("4.0.1"),
    "ios": Version.parse("4.0.2"),
}
"""The plan's own minimum per platform (二(一)2); headquarters' release table may set another."""

PLATFORM_NAMES: Mapping[str, str] = {
    "android": "Android",
    "harmonyos": "HarmonyOS",
    "harmonyos_next": "HarmonyOS NEXT",
    "ios": "iOS",
}

CLIENT_REQUIRED = Version.parse("1.2.2-0")
"""The plan's own exam client (二(二)); headquarters' release table may require another."""

AppProblem = Literal["app_too_old", "unknown_platform", "unreadable_version"]


def app_problem(platform: str, app_version: str, minimum: Version | None = None) -> AppProblem | None:
    """Why this App may not be used on `platform`, or None (二(一)2: 旧版本无法使用).

    `minimum` is the one in force by the release table; without it the plan's own holds.
    """
    if platform not in APP_MINIMUM:
        return "unknown_platform"
    try:
        version = Version.parse(app_version)
    except UnreadableVersion:
        return "unreadable_version"
    return "app_too_old" if version < (minimum or APP_MINIMUM[platform]) else None


def client_fits(version: str, required: Version, released: Collection[Version]) -> bool:
    """Whether an exam client may log in: at least the required version, and one that was released (二(二)).

    A version that can't be read fits nothing.
    """
    try:
        client = Version.parse(version)
    except UnreadableVersion:
        return False
    return client >= required and client in released
