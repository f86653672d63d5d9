"""Rules on where sites lie."""

from exam_ops.office.loading.book import Book
from exam_ops.office.loading.report import Problems
from exam_ops.rules.text import Text

_HALF = Text(
    "纬度和经度要么都填，要么都不填。请补齐。",
    "Latitude and longitude stand together or not at all. Add the other.",
)
_TOO_FAR = Text(
    "纬度应在 -90 到 90 之间。是否与经度填反了？",
    "A latitude lies from -90 to 90. Did the two change places?",
)


def check_places(book: Book, problems: Problems) -> None:
    """A site has both coordinates or none; a cell that could not be read has been named already."""
    for row in book["考点"]:
        if not {"latitude", "longitude"} <= row.values.keys():
            continue
        empty = [name for name in ("latitude", "longitude") if row[name] is None]
        if len(empty) == 1:
            problems.error(row, empty[0], _HALF)
        elif not empty and abs(row["latitude"]) > 90:
            problems.error(row, "latitude", _TOO_FAR)
