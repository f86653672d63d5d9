"""The check code of the evidence camera: what it says, and every way in which it does not fit its picture."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules import strip
from exam_ops.rules.strip import Comment, Found

KEY, ROOM = b"the portal's", 77
SINCE = datetime(2025, 12, 6, 0, 10, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=26)
TAKEN = datetime(2025, 12, 6, 1, 1, 2, 500_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CODE = strip.issue(KEY, room_session=ROOM, now=SINCE, until=UNTIL, nonce=b"ab")


def comment(taken: datetime = TAKEN, *, code: str = CODE, sha256: str = "aa") -> Comment:
    """What the phone writes into the picture `sha256`."""
    at = taken.isoformat()
    return Comment(code, at, strip.seal(strip.phone_key(KEY, code), at, sha256))


def judge(found: Comment | None, *, sha256="aa", said_code="", room_session=ROOM, captured_at=TAKEN) -> Found:
    return strip.judge(
        KEY, found, sha256, said_code=said_code, room_session=room_session, captured_at=captured_at
    )


def test_a_code_says_for_which_room_and_until_when():
    assert strip.read(KEY, CODE) == strip.Issue(ROOM, SINCE, UNTIL)
    assert len(CODE.split("-")) == 8


@pytest.mark.parametrize("code", ["", "é", CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), CODE[5:]])
def test_a_code_that_is_not_ours_says_nothing(code):
    assert strip.read(KEY, code) is None
    assert strip.read(b"another", CODE) is None


def test_what_the_camera_made_is_valid():
    assert judge(comment(), said_code=CODE) is Found.VALID


def test_a_picture_of_another_camera_has_none():
    assert judge(None) is Found.NONE


def test_sent_to_another_room_it_says_so():
    assert judge(comment(), room_session=ROOM + 1) is Found.OTHER_ROOM


@pytest.mark.parametrize(
    "given",
    [
        {"found": comment(), "sha256": "bb"},  # other pixels
        {"found": Comment(CODE, (TAKEN - SECOND).isoformat(), comment().seal)},  # another time
        {"found": Comment(CODE, "yesterday", comment().seal)},
        {"found": comment(), "said_code": "0000"},
        {"found": None, "said_code": CODE},  # the comment was lost on the way
        {"found": comment(code="0000-0000")},
    ],
    ids=["picture", "time", "no time", "another code", "no comment", "forged"],
)
def test_whatever_was_changed_shows(given):
    assert judge(**given) is Found.ALTERED


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        (SINCE - strip.CLOCK_SLACK - SECOND, Found.ALTERED),
        (SINCE - strip.CLOCK_SLACK, Found.VALID),
        (SINCE - strip.CLOCK_SLACK + SECOND, Found.VALID),
        (UNTIL - SECOND, Found.VALID),
        (UNTIL, Found.ALTERED),
        (UNTIL + SECOND, Found.ALTERED),
    ],
)
def test_a_code_holds_from_its_issue_to_its_end(taken, found):
    assert judge(comment(taken), captured_at=taken) is found


@pytest.mark.parametrize(("apart", "found"), [(SECOND, Found.VALID), (SECOND * 1.01, Found.ALTERED)])
def test_the_time_that_was_sent_is_the_strips(apart, found):
    assert judge(comment(), captured_at=TAKEN + apart) is found
    assert judge(comment(), captured_at=None) is Found.VALID


@pytest.mark.parametrize("text", ["", "a holiday", "exam-strip/1 a b", "exam-strip/2 a b c"])
def test_other_comments_are_no_strip(text):
    assert strip.parse(text) is None
