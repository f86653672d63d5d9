"""Reads the watermark in a picture, by the model that comes with the extra `ocr`; in a worker of its own.

The reader takes seconds and most of a gigabyte, so no other process loads it. It sees the picture's upper and
lower edge alone, where every camera writes.
"""

import io
import logging
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from PIL import Image, ImageOps

from exam_ops.core import files
from exam_ops.rules import watermark
from exam_ops.rules.evidence_checks import Found, State
from exam_ops.rules.watermark import Line
from incidents.services.check_subject import Subject
from incidents.services.pictures import FORMATS

log = logging.getLogger(__name__)

WIDEST = 1600  # pixels in which the edges are read
EDGES = ((0.0, 0.14), (0.82, 1.0))  # shares of the height


def look(subject: Subject) -> Found:
    """The watermark beside the claimed time and the address at which the unit is sat.

    Raises `FileNotFoundError` where the original is lost.
    """
    site_unit = subject.site_unit
    try:
        lines = read(subject)
    except ImportError as error:
        log.critical("watermarks can't be read, the extra `ocr` is not installed: %s", error)
        return Found(State.MISSING, "ocr_missing")
    return watermark.judge(
        lines,
        claimed=subject.evidence.captured_at,
        start=site_unit.start,
        received=subject.plan.plan_time(subject.evidence.received_at),
        address=site_unit.where,
    )


def read(subject: Subject) -> list[Line]:
    """The lines at the picture's edges, from top to bottom."""
    with files.open(subject.evidence.sha256) as file, Image.open(file, formats=FORMATS) as picture:
        picture.draft("RGB", (WIDEST, WIDEST))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((WIDEST, WIDEST))
    lines: list[Line] = []
    for top, bottom in EDGES:
        edge = upright.crop((0, int(top * upright.height), upright.width, int(bottom * upright.height)))
        lines += _lines(edge)
    return lines


def _lines(edge: Image.Image) -> list[Line]:
    out = io.BytesIO()
    edge.save(out, "PNG", compress_level=1)
    found = _reader()(out.getvalue())
    pairs = zip(found.txts or (), found.scores or (), strict=True)
    return [Line(str(text), float(score)) for text, score in pairs]


@cache
def _reader() -> Callable[[bytes], Any]:
    settings = {
        "Det.limit_type": "max",  # edges are read as large as they are, not blown up to a height
        "Det.limit_side_len": WIDEST,
        "Global.log_level": "error",
    }
    return import_module("rapidocr").RapidOCR(params=settings)
