"""准考证: printed singly and by room, counted, and what was wrong with one recorded (C1)."""

import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from exam_ops.core import drill, files
from exam_ops.core.models import Candidate, Event, Sitting
from exam_ops.office.models import TicketCase
from exam_ops.office.tickets import printing
from incidents.models import Incident
from tests import pictures
from tests.world import T

RARE = "𬭎䶮㛃"  # characters of names that many fonts lack


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def print_one(browser, sitting):
    return browser.post(reverse("ticket-print", args=[sitting.pk]))


def case(browser, sitting, **changed):
    sent = {"id": str(uuid.uuid4()), "problem": "unprinted", "rule": "reprinted"} | changed
    return browser.post(reverse("ticket-cases", args=[sitting.pk]), sent)


@pytest.mark.parametrize("who", ["chief", "site_admin", "candidate"])
def test_chief_administrator_and_candidate_print_a_ticket(world, cast, page, who):
    answer = print_one(page(getattr(cast, who)), world.sitting)
    said = text_of(answer.content)
    assert answer["Content-Type"] == "application/pdf"
    assert all(part in said for part in ("准考证", "T101", "城东考点", "301", "08:30", "08:00", "09:00"))


def test_the_id_number_is_masked(world, cast, page):
    said = text_of(print_one(page(cast.chief), world.sitting).content)
    assert world.sitting.candidate.id_no not in said.replace(" ", "")


def test_every_rare_character_of_a_name_prints(world, cast, page):
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(name=RARE)
    assert RARE in text_of(print_one(page(cast.chief), world.sitting).content)


def test_a_name_is_never_read_as_markup(world, cast, page):
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(name="#panic() *a*")
    assert "#panic() *a*" in text_of(print_one(page(cast.chief), world.sitting).content)


def test_a_missing_photo_is_shown_as_missing(world, cast, page):
    assert "照片缺失" in text_of(print_one(page(cast.chief), world.sitting).content)


def test_a_photo_stands_on_the_ticket(world, cast, page, settings):
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(photo=files.save(pictures.jpeg()))
    pdf = print_one(page(cast.chief), world.sitting).content
    assert "照片缺失" not in text_of(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 1


def test_reprints_are_counted(world, cast, page):
    chief = page(cast.chief)
    print_one(chief, world.sitting)
    assert "第 2 次打印" in text_of(print_one(chief, world.sitting).content)
    assert printing.printings([world.sitting])[world.sitting.pk] == 2


def test_english_readers_get_an_english_ticket(world, cast, page):
    chief = page(cast.chief)
    answer = chief.post(reverse("ticket-print", args=[world.sitting.pk]), headers={"accept-language": "en"})
    assert "Admission ticket" in text_of(answer.content)


def test_a_room_prints_by_seat_one_page_each(world, cast, page):
    answer = page(cast.site_admin).post(reverse("ticket-room", args=[world.room.pk]))
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == 6
    assert "T101" in pages[0].extract_text()


def test_a_room_costs_the_same_statements_whatever_its_size(world, cast, django_assert_max_num_queries):
    rows = Sitting.objects.select_related(
        "candidate", "paper", "room_session__room", "site_unit__site", "site_unit__unit__plan"
    ).filter(room_session=world.room)
    with django_assert_max_num_queries(5):
        printing.print_tickets(rows, language="zh", actor=cast.chief, now=T)


def test_without_a_seat_there_is_no_ticket(world, cast, page):
    Sitting.objects.filter(pk=world.sitting.pk).update(room_session=None, seat_no="")
    answer = page(cast.chief).post(reverse("ticket-print", args=[world.sitting.pk]), follow=True)
    assert "还没有编排考场和座位" in answer.content.decode()
    assert not Event.objects.filter(kind=printing.PRINTED).exists()


def test_the_list_finds_by_name_number_and_ticket(world, cast, page):
    chief = page(cast.chief)
    for words in ("考生101", world.sitting.candidate.student_no, "T101"):
        shown = chief.get(reverse("ticket-list"), {"words": words}).content.decode()
        assert "T101" in shown
        assert "T102" not in shown


def test_a_candidate_sees_the_own_tickets_alone(world, cast, page):
    shown = page(cast.candidate).get(reverse("ticket-list")).content.decode()
    assert ("T101" in shown, "T102" in shown, "登记问题" in shown) == (True, False, False)


def test_the_list_costs_the_same_statements_whatever_its_length(world, cast, page):
    chief = page(cast.chief)
    chief.get(reverse("ticket-list"))

    with CaptureQueriesContext(connection) as all_rows:
        chief.get(reverse("ticket-list"))
    with CaptureQueriesContext(connection) as one_row:
        chief.get(reverse("ticket-list"), {"words": "T101"})
    assert len(all_rows) == len(one_row)


def test_a_case_is_recorded_with_who_admitted_under_which_rule(world, cast, page, at):
    case(page(cast.chief), world.sitting)
    kept = TicketCase.objects.get()
    assert (kept.rule, kept.decided_by, kept.decided_at) == ("reprinted", cast.chief, at.now)
    assert kept.incident == Incident.objects.get(type="IDV-01").number


def test_the_same_case_sent_twice_is_one(world, cast, page):
    chief, same = page(cast.chief), str(uuid.uuid4())
    case(chief, world.sitting, id=same)
    case(chief, world.sitting, id=same)
    assert (TicketCase.objects.count(), Incident.objects.get().reports.count()) == (1, 1)


def test_a_correction_says_what_and_keeps_what_was_typed(world, cast, page):
    answer = case(page(cast.chief), world.sitting, problem="wrong_name", rule="corrected", note="身份证相符")
    assert (answer.status_code, TicketCase.objects.count()) == (422, 0)
    shown = answer.content.decode()
    assert "请写明更正了什么" in shown
    assert "身份证相符" in shown


def test_a_reset_drill_forgets_its_cases(drill_world, page, at):
    case(page(drill_world.cast.chief), drill_world.sitting)
    drill.reset(drill_world.plan, to=T, now=at.now, actor=drill_world.cast.hq)
    assert not TicketCase.objects.exists()
