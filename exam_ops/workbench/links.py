"""Links from the roof to the pages of the floors below."""

from typing import Any

from django.urls import NoReverseMatch, reverse


def url_or_nothing(name: str, *args: Any, **query: Any) -> str:
    """The address of a named page, with a query; an empty text where no such page stands."""
    if not name:
        return ""
    try:
        return reverse(name, args=args, query={k: v for k, v in query.items() if v} or None)
    except NoReverseMatch:
        return ""
