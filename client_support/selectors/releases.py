"""The table of released exam clients (B5)."""

from collections.abc import Collection
from dataclasses import dataclass

from client_support.models import ClientRelease
from exam_ops.rules.versions import CLIENT_REQUIRED, Version


@dataclass(frozen=True, slots=True)
class Releases:
    """The least version that may log in, and every version that was released."""

    required: Version
    released: Collection[Version]


def in_force() -> Releases:
    """The release table as it stands; an empty one means the plan's own client."""
    rows = [
        (Version.parse(version), required)
        for version, required in ClientRelease.objects.values_list("version", "required")
    ]
    required = max((version for version, needed in rows if needed), default=CLIENT_REQUIRED)
    return Releases(required, {version for version, _ in rows} or {CLIENT_REQUIRED})
