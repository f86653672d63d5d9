"""二(三)8 over HTTP: a proctor picks a room that is not theirs, one touch mends it, the phone is let in (C11)."""

from tests import world as worlds
from tests.journeys.voices import check_own_face, code, roster, text


def test_refused_one_touch_and_let_in(phone, page, cast, at, world, deliver):
    newcomer, room = worlds.proctor("newcomer", world.site), world.rooms["A1/302"]
    at("T-49h")
    theirs = phone(newcomer)
    refused = theirs.get("/api/v1/app/duties/", {"plan": "P1", "unit": "U1", "room": "302"})
    assert code(refused) == (403, "out_of_scope")
    deliver()
    assert "newcomer 选择了 12-06 08:30 第1单元 302考场" in text(page(cast.site_admin).get("/inbox/"))
    site = page(cast.site_admin)
    card = site.get("/wanted-duties/").content.decode()
    site.post("/wanted-duties/" + card.split('action="/wanted-duties/')[1].split('"')[0])
    deliver()
    assert "您已被编排为监考" in text(page(newcomer).get("/inbox/"))
    at("T-20m")
    again = phone(newcomer)
    assert len(roster(again, room)) == 6
    assert check_own_face(again, room).status_code == 201
