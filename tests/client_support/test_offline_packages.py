"""Offline papers: unchanged in name and content, merged once, until 24 hours after the unit (D6)."""

import hashlib
import hmac
import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from client_support.models import ClientSession, OfflinePackage
from exam_ops.core.models import LearningCentre, Membership
from exam_ops.rules.answers import package_name
from tests.client_support.conftest import answers_of, code
from tests.conftest import moment

URL = "/api/v1/offline-packages/"
EXPORTED = moment("T+50m")


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_json", ".json"), content)
    return buffer.getvalue()


@pytest.fixture
def paper(world, machine, at):
    """A candidate who answered question 1 and then lost the line."""
    at("T")
    machine.log_in(world.sitting)
    machine.put(("1", "B", moment("T+5m")))
    at("T+50m")
    return world.sitting


@pytest.fixture
def package(paper, machine):
    """`package(answers, **fields)`: name and bytes of an export as the client makes it."""

    def made(*answers, key: str = "", **fields) -> tuple[str, bytes]:
        content = {
            "plan": "P1",
            "unit": "U1",
            "ticket_no": paper.ticket_no,
            "machine_id": machine.machine_id,
            "exported_at": EXPORTED.isoformat(),
            "answers": [{"question": q, "value": v, "answered_at": a.isoformat()} for q, v, a in answers],
        } | fields
        raw = json.dumps(content, ensure_ascii=False).encode()
        name = package_name("P1", "U1", content["ticket_no"], content["machine_id"], EXPORTED, raw)
        signature = hmac.new((key or machine.export_key).encode(), raw, hashlib.sha256).hexdigest().encode()
        return name, zipped(answers_json=raw, signature=signature)

    return made


@pytest.fixture
def upload(world, api):
    def sent(name: str, content: bytes, who: str = "centre_officer"):
        file = SimpleUploadedFile(name, content, "application/octet-stream")
        return api(getattr(world.cast, who)).post(URL, {"file": file}, format="multipart")

    return sent


ANSWERS = [("1", "C", moment("T+20m")), ("2", "A", moment("T+21m")), ("3", "", moment("T+22m"))]


def test_a_package_is_merged(paper, package, upload):
    answer = upload(*package(*ANSWERS))
    assert answer.status_code == 201, answer.json()
    assert answer.json() == {"added": 1, "updated": 1, "unchanged": 0, "blank_ignored": 1}
    assert {"1": "C", "2": "A"}.items() <= answers_of(paper).items()


def test_uploading_twice_changes_nothing(paper, package, upload):
    name, content = package(*ANSWERS)
    first, again = upload(name, content), upload(name, content)
    assert (again.status_code, again.json()) == (200, first.json())
    assert OfflinePackage.objects.count() == 1


def test_a_newer_answer_of_the_line_stands(paper, machine, package, upload):
    machine.put(("1", "D", moment("T+40m")))
    assert upload(*package(*ANSWERS)).json()["unchanged"] == 1
    assert answers_of(paper)["1"] == "D"


def test_after_the_forced_submission_too(paper, package, upload, at):
    at("E"), at.fire()
    assert upload(*package(*ANSWERS)).status_code == 201
    assert ClientSession.objects.get().forced


def test_a_changed_name_is_refused_with_the_right_one(paper, package, upload):
    name, content = package(*ANSWERS)
    answer = upload(name.replace(".oap", " (1).oap"), content)
    assert code(answer) == (422, "name_changed")
    assert answer.json()["expected_name"] == name
    assert answers_of(paper) == {"1": "B"}


def test_changed_content_is_refused(paper, package, upload, machine):
    name, content = package(*ANSWERS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        raw, signature = archive.read("answers.json"), archive.read("signature")
    forged = raw.replace(b'"C"', b'"D"')
    name = package_name("P1", "U1", paper.ticket_no, machine.machine_id, EXPORTED, forged)
    assert code(upload(name, zipped(answers_json=forged, signature=signature))) == (422, "content_changed")


def test_another_session_s_key_is_no_signature(paper, package, upload):
    assert code(upload(*package(*ANSWERS, key="0" * 64))) == (422, "content_changed")


@pytest.mark.parametrize(
    "fields", [{"ticket_no": "T999"}, {"machine_id": "PC-999"}, {"plan": "P9"}, {"unit": "U2"}]
)
def test_an_unknown_session_is_refused(paper, package, upload, fields):
    assert code(upload(*package(*ANSWERS, **fields))) == (422, "unknown_session")


@pytest.mark.parametrize(("when", "expected"), [("E+86399s", 201), ("E+24h", 409), ("E+86401s", 409)])
def test_packages_are_taken_until_24_hours_after_the_unit(paper, package, upload, at, when, expected):
    at(when)
    answer = upload(*package(*ANSWERS))
    assert answer.status_code == expected
    assert expected == 201 or answer.json()["code"] == "window_closed"


def test_what_was_taken_is_answered_after_the_window_too(paper, package, upload, at):
    name, content = package(*ANSWERS)
    upload(name, content)
    at("E+25h")
    assert upload(name, content).status_code == 200


BOMB = zipped(answers_json=b"[" + b" " * (9 * 1024 * 1024) + b"]", signature=b"00")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        BOMB,
        zipped(answers_json=b"{}"),
        zipped(answers_json=b"{}", signature=b"00", more=b""),
        zipped(answers_json=b"{", signature=b"00"),
        zipped(answers_json=b"[]", signature=b"00"),
        zipped(answers_json=b'{"answers": 5}', signature=b"00"),
        zipped(answers_json=b"[" * 100_000, signature=b"00"),
        zipped(answers_json=b"\xff", signature=b"00"),
        zipped(answers_json=b"{}", signature=b"0" * 1000),
    ],
)
def test_whatever_is_no_package_is_unreadable(paper, upload, content):
    assert code(upload("x.oap", content)) == (422, "unreadable")


def test_a_value_nested_too_deep_is_unreadable(paper, package, upload):
    deep: object = "x"
    for _ in range(300):
        deep = [deep]
    assert code(upload(*package(("1", deep, EXPORTED)))) == (422, "unreadable")


def test_a_header_that_lies_about_the_size_is_unreadable(paper, upload):
    lying = bytearray(BOMB)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = lying.index(mark) + at
        lying[start : start + 4] = (10).to_bytes(4, "little")
    assert code(upload("x.oap", bytes(lying))) == (422, "unreadable")


def test_a_file_over_ten_megabytes_is_too_large(paper, upload):
    assert code(upload("x.oap", b"0" * (10 * 1024 * 1024 + 1))) == (413, "too_large")


def test_no_file_is_named(paper, world, api):
    answer = api(world.cast.centre_officer).post(URL, {}, format="multipart")
    assert code(answer) == (422, "invalid")


@pytest.mark.parametrize("who", ["chief", "site_admin", "proctor", "hq", "branch", "nobody"])
def test_other_roles_may_not(paper, package, upload, who):
    assert code(upload(*package(*ANSWERS), who=who)) == (403, "not_allowed")


def test_another_centre_s_officer_finds_no_session(paper, world, package, upload):
    other = LearningCentre.objects.create(code="C2", name="城西学习中心", branch=world.branch)
    world.site.centres.add(other)
    Membership.objects.filter(user=world.cast.centre_officer).update(centre=other)
    assert code(upload(*package(*ANSWERS))) == (422, "unknown_session")


def test_a_package_of_another_machine_of_the_same_candidate_joins(
    paper, world, api, machine, other_machine, package, upload
):
    name, content = package(*ANSWERS)
    other_machine.log_in(paper)
    body = {"logins": [other_machine.login], "outcome": "authorised", "reason": "故障"}
    api(world.cast.chief).post("/api/v1/login-authorisations/decisions/", body)
    other_machine.keep(other_machine.state().json()).put(("1", "D", moment("T+45m")))
    assert upload(name, content).status_code == 201
    assert {"1": "D", "2": "A"}.items() <= answers_of(paper).items()
