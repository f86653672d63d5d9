"""Branches and sites of a unit as lines: narrowed by a count or a text, troubled ones first and always shown."""

from collections.abc import Hashable, Mapping
from typing import Any

from verification.selectors.figures import Figures, total
from verification.views import counts
from verification.views.parts import Filter


def line(name: str, code: str, url: str, figures: Figures) -> dict[str, Any]:
    """One branch, site or unit with its figures."""
    return {
        "name": name,
        "code": code,
        "url": url,
        "figures": figures,
        "cells": counts.cells(figures),
        "small": counts.small_notes(figures),
        "bar": counts.bar(figures.stats, figures.usual),
        "is_troubled": bool(figures.troubled),
        "tone": "trouble" if figures.incidents else "watch" if figures.troubled else "",
    }


def listed(
    made: list[dict[str, Any]], found: Mapping[Hashable, Figures], chosen: Filter, path: str
) -> dict[str, Any]:
    """The lines that are meant, those in trouble beside, how many are hidden, and the sum of all as counts."""
    kept = [one for one in made if _is_meant(one, chosen)]
    troubled = [one for one in made if one["is_troubled"] and one not in kept]
    everything = total(found.values())
    if chosen.show:
        for one in made:
            one["url"] = f"{one['url']}?show={chosen.show}"
    return {
        "lines": sorted(kept, key=_rank),
        "others": sorted(troubled, key=_rank),
        "hidden": len(made) - len(kept) - len(troubled),
        "counts": counts.figure_counts(everything, chosen, path),
        "bar": counts.bar(everything.stats, everything.usual),
    }


def _rank(one: dict[str, Any]) -> tuple[Any, ...]:
    """Trouble first: open incidents, then who waits, then rooms in trouble; else by code."""
    figures = one["figures"]
    return (
        not one["is_troubled"],
        -figures.incidents,
        -figures.stats.pending,
        -figures.troubled,
        one["code"],
    )


def _is_meant(one: dict[str, Any], chosen: Filter) -> bool:
    text = chosen.text.lower()
    if text and text not in one["name"].lower() and text not in one["code"].lower():
        return False
    return not chosen.show or counts.value_of(one["figures"], chosen.show) > 0
