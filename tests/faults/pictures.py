"""Tiny whole pictures, each with bytes of its own, so that each is a file of its own."""

import io
from functools import cache

from PIL import Image


@cache
def _blank() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (120, 120, 120)).save(out, "JPEG")
    return out.getvalue()


def jpeg(mark: bytes) -> bytes:
    """A JPEG of a few hundred bytes with `mark` in its comment."""
    length = (len(mark) + 2).to_bytes(2, "big")
    return _blank()[:2] + b"\xff\xfe" + length + mark + _blank()[2:]
