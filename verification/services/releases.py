"""The App's release table (B1): entered, withdrawn, let through by headquarters; never edited.

Every act holds the rows of its platform, and whoever moves or loads units holds them all before it looks
(`hold_back`): a release and the exams around it can't miss each other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from exam_ops.core import events
from exam_ops.core.errors import FieldError
from exam_ops.core.models import User
from exam_ops.rules.freeze import Planned, lay
from exam_ops.rules.text import Text
from exam_ops.rules.versions import APP_MINIMUM, PLATFORM_NAMES, UnreadableVersion, Version
from verification.models import AppRelease
from verification.selectors import freeze
from verification.selectors.releases import minimum_of
from verification.services import release_news as news
from verification.services import release_refusals as refusals


@dataclass(frozen=True, slots=True)
class Entry:
    """What headquarters enters. `effective_from` None: at once. `word`: why it holds though exams lie around it."""

    platform: str
    minimum_version: str
    latest_version: str
    download_url: str
    effective_from: datetime | None = None
    word: str = ""


@transaction.atomic
def add(entry: Entry, *, actor: User, now: datetime) -> AppRelease:
    """Enters a release; a new minimum is told to proctors, sites and support.

    Raises `BadRelease` (each field with its reason), `MomentTaken`, `NothingNew`, `Frozen`.
    """
    check(entry, now=now)
    rows = _hold(entry.platform)
    at = entry.effective_from or now
    if any(row.effective_from == at for row in rows):
        raise refusals.MomentTaken()
    if _says(entry) == _says(_before(at, rows)):
        raise refusals.NothingNew()
    fresh = AppRelease(
        platform=entry.platform,
        minimum_version=entry.minimum_version.strip(),
        latest_version=entry.latest_version.strip(),
        download_url=entry.download_url,
        effective_from=at,
        entered_by=actor,
        entered_at=now,
    )
    if (holds_from := _laid([*rows, fresh], now)[_NEW]) != at:
        if not entry.word.strip():
            raise refusals.Frozen(at, freeze.hits(at), holds_from)
        fresh.word, fresh.word_by, fresh.word_at = entry.word.strip(), actor, now
    fresh.save(force_insert=True)
    _record("release.added", fresh, actor=actor, now=now, word=fresh.word)
    if is_new_minimum(fresh, rows):
        news.announce(fresh, now=now)
    _settle([*rows, fresh], now=now)
    return fresh


@transaction.atomic
def withdraw(release: AppRelease, *, why: str, actor: User, now: datetime) -> AppRelease:
    """Takes back one that does not hold yet; whoever was told of its minimum is told so.

    Raises `Invalid` without a reason, `Withdrawn`, `InForce`.
    """
    if not why.strip():
        raise refusals.reason_missing("why")
    rows = _hold(release.platform)
    row = _not_in_force(release, rows, now)
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = now, actor, why.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    _record("release.withdrawn", row, actor=actor, now=now, why=row.withdrawn_why)
    rest = [other for other in rows if other.pk != row.pk]
    if is_new_minimum(row, rest):
        news.take_back(row, now=now)
    _settle(rest, now=now)
    return row


@transaction.atomic
def let_through(release: AppRelease, *, word: str, actor: User, now: datetime) -> AppRelease:
    """Headquarters' word for a minimum that waits for the end of exams: it holds from the time entered, or at once.

    Raises `Invalid` without a reason, `Withdrawn`, `InForce`, `NotHeld`.
    """
    if not word.strip():
        raise refusals.reason_missing("word")
    rows = _hold(release.platform)
    row = _not_in_force(release, rows, now)
    if row.held_until is None:
        raise refusals.NotHeld(**_words_of(row))
    row.word, row.word_by, row.word_at = word.strip(), actor, now
    row.save(update_fields=["word", "word_by", "word_at"])
    _record("release.let_through", row, actor=actor, now=now, word=row.word)
    _settle(rows, now=now)
    return row


@transaction.atomic
def hold_back(*, now: datetime) -> list[AppRelease]:
    """Lays anew when each release holds, after units were moved or loaded; headquarters is told of each that waits.

    Returns those whose moment changed. Call in the transaction of the change, after its rows are locked.
    """
    changed = []
    for rows in _by_platform(_hold(None)):
        changed += _settle(rows, now=now)
    return changed


def may_be_held(*, now: datetime) -> list[AppRelease]:
    """New minima that do not hold yet, and have no word of headquarters."""
    rows = list(AppRelease.objects.filter(withdrawn_at=None))
    return [
        row
        for row in rows
        if row.holds_from > now
        and not row.word
        and is_new_minimum(row, (other for other in rows if other.platform == row.platform))
    ]


def check(entry: Entry, *, now: datetime) -> None:
    """Raises `BadRelease` with every field that will not do."""
    errors = []
    if entry.platform not in APP_MINIMUM:
        errors.append(
            FieldError("platform", "unknown_platform", Text("请选择平台。", "Choose the platform."))
        )
    minimum = _read("minimum_version", entry.minimum_version, errors)
    latest = _read("latest_version", entry.latest_version, errors)
    if minimum and latest and latest < minimum:
        said = Text("最新版本不能低于最低版本。", "The latest version can't be below the minimum.")
        errors.append(FieldError("latest_version", "below_minimum", said))
    if not entry.download_url.startswith("https://"):
        said = Text("请填写 https:// 开头的下载地址。", "Give a download link that begins with https://.")
        errors.append(FieldError("download_url", "not_https", said))
    if entry.effective_from is not None and entry.effective_from < now:
        said = Text(
            "生效时间已过。请填写以后的时间，或留空表示立即生效。",
            "That moment has passed. Give a later one, or leave it empty for at once.",
        )
        errors.append(FieldError("effective_from", "past", said))
    if errors:
        raise refusals.BadRelease(errors=errors)


def is_new_minimum(release: AppRelease, others: Iterable[AppRelease]) -> bool:
    """Whether it asks for a later App than what is entered before it."""
    before = _before(release.effective_from, others)
    least = minimum_of(before) if before else APP_MINIMUM[release.platform]
    return minimum_of(release) > least


def _before(at: datetime, rows: Iterable[AppRelease]) -> AppRelease | None:
    """The last release that was entered for a moment before `at`."""
    earlier = [row for row in rows if row.effective_from < at]
    return max(earlier, key=lambda row: row.effective_from, default=None)


def _says(release: Entry | AppRelease | None) -> tuple[str, ...]:
    """What a release tells a phone."""
    if release is None:
        return ()
    return (release.minimum_version.strip(), release.latest_version.strip(), release.download_url)


_LONGEST = 32  # characters of a version
_NEW = 0  # key of a release that is not saved yet


def _hold(platform: str | None) -> list[AppRelease]:
    """Locks the releases of a platform, or of all, and returns those that stand: acts on the table wait for each other.

    What somebody else entered meanwhile is seen by a statement of its own alone, after the wait.
    """
    rows = AppRelease.objects.order_by("pk")
    if platform is not None:
        rows = rows.filter(platform=platform)
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.filter(withdrawn_at=None))


def _by_platform(rows: Iterable[AppRelease]) -> list[list[AppRelease]]:
    found: dict[str, list[AppRelease]] = defaultdict(list)
    for row in rows:
        found[row.platform].append(row)
    return list(found.values())


def _laid(rows: Iterable[AppRelease], now: datetime) -> dict[int, datetime]:
    """When each of one platform's rows holds, by primary key; nothing of none."""
    planned = [
        Planned(
            key=row.pk or _NEW,
            minimum=minimum_of(row),
            effective_from=row.effective_from,
            has_word=bool(row.word),
            holds_from=row.holds_from if row.pk and row.holds_from <= now else None,
        )
        for row in rows
    ]
    platform = next((row.platform for row in rows), None)
    if platform is None:
        return {}
    return lay(planned, own=APP_MINIMUM[platform], free_from=freeze.next_free, now=now)


def _settle(rows: list[AppRelease], *, now: datetime) -> list[AppRelease]:
    """Writes when each of one platform's rows holds; returns those for which that changed."""
    changed, laid = [], _laid(rows, now)
    for row in rows:
        at = laid[row.pk]
        if at == row.holds_from:
            continue
        row.held_until = at if at != row.effective_from else None
        row.save(update_fields=["held_until"])
        _record("release.held" if at > now else "release.freed", row, actor=None, now=now, holds_from=at)
        if row.held_until and at > now:
            news.tell_held(row, freeze.hits(max(row.effective_from, now)), now=now)
        changed.append(row)
    return changed


def _not_in_force(release: AppRelease, rows: Iterable[AppRelease], now: datetime) -> AppRelease:
    row = next((row for row in rows if row.pk == release.pk), None)
    if row is None:
        gone = AppRelease.objects.select_related("withdrawn_by").get(pk=release.pk)
        by = gone.withdrawn_by.name if gone.withdrawn_by else ""
        raise refusals.Withdrawn(by=by, **_words_of(gone))
    if row.holds_from <= now:
        raise refusals.InForce(at=refusals.shown(row.holds_from), **_words_of(row))
    return row


def _words_of(row: AppRelease) -> dict[str, Any]:
    return {"platform": PLATFORM_NAMES[row.platform], "minimum": row.minimum_version}


def _read(field: str, text: str, errors: list[FieldError]) -> Version | None:
    try:
        if len(text) > _LONGEST:
            raise UnreadableVersion(text)
        return Version.parse(text)
    except UnreadableVersion:
        said = Text(
            "无法识别版本号“{text}”，请写成 4.0.2 这样的数字。",
            "“{text}” can't be read. Write numbers such as 4.0.2.",
        ).format(text=text.strip()[:32])
        errors.append(FieldError(field, "unreadable_version", said))
        return None


def _record(kind: str, row: AppRelease, *, actor: User | None, now: datetime, **data: object) -> None:
    told = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in data.items() if v}
    events.record(
        kind,
        now=now,
        actor=actor,
        subject=f"{PLATFORM_NAMES[row.platform]} {row.minimum_version}",
        release=row.pk,
        latest=row.latest_version,
        effective_from=row.effective_from.isoformat(),
        **told,
    )
