"""The registry of proctors: what is taken, what is named at its field, who sees how much (B2, E9)."""

import pytest
from django.urls import reverse

from exam_ops.core.errors import Invalid
from exam_ops.core.models import Event, Membership, ProctorProfile, User
from exam_ops.rules.certification import REVEALS_AN_HOUR, Fact
from proctors.models import CertificateCheck, NumberReveal
from proctors.selectors.certificates import index_of
from proctors.services.registry import ChangedMeanwhile
from tests import pictures
from tests.proctors import people

FULL_WIDTH = {ord("0") + n: ord("０") + n for n in range(10)}


@pytest.fixture
def send(page, cast):
    """`send(id_no=…)` enters a proctor on the page as the site's administrator."""

    def post(who=None, **more):
        said = {"site": "A1", "username": "t0001", "name": "教师甲", "id_no": people.number()}
        return page(who or cast.site_admin).post(reverse("registry-new"), said | more)

    return post


def wrong_at(answer, field: str) -> str:
    """What stands beside a field of a form that was sent back."""
    assert answer.status_code == 422
    return " ".join(str(error) for error in answer.context["form"].errors.get(field, []))


def errors_of(refused) -> dict[str, str]:
    return {error.field: error.code for error in refused.value.errors}


def test_full_width_digits_a_small_x_and_blanks_are_put_right(world, send):
    seq = next(n for n in range(1, 99) if people.number(n).endswith("X"))
    typed = people.number(seq).lower().translate(FULL_WIDTH)
    answer = send(id_no=f" {typed[:6]} {typed[6:]}")
    profile = ProctorProfile.objects.get(user__username="t0001")
    assert answer.url == reverse("registry-proctor", args=[profile.pk])
    assert profile.id_no == people.number(seq)
    assert profile.id_no_index == index_of(people.number(seq))
    assert (profile.status, profile.document) == ("pending", "foreign_resident")
    assert set(profile.needs) == {"photo", "document_photo"}
    assert Membership.objects.filter(user=profile.user, role="proctor", site=world.site).exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (people.number()[:-1] + ("0" if people.number()[-1] != "0" else "1"), "校验码不符"),
        ("999000199002310013", "出生日期有误"),
        ("99900019900307001", "须为 18 位"),
        ("999000900307001", "15 位号码已停用"),
        ("", "请填写证件号码"),
    ],
)
def test_a_wrong_number_is_named_and_nothing_typed_is_lost(world, send, typed, said):
    answer = send(id_no=typed, phone="14200000001", document="resident")
    assert said in wrong_at(answer, "id_no")
    html = answer.content.decode()
    assert "教师甲" in html
    assert "14200000001" in html
    assert typed in html
    assert not User.objects.filter(username="t0001").exists()


def test_a_number_of_another_document_is_named(world, send):
    assert "外国人永久居留身份证" in wrong_at(send(document="resident"), "document")


def test_one_person_has_one_account_whichever_form_the_number_has(world, cast, send):
    held = people.add(cast.site_admin)
    said = wrong_at(send(username="t9"), "id_no")
    assert "教师1（t0001，城东考点） 是同一证件号码" in said
    short = people.number()[:6] + people.number()[8:17]
    ProctorProfile.objects.filter(pk=held.pk).update(id_no=short, id_no_index=index_of(people.number()))
    with pytest.raises(Invalid) as refused:
        people.add(cast.site_admin, 2, id_no=people.number())
    assert errors_of(refused) == {"id_no": "same_number"}


def test_somebody_elsewhere_is_not_told_by_name(world, cast):
    people.add(cast.hq, site="B1")
    with pytest.raises(Invalid) as refused:
        people.add(cast.site_admin, 2, id_no=people.number())
    assert "您范围之外的一名监考教师" in refused.value.errors[0].detail.zh


def test_two_documents_of_one_person_are_doubted_until_somebody_says_they_are_two(world, cast, send):
    people.add(cast.site_admin, name="教师甲", phone="14200000001")
    passport = {
        "id_no": "E12345678",
        "document": "passport",
        "phone": "１４２ ０００００００１",
        "username": "t2",
    }
    answer = send(**passport)
    assert "疑为同一人" in wrong_at(answer, "id_no")
    assert 'name="not_the_same"' in answer.content.decode()
    assert send(**passport, not_the_same="on").status_code == 302
    second = ProctorProfile.objects.get(user__username="t2")
    assert (second.status, second.needs) == ("recorded", [])


def test_a_picture_that_has_arrived_is_not_asked_for_again(world, send):
    answer = send(id_no="1", photo=people.upload(pictures.room(1, size=(640, 800))))
    assert "本人照片已上传" in answer.content.decode()
    kept = answer.context["form"].waiting[0]
    send(**{kept["name"]: kept["value"]})
    profile = ProctorProfile.objects.get(user__username="t0001")
    assert len(profile.photo) == 64
    assert profile.needs == ["document_photo"]


def test_what_is_no_picture_is_named_at_its_field(world, send):
    assert "不是完整的" in wrong_at(send(document_photo=people.upload(b"%PDF-1.7")), "document_photo")


def test_the_own_sites_alone(world, cast, send):
    assert wrong_at(send(site="B1"), "site")
    with pytest.raises(Invalid) as refused:
        people.add(cast.site_admin, site="B1")
    assert errors_of(refused) == {"site": "not_found"}


def test_an_account_of_somebody_else_is_not_taken_over(world, cast):
    for username in ("hq", "proctor"):
        with pytest.raises(Invalid) as refused:
            people.add(cast.site_admin, username=username, name=username)
        assert errors_of(refused) == {"username": "taken"}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"phone": "14200000009"}, "certified"),
        ({"site": "A2"}, "certified"),
        ({"name": "教师乙"}, "pending"),
        ({"id_no": people.number(7)}, "pending"),
        ({"pictures": {Fact.PHOTO: people.drawn("c")}}, "pending"),
        ({"id_no": "E7654321", "document": "passport"}, "recorded"),
    ],
)
def test_a_certificate_falls_back_when_one_of_the_three_changes(world, cast, said, state):
    profile = people.add(cast.site_admin)
    people.compare(cast.branch, profile)
    changed = people.change(cast.branch, profile, **said)
    changed.refresh_from_db()
    assert changed.status == state
    kinds = list(CertificateCheck.objects.filter(profile=profile).values_list("kind", flat=True))
    assert kinds[0] == ("person" if state == "certified" else "changed")


def test_nobody_overwrites_what_somebody_else_has_just_corrected(world, cast, page):
    profile = people.add(cast.site_admin)
    people.change(cast.branch, profile, name="教师乙")
    said = {"site": "A1", "name": "教师丙", "revision": profile.revision}
    answer = page(cast.site_admin).post(reverse("registry-edit", args=[profile.pk]), said)
    assert answer.status_code == 409
    assert "没有保存" in answer.content.decode()
    assert ChangedMeanwhile.code == "changed_meanwhile"
    assert User.objects.get(pk=profile.user_id).name == "教师乙"


def test_the_list_masks_and_a_whole_number_is_found_without_standing_in_an_address(world, cast, page):
    profile = people.add(cast.site_admin, phone="14200000001")
    browser, url = page(cast.branch), reverse("registry-find")
    typed = f" {people.number()[:6]} {people.number()[6:].lower()}"
    assert browser.post(url, {"q": typed}).url == reverse("registry-proctor", args=[profile.pk])
    by_name = browser.post(url, {"q": "教师", "site": "A1"}).url
    html = browser.get(by_name).content.decode()
    assert "教师1" in html
    assert people.number() not in html
    assert "14200000001" not in html
    assert "999***********" in html
    for nobody in (people.number(2), people.number()[:12]):
        there = browser.post(url, {"q": nobody}, follow=True)
        assert "没有这个证件号码" in there.content.decode()
        assert nobody not in str(there.redirect_chain)
    assert "没有这个证件号码" in page(cast.other_branch).post(url, {"q": typed}, follow=True).content.decode()


def test_states_are_filters_and_what_a_workbook_certified_is_red(world, cast, page):
    ProctorProfile.objects.filter(user=cast.proctor).update(source="import")
    answer = page(cast.branch).get(reverse("registry"))
    counts = {count["key"]: count["value"] for count in answer.context["counts"]}
    assert counts["unproven"] == 1
    assert sum(counts.values()) == ProctorProfile.objects.filter(site__branch=world.branch).count()
    assert answer.context["lines"][0]["profile"].user == cast.proctor
    narrowed = page(cast.branch).get(reverse("registry"), {"state": "unproven"})
    assert [line["profile"].user for line in narrowed.context["lines"]] == [cast.proctor]


def test_the_list_asks_a_fixed_number_of_statements(world, cast, page, django_assert_max_num_queries):
    for seq in range(1, 6):
        people.add(cast.site_admin, seq)
    browser = page(cast.branch)
    with django_assert_max_num_queries(18):
        browser.get(reverse("registry"))


def test_a_whole_number_is_shown_once_for_a_purpose_and_on_record(world, cast, page):
    profile = people.add(cast.site_admin)
    browser, url = page(cast.site_admin), reverse("registry-number", args=[profile.pk])
    assert browser.post(url, {"purpose": "check", "words": " "}).status_code == 422
    assert not NumberReveal.objects.exists()
    answer = browser.post(url, {"purpose": "check", "words": "证件遗失，电话核对"})
    assert people.number() in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert NumberReveal.objects.get().words == "证件遗失，电话核对"
    logged = Event.objects.get(kind="id_number.revealed")
    assert (logged.actor, logged.subject) == (cast.site_admin, f"proctor {profile.pk}")
    assert logged.data["roles"] == ["site_admin"]
    assert people.number() not in str(logged.data)
    assert (
        "证件遗失，电话核对"
        in page(cast.branch).get(reverse("registry-proctor", args=[profile.pk])).content.decode()
    )
    assert people.number() not in browser.get(reverse("registry-proctor", args=[profile.pk])).content.decode()


def test_not_many_numbers_an_hour(world, cast, page, at):
    profile = people.add(cast.site_admin)
    NumberReveal.objects.bulk_create(
        NumberReveal(profile=profile, by=cast.site_admin, at=at.now, purpose="check", words="x")
        for _ in range(REVEALS_AN_HOUR)
    )
    url, said = reverse("registry-number", args=[profile.pk]), {"purpose": "check", "words": "x"}
    at("T+39m")
    assert page(cast.site_admin).post(url, said).status_code == 429
    at("T+40m")
    assert page(cast.site_admin).post(url, said).status_code == 200


def test_a_look_at_a_picture_is_on_record(world, cast, page):
    browser = page(cast.site_admin)
    browser.post(
        reverse("registry-new"),
        {
            "site": "A1",
            "username": "t1",
            "name": "教师甲",
            "id_no": people.number(),
            "photo": people.upload(pictures.jpeg()),
        },
    )
    profile = ProctorProfile.objects.get(user__username="t1")
    answer = browser.get(reverse("registry-photo", args=[profile.pk, "photo"]), follow=True)
    assert answer["Content-Type"] == "image/jpeg"
    assert Event.objects.get(kind="photo.viewed").subject == f"proctor {profile.pk} photo"
    assert "可能" in browser.get(reverse("registry-proctor", args=[profile.pk])).content.decode()
