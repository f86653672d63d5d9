"""Pictures of one room at once, one id twice at once, and two who withdraw: one effect each."""

import pytest

from exam_ops.core import files
from incidents.models import Evidence
from tests import world as worlds
from tests.journeys.voices import panorama
from tests.pictures import jpeg, upload
from tests.races import at_once

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def test_pictures_of_one_room_come_one_by_one_and_one_withdrawal_wins(transactional_db, api, at, new_id):
    world = worlds.build()
    at("T+31m")
    proctor, second, chief = (api(who) for who in (world.cast.proctor, world.cast.second, world.cast.chief))
    twice = {"id": new_id()}
    answers = at_once(
        lambda: panorama(proctor, world.room, world.sitting, **twice),
        lambda: panorama(proctor, world.room, world.sitting, photo=upload(jpeg()), **twice),
        lambda: panorama(second, world.room, photo=upload(jpeg(colour="red"))),
        lambda: panorama(chief, world.room, photo=upload(jpeg(colour="blue"))),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 201, 201, 201]
    rows = list(Evidence.objects.order_by("version"))
    assert [row.version for row in rows] == [1, 2, 3]
    assert all(files.exists(row.sha256) for row in rows)
    address = f"/api/v1/evidence/{twice['id']}/withdrawal/"
    answers = at_once(
        lambda: proctor.post(address, {"reason": "拍错了"}), lambda: chief.post(address, {"reason": "看不清"})
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
