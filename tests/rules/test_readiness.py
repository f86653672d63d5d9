"""One proctor's light, a site's light, and the plan's list (B4, B8)."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules import readiness
from exam_ops.rules.readiness import Item, Lack, Light, Mark, ProctorFacts, lacks_of, light_of, site_light

SINCE = datetime(2025, 11, 20, tzinfo=UTC)
READY = ProctorFacts(True, SINCE, True, True, True)


def lacks(**changed):
    facts = {name: getattr(READY, name) for name in ProctorFacts.__slots__} | changed
    return lacks_of(ProctorFacts(**facts), since=SINCE)


def test_who_has_everything_is_green():
    assert lacks() == ()
    assert light_of(()) is Light.GREEN


@pytest.mark.parametrize(
    ("changed", "lack"),
    [
        ({"certified": False}, Lack.NOT_CERTIFIED),
        ({"signed_in_at": None}, Lack.NO_PHONE),
        ({"phone_fits": False}, Lack.PHONE_UNFIT),
        ({"app_fits": False}, Lack.APP_TOO_OLD),
    ],
)
def test_what_keeps_a_rostered_proctor_out_is_red(changed, lack):
    assert lacks(**changed) == (lack,)
    assert light_of([lack]) is Light.RED


def test_a_spare_is_never_red():
    found = lacks(certified=False, is_rostered=False)
    assert found == (Lack.NOT_CERTIFIED, Lack.NOT_ROSTERED)
    assert light_of(found) is Light.YELLOW


@pytest.mark.parametrize(("seconds", "found"), [(-1, (Lack.NOT_RECENT,)), (0, ()), (1, ())])
def test_a_sign_in_is_recent_from_the_second_on(seconds, found):
    assert lacks(signed_in_at=SINCE + timedelta(seconds=seconds)) == found
    assert light_of(found) is (Light.YELLOW if found else Light.GREEN)


def test_a_paper_exam_asks_for_no_machines():
    items = {advice.item for advice in readiness.advice_for(with_machines=False)}
    assert Item.STANDS in items
    assert items.isdisjoint(readiness.MACHINES_ONLY)


@pytest.mark.parametrize(
    ("changed", "light"),
    [
        ({}, Light.GREEN),
        ({Item.ADDRESSES: Mark.LACKS}, Light.RED),
        ({Item.CERTIFIED: Mark.LACKS}, Light.RED),
        ({Item.MACHINES: Mark.LACKS}, Light.YELLOW),
        ({Item.LINES: Mark.LACKS}, Light.YELLOW),
        ({Item.STANDS: Mark.UNKNOWN}, Light.YELLOW),
    ],
)
def test_machines_and_lines_warn_alone(changed, light):
    assert site_light(dict.fromkeys(Item, Mark.DONE) | changed) is light


def test_every_lack_and_light_has_its_words():
    assert set(readiness.LACKS) == set(Lack)
    assert set(readiness.LIGHTS) == set(Light)
    assert {advice.item for advice in readiness.ADVICE} == set(Item)
