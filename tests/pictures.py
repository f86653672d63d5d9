"""Pictures of nothing, drawn for tests."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def jpeg(size: tuple[int, int] = (640, 480), colour: str = "grey") -> bytes:
    """A plain JPEG."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def upload(content: bytes | None = None, name: str = "room.jpg") -> SimpleUploadedFile:
    """A picture as a form sends it."""
    return SimpleUploadedFile(name, jpeg() if content is None else content, "image/jpeg")
