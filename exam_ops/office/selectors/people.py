"""The rows of the registry as a workbook: numbers masked, states in words (B2, E9)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from exam_ops.core.language import say
from exam_ops.core.models import ProctorProfile
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from proctors import registry_words

HEADERS = (
    Text("工号", "Account"),
    Text("姓名", "Name"),
    Text("分部", "Branch"),
    Text("考点", "Site"),
    Text("证件类型", "Document"),
    Text("证件号码", "ID number"),
    Text("手机", "Phone"),
    Text("状态", "State"),
    Text("还缺", "Missing"),
    Text("说明", "Because"),
    Text("状态时间", "Since"),
    Text("已编排", "Rostered"),
)
_YES = Text("是", "yes")


def listed(profiles: Iterable[ProctorProfile]) -> Iterator[tuple[str, ...]]:
    """One row a proctor, in the order given."""
    for profile in profiles:
        shown = registry_words.shown(profile)
        yield (
            profile.user.username,
            profile.user.name,
            profile.site.branch.name,
            profile.site.name,
            shown["document"],
            shown["number"],
            shown["phone"],
            str(shown["chip"]["label"]),
            "、".join(shown["needs"]),
            profile.status_reason,
            _clock(profile.status_at),
            say(_YES) if shown["is_rostered"] else "",
        )


def _clock(at: datetime | None) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}" if at else ""
