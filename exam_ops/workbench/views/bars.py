"""Figures drawn as one bar: a piece a state, in the state's colour."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.rules.text import Text
from verification.selectors.entry import Stats

PIECES = (
    ("signed_in", "in", _("已签到")),
    ("approved", "approved", _("已批准")),
    ("pending", "pending", _("待审批")),
    ("rejected", "rejected", _("未通过")),
    ("absent", "absent", _("缺考")),
)
GAP = 0.35  # per cent of the bar left between two pieces


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: where it begins and how wide it is, in per cent of the bar."""

    state: str
    label: Any
    value: int
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The pieces, and the whole in words for whoever can't see them."""

    pieces: list[Piece]
    done: int
    total: int

    @property
    def words(self) -> Text:
        said = Text(f"已入场 {self.done} / {self.total}", f"{self.done} of {self.total} let in")
        return said


def bar(stats: Stats) -> Bar:
    """The bar of `stats`; those not signed in are the empty rest."""
    pieces, left = [], 0.0
    for name, state, label in PIECES:
        value = getattr(stats, name)
        width = 100 * value / stats.registered if stats.registered else 0.0
        if value > 0:
            pieces.append(
                Piece(state, label, value, f"{left:.2f}%", f"{max(min(width, 100 - left) - GAP, 0.8):.2f}%")
            )
        left += max(width, 0.0)
    return Bar(pieces, stats.signed_in + stats.approved, stats.registered)
