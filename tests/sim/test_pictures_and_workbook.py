from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from exam_ops.sim import camera, workbook

EXAMPLE = next(Path(__file__).parents[2].glob("examples/*.xlsx"))
TAKEN = datetime(2025, 12, 6, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def book():
    return workbook.read(EXAMPLE)


def test_a_panorama_is_a_jpeg_with_its_time():
    picture = camera.panorama(
        seats=30, empty=[2], marked=[5], taken_at=TAKEN, lines=["示例路 1 号", "90101 03"]
    )
    image = Image.open(BytesIO(picture))
    assert image.format == "JPEG"
    assert image.getexif().get_ifd(0x8769)[0x9003] == "2025:12:06 09:00:00"


@pytest.mark.parametrize("size", [250_000, 400_000, 4_000_000])
def test_a_panorama_is_as_large_as_asked(size):
    picture = camera.panorama(seats=30, taken_at=TAKEN, lines=["90101"], size=size)
    assert size * 0.6 <= len(picture) <= size


def test_faces_differ_by_seed_alone():
    assert camera.face(1) == camera.face(1) != camera.face(2)
    assert Image.open(BytesIO(camera.face(1))).format == "JPEG"


def test_seats_stand_inside_the_picture():
    spots = [camera.seat_at(i, 30) for i in range(30)]
    assert len(set(spots)) == 30
    assert all(0 < x < 1 and 0 < y < 0.88 for x, y in spots)


def test_reads_who_sits_where_with_the_secret_of_the_login(book):
    candidate = next(c for c in book.candidates if c.room)
    assert book.by_ticket[candidate.unit, candidate.ticket_no] is candidate
    assert len(candidate.last4) == 4
    assert candidate.minutes in (60, 90)


def test_reads_two_proctors_of_a_room_the_lead_first(book):
    rooms = book.proctors("U1")
    assert all(len(usernames) == 2 for usernames in rooms.values())
    lead = {(d.site, d.room): d.username for d in book.duties if d.unit == "U1" and d.is_lead}
    assert all(usernames[0] == lead[room] for room, usernames in rooms.items())


def test_names_the_sheet_that_is_missing(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "empty.xlsx") as empty:
        empty.add_worksheet("考点")
    with pytest.raises(KeyError, match="试卷"):
        workbook.read(tmp_path / "empty.xlsx")
