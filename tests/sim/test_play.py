"""The whole play against a portal that keeps the contract."""

import pytest

from exam_ops.sim.morning import Result, play
from exam_ops.sim.stage import Scale
from exam_ops.sim.stories_door import NoScan
from tests.sim import small_book
from tests.sim.contract_portal import UNITS, ContractPortal
from tests.sim.fake_portal import FakePortal


def demo(fake: FakePortal) -> dict:
    units = [{"code": c, "start": s.isoformat(), "end": e.isoformat()} for c, (s, e) in UNITS.items()]
    return {
        "base_url": fake.base_url,
        "accounts": small_book.accounts(),
        "plan": "P1",
        "units": units,
        "pid": 1,
    }


def run(fake: FakePortal, portal: ContractPortal, folder, **changed) -> tuple[Result, list[str]]:
    said: list[str] = []
    book = small_book.write(folder / "plan.xlsx")
    given = {
        "jump": portal.jump,
        "say": said.append,
        "stop": portal.stop,
        "scale": Scale(threads=2),
    } | changed
    return play(demo(fake), book, **given), said


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    fake = FakePortal()
    portal = ContractPortal(fake)
    result, said = run(fake, portal, tmp_path_factory.mktemp("book"))
    yield portal, result, said
    fake.close()


def test_nothing_unexpected_is_answered(played):
    assert played[1].unexpected == []


def test_every_refusal_of_the_stories_is_met(played):
    at_the_door = {"app_update_required", "client_outdated", "entry_rejected", "entry_expired", "expired"}
    later = {"evidence_closed", "too_early", "superseded", "name_changed"}
    assert set(played[1].refused) == at_the_door | later


def test_both_units_reach_their_end(played):
    assert played[0].at >= UNITS["U2"][1]


def test_progress_shows_the_portals_figures(played):
    assert any(line.startswith("U1 T−") and "签到" in line and "待审批" in line for line in played[2])


def test_most_of_those_who_come_are_signed_in(played):
    first = [s for s in played[0].sittings.values() if s["unit"] == "U1"]
    share = sum(s["entry_status"] in ("signed_in", "approved") for s in first) / len(first)
    assert 0.65 < share < 0.85


def test_the_real_pace_needs_no_jumps(fake, tmp_path):
    portal = ContractPortal(fake)
    result, _ = run(fake, portal, tmp_path, pace="real", jump=None)
    assert (result.unexpected, portal.at >= UNITS["U2"][1]) == ([], True)


def test_a_story_that_breaks_does_not_end_the_play(fake, tmp_path, monkeypatch):
    monkeypatch.setattr(NoScan, "at_door", lambda story, scene: 1 / 0)
    result, said = run(fake, ContractPortal(fake), tmp_path)
    assert result.unexpected == ["NoScan [at_door]: ZeroDivisionError('division by zero')"]
    assert said[-2].startswith("U2 E")


def test_a_wish_to_stop_ends_the_play(fake, tmp_path):
    portal = ContractPortal(fake)
    portal.stop.set()
    result, _ = run(fake, portal, tmp_path)
    assert result.stopped


def test_a_portal_that_answers_otherwise_is_found_out(fake, tmp_path):
    portal = ContractPortal(fake)
    invalid = {"id": "", "status": "rejected", "code": "invalid", "entry_status": None}
    portal.sign_in = lambda item, skew: invalid | {"id": item["id"]}  # type: ignore[method-assign]
    result, _ = run(fake, portal, tmp_path)
    assert any("invalid" in line for line in result.unexpected)
