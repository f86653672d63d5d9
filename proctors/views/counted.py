"""Whole numbers as addresses and forms name them."""


def number(text: str | None) -> int | None:
    """A key or a revision; None for what is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
