"""What the old time had closed opens again where the new one lies ahead, and what a stop ends (A4)."""

import pytest

from client_support.models import ClientLogin, ClientSession
from exam_ops.core.models import AccessToken, RoomSession, Sitting
from exam_ops.rules.decisions import Kind, Wish
from incidents.models import EvidenceDuty
from incidents.services import decisions
from tests.conftest import moment
from tests.incidents.test_decisions import decide, delay, extend, grave, scope_of, set_policy
from verification.models import EntryRequest
from verification.selectors.entry import stats_of, with_effective_status

pytestmark = pytest.mark.django_db


def status_of(sitting: Sitting) -> str:
    return Sitting.objects.get(pk=sitting.pk).entry_status


def ask(sitting: Sitting, world, new_id) -> EntryRequest:
    Sitting.objects.filter(pk=sitting.pk).update(entry_status="pending")
    RoomSession.objects.filter(pk=sitting.room_session_id).update(pending=1)
    return EntryRequest.objects.create(
        id=new_id(),
        sitting=sitting,
        room_session=world.room,
        site_unit=world.site_unit,
        requester=world.cast.proctor,
        reason="face_check_failed",
        documents_checked=True,
        requested_at=moment("T+20m"),
    )


def open_paper(sitting: Sitting, new_id, paper=None) -> ClientSession:
    if paper is not None:
        Sitting.objects.filter(pk=sitting.pk).update(paper=paper)
    login = ClientLogin.objects.create(
        id=new_id(),
        sitting=sitting,
        machine_id="M1",
        client_version="1.2.2-0",
        os="Windows 10",
        seen_ip="203.0.113.9",
        fingerprint="x",
        status="admitted",
        created_at=moment("T"),
    )
    return ClientSession.objects.create(
        id=new_id(),
        sitting=sitting,
        login=login,
        machine_id="M1",
        token_hash=login.pk,
        export_key="k",
        opened_at=moment("T"),
        last_seen_at=moment("T"),
    )


class TestADelayAfterEntryHadClosed:
    @pytest.fixture
    def closed(self, world, at, new_id):
        request = ask(world.sitting, world, new_id)
        at("T+30m")
        at.fire()
        at.fire()  # the effects that the first asked for
        assert status_of(world.sitting) == status_of(world.sittings["A1/301"][1]) == "absent"
        at("T+35m")
        return request

    def test_the_preview_counts_what_opens_again(self, world, at, closed):
        found = decisions.preview(delay(60), scope_of(world, world.site), now=at.now)
        assert {label.zh: n for label, n in found.reopened} == {
            "缺考改回未签到": 12,
            "过期的入场审批重新待审": 1,
        }

    def test_absent_is_not_signed_in_again_and_undecided_requests_wait(self, world, at, closed):
        decide(world, delay(60), at)
        closed.refresh_from_db()
        assert (closed.status, closed.decided_at) == ("pending", None)
        assert status_of(world.sitting) == "pending"
        assert status_of(world.sittings["A1/301"][1]) == "not_signed_in"
        room = RoomSession.objects.get(pk=world.room.pk)
        assert (room.absent, room.pending, room.not_signed_in) == (0, 1, 5)

    def test_other_sites_keep_their_absences(self, world, at, closed):
        decide(world, delay(60), at)
        assert status_of(world.sittings["A2/101"][0]) == "absent"

    def test_entry_closes_once_more_at_its_new_time(self, world, at, closed):
        decide(world, delay(60), at)
        at("T+90m")
        at.fire()
        at.fire()
        assert status_of(world.sitting) == status_of(world.sittings["A1/301"][1]) == "absent"

    def test_a_delay_that_leaves_entry_closed_is_no_delay_at_all(self, world, at, closed):
        decide(world, extend(10), at)
        assert status_of(world.sittings["A1/301"][1]) == "absent"


class TestEvidence:
    def test_missed_evidence_is_owed_again_when_it_is_reopened(self, world, at):
        set_policy(world, evidence_may_reopen=True)
        duty = EvidenceDuty.objects.create(
            room_session=world.room, sitting=world.sitting, cause="C3", opened_at=moment("T")
        )
        at("E")
        at.fire()
        duty.refresh_from_db()
        assert duty.status == "missed"
        at("E+10m")
        wish = Wish(Kind.REOPEN_EVIDENCE, evidence_until=moment("E+1h"))
        decide(world, wish, at, incident=grave(world, at))
        duty.refresh_from_db()
        assert (duty.status, duty.closed_at) == ("open", None)
        at("E+1h")
        at.fire()
        duty.refresh_from_db()
        assert duty.status == "missed"


class TestPapers:
    def test_an_extension_gives_every_paper_its_time(self, world, at, new_id):
        session = open_paper(world.sitting, new_id, world.papers[1])  # 60 minutes
        at("T+60m")
        at.fire()
        at.fire()
        session.refresh_from_db()
        assert (session.submitted_at, session.forced) == (at.now, True)
        at("T+62m")
        found = decisions.preview(extend(10), scope_of(world, world.site), now=at.now)
        assert {label.zh: n for label, n in found.reopened} == {"强制交卷恢复作答": 1}
        decide(world, extend(10), at)
        session.refresh_from_db()
        assert (session.submitted_at, session.forced) == (None, False)
        at("T+70m")
        at.fire()
        at.fire()
        session.refresh_from_db()
        assert session.forced

    def test_a_paper_handed_in_by_the_candidate_stays_handed_in(self, world, at, new_id):
        session = open_paper(world.sitting, new_id)
        ClientSession.objects.filter(pk=session.pk).update(submitted_at=moment("T+40m"))
        at("T+62m")
        decide(world, extend(10), at)
        session.refresh_from_db()
        assert session.submitted_at == moment("T+40m")

    def test_papers_already_opened_are_warned_of(self, world, at, new_id):
        session = open_paper(world.sitting, new_id)
        ClientSession.objects.filter(pk=session.pk).update(paper_loaded_at=moment("T+1m"))
        at("T+5m")
        found = decisions.preview(delay(30), scope_of(world, world.site), now=at.now)
        assert "已打开试卷的考生，开考推迟后试题已被看到" in {w.zh for w in found.warnings}


class TestAStop:
    @pytest.fixture
    def stopped(self, world, at, new_id):
        self.request = ask(world.sittings["A1/301"][3], world, new_id)
        self.session = open_paper(world.sitting, new_id)
        at("T+10m")
        decide(world, Wish(Kind.STOP), at)
        return world

    def test_papers_are_handed_in_at_once(self, stopped, at):
        self.session.refresh_from_db()
        assert (self.session.submitted_at, self.session.forced) == (at.now, True)

    def test_nobody_is_made_absent_neither_by_the_engine_nor_by_a_reader(self, stopped, at):
        at("T+31m")
        at.fire()
        at.fire()
        assert status_of(stopped.sittings["A1/301"][1]) == "not_signed_in"
        rows = with_effective_status(Sitting.objects.filter(site_unit=stopped.site_unit), now=at.now)
        assert set(rows.values_list("effective", flat=True)) == {"not_signed_in"}
        room = RoomSession.objects.select_related("site_unit").get(pk=stopped.room.pk)
        assert stats_of([room], now=at.now)[room.pk].absent == 0

    def test_what_waits_for_the_chief_ends_and_its_candidate_is_not_absent(self, stopped, at):
        self.request.refresh_from_db()
        assert self.request.status == "expired"
        assert status_of(self.request.sitting) == "not_signed_in"

    def test_evidence_stays_open_to_the_planned_end(self, stopped, at):
        stopped.site_unit.refresh_from_db()
        assert stopped.site_unit.evidence_closes_at == moment("E")
        assert stopped.site_unit.ends_at == stopped.site_unit.entry_closes_at == moment("T+10m")

    def test_moved_to_another_time_it_begins_anew(self, stopped, at):
        at("E+1h")
        decide(stopped, Wish(Kind.MOVE, new_start=moment("E+6h")), at)
        stopped.site_unit.refresh_from_db()
        assert stopped.site_unit.stopped_at is None
        self.session.refresh_from_db()
        assert self.session.submitted_at is None
        self.request.refresh_from_db()
        assert (self.request.status, status_of(self.request.sitting)) == ("pending", "pending")


def test_a_stop_before_escalation_escalates_nothing(world, at):
    at("T-10m")
    decide(world, Wish(Kind.STOP), at)
    at("T+40m")
    at.fire()
    assert not world.site_unit.deadline_records.filter(
        deadline="escalation", outcome__in=["fired", "late"]
    ).exists()


def test_a_token_does_not_end_inside_the_new_time(world, at):
    at("T-20m")
    token, _ = AccessToken.objects.create(user=world.cast.proctor)
    AccessToken.objects.filter(pk=token.pk).update(expiry=moment("E+10m"))
    decide(world, extend(60), at)
    token.refresh_from_db()
    assert token.expiry == moment("E+180m")
