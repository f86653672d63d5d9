"""核查清单 on the page: each row in words, filters that are addresses, one form that clears one or many."""

import pytest

from exam_ops.core.models import RosterRow, SiteUnit
from tests.journeys.voices import text
from tests.verification.helpers import check, send, status_of
from verification.models import SignIn, SignInReview

LIST = "/sign-ins/review/"


@pytest.fixture
def stray(world, api, cast) -> SignIn:
    RosterRow.objects.filter(proctor=cast.second).delete()
    send(api(cast.next_room), check(world.sitting))
    return SignIn.objects.get()


def test_a_row_says_what_happened_why_it_was_not_applied_and_what_can_be_done(world, cast, page, stray):
    shown = text(page(cast.chief).get(LIST))
    assert "next_room 上报：考生101 人脸识别通过" in shown
    assert "上报时该监考没有编排到考生所在的考场。" in shown
    assert "先在监考编排中添加该监考，再采用" in shown
    assert "城东考点" in shown and "采集 08:10:00" in shown and "到达 12-06 08:10:00" in shown  # noqa: PT018


def test_late_arrivals_show_both_times_and_the_skew(world, api, cast, page, at):
    at("T+40m")
    sent_at = at("T+33m").isoformat()
    at("T+40m")
    send(api(cast.proctor), check(world.sitting, "T-10m"), sent_at=sent_at)
    shown = text(page(cast.chief).get(LIST, {"kind": "late"}))
    assert "采集 08:20:00 · 到达 12-06 09:10:00 · 手机时钟 慢 7 分 0 秒" in shown
    assert "截止入场前采集、截止后到达" in shown


def test_one_form_clears_many_and_says_how_many(world, api, cast, page):
    send(api(cast.proctor), *(check(s, "T-31m") for s in world.sittings["A1/301"][:3]))
    ids = [str(pk) for pk in SignIn.objects.values_list("pk", flat=True)]
    answer = page(cast.site_admin).post(
        LIST, {"facts": ids, "outcome": "no_effect", "note": "太早"}, follow=True
    )
    assert "已核查 3 条" in text(answer)
    assert "没有待核查的记录" in text(answer)
    assert "太早" in text(page(cast.chief).get(LIST, {"state": "cleared"}))


def test_what_is_skipped_says_why_and_keeps_what_was_typed(world, cast, page, stray):
    sent = {"facts": [str(stray.pk)], "outcome": "applied", "note": "核对过证件"}
    answer = page(cast.chief).post(LIST, sent)
    shown = text(answer)
    assert answer.status_code == 409
    assert "该监考仍未编排到考生所在考场" in shown
    assert "核对过证件" in answer.content.decode()
    assert f'value="{stray.pk}" id="pick-{stray.pk}"' in answer.content.decode()
    assert SignInReview.objects.count() == 0


def test_a_rostered_proctor_later_it_is_applied_on_the_page(world, cast, page, stray):
    RosterRow.objects.filter(proctor=cast.next_room).update(room_session=world.room, position="second")
    assert "可采用" in text(page(cast.chief).get(LIST))
    sent = {"facts": [str(stray.pk)], "outcome": "applied", "note": "已补编排"}
    assert "已采用 1 条" in text(page(cast.chief).post(LIST, sent, follow=True))
    assert status_of(world.sitting) == "signed_in"
    story = text(page(cast.chief).get(f"/sign-ins/sittings/{world.sitting.pk}/"))
    assert "上报记录经核查采用为签到" in story


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"note": "x", "outcome": "no_effect"}, "请先勾选要核查的记录"),
        ({"facts": True, "outcome": "no_effect"}, "请写明核查情况"),
        ({"facts": ["nonsense"], "outcome": "no_effect", "note": "x"}, "还没有保存"),
    ],
)
def test_what_is_missing_is_said(cast, page, stray, sent, said):
    body = sent | ({"facts": [str(stray.pk)]} if sent.get("facts") is True else {})
    answer = page(cast.chief).post(LIST, body)
    assert (answer.status_code, said in text(answer)) == (422, True)


def test_who_only_reads_has_no_form(cast, page, stray):
    for user in (cast.inspector, cast.branch_duty, cast.hq):
        assert "采用为签到" not in text(page(user).get(LIST))


def test_the_board_counts_the_open_ones_and_leads_there(world, cast, page, stray):
    board = page(cast.chief).get(f"/sign-ins/sites/{world.site_unit.pk}/")
    assert "待核查" in text(board)
    assert "/sign-ins/review/?plan=P1&amp;unit=U1&amp;site=A1" in board.content.decode()
    assert "核查清单" in text(page(cast.chief).get(f"/sign-ins/rooms/{world.room.pk}/"))


def test_a_manual_sign_in_is_undone_from_the_candidates_page(world, api, cast, page):
    SiteUnit.objects.update(manual_check_for_all=True)
    send(api(cast.proctor), check(world.sitting, method="manual"))
    url = f"/sign-ins/facts/{SignIn.objects.get().pk}/undo/"
    assert url in page(cast.chief).get(f"/sign-ins/sittings/{world.sitting.pk}/").content.decode()
    assert "考生恢复为未签到" in text(page(cast.chief).get(url))
    assert page(cast.chief).post(url, {}).status_code == 422
    answer = page(cast.chief).post(url, {"note": "点错了人"}, follow=True)
    assert "人工签到已撤销" in text(answer)
    assert status_of(world.sitting) == "not_signed_in"
