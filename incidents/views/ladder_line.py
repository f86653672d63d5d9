"""A rehearsal drawn on a time line: a lane a level, a dot a telling, a bar for its time to acknowledge."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from exam_ops.rules.ladder import LEVELS
from incidents import words
from incidents.services.rehearsal import Planned
from incidents.views.ladder_words import after

LEFT, WIDTH = 3.0, 93.0  # per cent of the drawing that the time takes
TICKS = 4


def drawn(planned: Sequence[Planned], begins: datetime) -> dict[str, Any] | None:
    """Lanes and ticks with their places in per cent; None when nobody is told at all."""
    if not planned:
        return None
    last = max(step.acknowledge_by for step in planned) - begins

    def place(at: datetime) -> float:
        return LEFT + WIDTH * ((at - begins) / last)

    lanes = [
        {
            "label": words.LEVELS[level],
            "marks": [
                {
                    "x": f"{place(step.at):.2f}%",
                    "width": f"{max(place(step.acknowledge_by) - place(step.at), 0.5):.2f}%",
                    "nobody": not step.users,
                    "label": after(step.at - begins),
                }
                for step in planned
                if step.level == level
            ],
        }
        for level in LEVELS
    ]
    return {
        "lanes": [lane for lane in lanes if lane["marks"]],
        "ticks": [
            {"x": f"{LEFT + WIDTH * n / TICKS:.2f}%", "label": after(last * n / TICKS)}
            for n in range(TICKS + 1)
        ],
    }
