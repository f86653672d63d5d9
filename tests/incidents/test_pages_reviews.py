"""应急材料审核 by the web: one picture after the other, what was typed stays, the branch's queue, the list of duties."""

import json
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from exam_ops.core.access import actor_for
from exam_ops.workbench.selectors import todo
from incidents.models import EvidenceDuty, EvidenceReview
from tests.incidents.evidence_scenes import owe, send

PAGE, UNDO = "/integrity/evidence/review/", "/integrity/evidence/review/undo/"
DUTIES = "/integrity/evidence/duties/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def sent(world, at):
    """Two of room 301 and one of 302 owe; 301 has a picture of one of them, then another; 302 has one as well."""
    first, second, *_ = world.sittings["A1/301"]
    third = world.sittings["A1/302"][0]
    owe([first, second], now=at.now), owe([third], now=at.now, cause="C7")
    at("T+31m")
    cast = world.cast
    return [
        send(world.room, cast.proctor, now=at.now, names=[first]),
        send(world.room, cast.second, now=at("T+45m"), colour="red"),
        send(world.rooms["A1/302"], cast.next_room, now=at.now, names=[third], colour="blue"),
    ]


def judge(client, picture, verdict="accepted", note="", **more):
    return client.post(PAGE, {"evidence": str(picture.pk), "verdict": verdict, "note": note} | more, **HTMX)


def shown(answer):
    card = answer.context.get("card")
    return card["row"].pk if card else None


def test_one_after_the_other_room_by_room_until_all_are_judged(page, cast, sent):
    chief = page(cast.chief)
    seen = [shown(chief.get(PAGE))]
    for picture in sent:
        answer = judge(chief, picture)
        seen.append(shown(answer))
    assert seen == [sent[0].pk, sent[1].pk, sent[2].pk, None]
    assert "已全部审核" in answer.content.decode()
    assert (answer.context["figures"].done, answer.context["figures"].total) == (3, 3)


def test_the_picture_stands_with_its_marks_seats_versions_and_hints(page, cast, sent, world):
    answer = page(cast.chief).get(PAGE)
    card, text = answer.context["card"], answer.content.decode()
    assert [(seat["sitting"].pk, seat["number"]) for seat in card["seats"]] == [
        (world.sittings["A1/301"][1].pk, None),
        (world.sittings["A1/301"][0].pk, 1),
    ]
    assert [one["is_this"] for one in card["versions"]] == [True, False]
    assert ('data-x="0.4000"' in text, "按时拍摄" in text) == (True, True)


def test_what_was_typed_stays_when_it_is_refused(page, cast, sent, at):
    at("E")
    answer = judge(page(cast.chief), sent[0], "asked_again", "后排被遮挡")
    assert (answer.status_code, shown(answer)) == (422, sent[0].pk)
    assert "后排被遮挡" in answer.content.decode()
    assert "不能再要求补拍" in answer.content.decode()
    answer = judge(page(cast.chief), sent[0], "doubtful", " ")
    assert (answer.status_code, "请写明原因。" in answer.content.decode()) == (422, True)


def test_who_comes_second_is_told_and_goes_on(page, cast, sent):
    judge(page(cast.chief), sent[0])
    judge(page(cast.branch), sent[0])
    answer = judge(page(cast.chief), sent[0], "doubtful", "看不清")
    assert "branch" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert shown(answer) == sent[1].pk


def test_the_last_verdict_is_taken_back_by_a_row_of_its_own(page, cast, sent):
    chief = page(cast.chief)
    judge(chief, sent[0], "asked_again", "后排被遮挡")
    last = EvidenceReview.objects.get()
    assert EvidenceDuty.objects.get(met_by=None, again="后排被遮挡").status == "open"
    assert page(cast.branch).post(f"{UNDO}?last={last.pk}", **HTMX).status_code == 409
    answer = chief.post(f"{UNDO}?last={last.pk}", **HTMX)
    assert shown(answer) == sent[0].pk
    assert [row.verdict for row in EvidenceReview.objects.all()] == ["asked_again", "taken_back"]
    assert EvidenceDuty.objects.filter(met_by=sent[0], again="").exists()
    judge(chief, sent[0])
    judge(page(cast.branch), sent[0])
    mine = EvidenceReview.objects.get(level="site", is_current=True)
    assert chief.post(f"{UNDO}?last={mine.pk}", **HTMX).status_code == 409


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", 0), ("?room=302", 2), ("?state=doubtful", 2), ("?after={}", 1), ("?state=accepted", None)],
)
def test_narrowed_to_a_room_or_a_state(page, cast, sent, query, expected):
    judge(page(cast.chief), sent[2], "doubtful", "看不清") if "state" in query else None
    answer = page(cast.chief).get(PAGE + query.format(sent[0].pk))
    assert shown(answer) == (sent[expected].pk if expected is not None else None)


def test_a_site_is_chosen_by_its_name(page, cast, sent, world):
    text = page(cast.hq).get(f"{PAGE}?site=A1").content.decode()
    assert f'<option value="A1" selected>{world.site.name}</option>' in text


def test_the_branch_is_given_what_the_chief_doubts_first(page, cast, sent):
    branch = page(cast.branch)
    assert shown(branch.get(PAGE)) is None  # the chief comes first
    judge(page(cast.chief), sent[0])
    judge(page(cast.chief), sent[2], "doubtful", "看不清")
    assert shown(branch.get(PAGE)) == sent[2].pk
    row = branch.get("/integrity/evidence/reviews/").context["rows"][0]
    assert (row["figures"].waiting, row["figures"].doubtful) == (2, 1)


@pytest.mark.parametrize("who", ["hq", "inspector", "site_admin"])
def test_who_only_reads_finds_no_form(page, cast, sent, who):
    reader = page(getattr(cast, who))
    assert "data-verdict>" not in reader.get(PAGE).content.decode()
    assert judge(reader, sent[0]).status_code == 403
    assert reader.get("/integrity/evidence/reviews/").status_code == 200


def test_it_stands_in_the_list_of_what_is_to_be_done(page, cast, sent, world, at):
    def items(user):
        found = todo.of(actor_for(user, now=at.now), world.plan, now=at.now)
        return {item.key: item.count for item in found if item.key in ("doubted", "evidence_reviews")}

    assert (items(cast.chief), items(cast.branch)) == ({"evidence_reviews": 3}, {})
    judge(page(cast.chief), sent[0])
    judge(page(cast.chief), sent[1], "doubtful", "看不清")
    assert (items(cast.chief), items(cast.branch)) == (
        {"evidence_reviews": 1},
        {"doubted": 1, "evidence_reviews": 1},
    )
    assert items(cast.site_admin) == {}


def test_every_duty_with_what_became_of_it(page, cast, sent, at):
    at("E"), at.fire()
    judge(page(cast.chief), sent[0], "doubtful", "看不清")
    answer = page(cast.branch).get(DUTIES)
    assert {count["key"]: count["value"] for count in answer.context["counts"]} == {
        "missed": 1, "open": 0, "late": 1, "met": 1, "dropped": 0,
    }  # fmt: skip
    assert [line["row"].status for line in answer.context["lines"]] == ["met", "missed", "met"]
    only = page(cast.branch).get(f"{DUTIES}?status=missed").context["lines"]
    assert [line["row"].sitting.seat_no for line in only] == ["02"]


def test_the_list_is_taken_away_as_a_workbook(page, cast, sent):
    judge(page(cast.chief), sent[0], "doubtful", "看不清")
    answer = page(cast.branch).get(f"{DUTIES}list.xlsx?status=met")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1][2:5] == ["301", "01", "考生101"]
    assert (rows[1][9], rows[1][12]) == ("已提交", 1)
    assert rows[1][15].startswith("存疑 chief")
    assert len(rows) == 2


def test_missed_duties_are_reviewed_many_at_once_with_words(page, cast, sent, at):
    at("E"), at.fire()
    duty = EvidenceDuty.objects.get(status="missed")
    chief = page(cast.chief)
    answer = chief.post(f"{DUTIES}review/", {"duty": duty.pk, "verdict": "accepted", "note": " "})
    assert (answer.status_code, str(duty.pk) in answer.context["sent"]["chosen"]) == (422, True)
    said = {"duty": duty.pk, "verdict": "accepted", "note": "停电，监控可证"}
    assert chief.post(f"{DUTIES}review/", said).status_code == 302
    review = EvidenceReview.objects.get()
    assert (review.duty, review.level, review.note) == (duty, "site", "停电，监控可证")
    met = EvidenceDuty.objects.filter(status="met").first()
    chief.post(f"{DUTIES}review/", said | {"duty": met.pk})
    assert EvidenceReview.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "rooms"),
    [("proctor", ["301", "301"]), ("next_room", ["302"]), ("chief", ["301", "301", "302"]), ("stranger", [])],
)
def test_the_api_lists_the_duties_of_ones_own_rooms(api, cast, sent, who, rooms):
    answer = api(getattr(cast, who)).get("/api/v1/evidence-duties/?plan=P1&unit=U1")
    assert [row["room"] for row in answer.data["results"]] == rooms


def test_the_api_narrows_by_state_and_says_by_which_picture(api, cast, sent):
    caller = api(cast.chief, phone=False)
    [row] = caller.get("/api/v1/evidence-duties/?status=open").data["results"]
    assert (row["cause"], row["status"], row["met_by"], row["until"]) == (
        "C3", "open", None, "2025-12-06T02:00:00+00:00",
    )  # fmt: skip
    met = caller.get("/api/v1/evidence-duties/?status=late&room=302").data["results"]
    assert [(row["met_by"], row["late"]) for row in met] == [(str(sent[2].pk), True)]
    assert caller.get("/api/v1/evidence-duties/?status=lost").status_code == 422
