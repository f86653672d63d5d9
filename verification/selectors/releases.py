"""Which App a phone must have, and whether a phone may be used at all (B1, B3; clauses 二(一)2 and 3)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from exam_ops.rules.equipment import Problem, phone_problems
from exam_ops.rules.text import Text
from exam_ops.rules.versions import APP_MINIMUM, UnreadableVersion, Version, app_problem
from verification.models import AppRelease


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as its App describes it; a fact that is None was not told and is not judged."""

    platform: str
    app_version: str | None = None
    os_version: str | None = None
    model: str | None = None
    memory_mb: int | None = None
    form_factor: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds for a phone: the release in force for its platform and every rule that it fails."""

    release: AppRelease | None
    app: str | None  # code of what is wrong with the App
    of_the_app: list[Problem] = field(default_factory=list)
    of_the_phone: list[Problem] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return [*self.of_the_app, *self.of_the_phone]

    @property
    def update_required(self) -> bool:
        return self.app in ("app_too_old", "unreadable_version")

    @property
    def supported(self) -> bool:
        """Whether the phone will do once its App is up to date."""
        return not self.beyond_an_update

    @property
    def beyond_an_update(self) -> list[Problem]:
        """The problems that the download of a newer App does not solve."""
        return [p for p in self.problems if p.code != "app_too_old"]

    @property
    def beyond_support(self) -> list[Problem]:
        """Those that support can't waive either: it admits a phone, never an App, and there is none for an unknown system."""
        unknown = [p for p in self.of_the_phone if p.code == "unknown_platform"]
        return [p for p in self.of_the_app if p.code != "app_too_old"] + unknown


DOWNLOAD_URL = "https://one.ouchn.cn/"
"""Where the plan sends people (二(三)1), until headquarters enters a link of its own."""

_APP_SENTENCES = {
    "app_too_old": Text(
        "App 版本 {version} 过低，须 {minimum} 及以上，请更新后重新登录。",
        "App {version} is too old; {minimum} or later is needed. Update and sign in again.",
    ),
    "unreadable_version": Text(
        "无法识别 App 版本“{version}”，请安装正式版 {minimum} 及以上。",
        "The App version “{version}” can't be read. Install a released version, {minimum} or later.",
    ),
}


class Table:
    """The releases in force at one instant, read in one statement: for many phones, or all platforms."""

    def __init__(self, rows: Iterable[AppRelease], now: datetime) -> None:
        """`rows` hold at `now`; of those of one platform the last is in force."""
        self._rows = {row.platform: row for row in rows}
        self._now = now

    @classmethod
    def at(cls, now: datetime, *, platform: str | None = None) -> "Table":
        """What holds at `now`, of one platform or of all."""
        rows = AppRelease.objects.holding(now)
        if platform is not None:
            rows = rows.filter(platform=platform)
        return cls(rows.order_by("effective_from"), now)

    def in_force(self, platform: str) -> AppRelease | None:
        """The release that holds for `platform`; None for a platform that has no App.

        Without a row of the table the plan's own minimum holds, as an unsaved release.
        """
        if platform not in APP_MINIMUM:
            return None
        return self._rows.get(platform) or _plans_own(platform, self._now)

    def judge(self, phone: Phone) -> Verdict:
        """Judges App and phone by the release table and the plan's limits."""
        of_the_phone = phone_problems(
            phone.platform, phone.os_version, phone.model, phone.memory_mb, phone.form_factor
        )
        release = self.in_force(phone.platform)
        if phone.app_version is None or release is None:
            return Verdict(release, None, of_the_phone=of_the_phone)
        minimum = minimum_of(release)
        app = app_problem(phone.platform, phone.app_version, minimum)
        if app is None:
            return Verdict(release, None, of_the_phone=of_the_phone)
        sentence = _APP_SENTENCES[app].format(version=phone.app_version[:32], minimum=minimum)
        return Verdict(release, app, [Problem(app, sentence)], of_the_phone)


def _plans_own(platform: str, now: datetime) -> AppRelease:
    minimum = str(APP_MINIMUM[platform])
    return AppRelease(
        platform=platform,
        minimum_version=minimum,
        latest_version=minimum,
        download_url=DOWNLOAD_URL,
        effective_from=now,
    )


def releases(*, now: datetime) -> list[AppRelease]:
    """The releases in force, one a platform: for the download page and the readiness list."""
    table = Table.at(now)
    return [found for platform in APP_MINIMUM if (found := table.in_force(platform))]


def judge(phone: Phone, *, now: datetime) -> Verdict:
    """Judges one phone by what holds at `now`."""
    return Table.at(now, platform=phone.platform).judge(phone)


def minimum_of(release: AppRelease) -> Version:
    """The minimum of a release; a row that somebody mistyped opens no door."""
    try:
        return Version.parse(release.minimum_version)
    except UnreadableVersion:
        return APP_MINIMUM[release.platform]
