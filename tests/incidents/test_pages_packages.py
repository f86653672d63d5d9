"""Pages and API of sealed packages: who sees how far each is, downloads, checks, and the keys (C14, E9)."""

import base64
import hashlib
import io
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from exam_ops.core import files
from exam_ops.core.models import Event
from incidents import sealed
from incidents.models import EvidencePackage, PackageOrder
from incidents.services import evidence_keys, package_worker, packages

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed_units(world, at):
    """Evidence has closed at three sites, and each has its package."""
    packages.order_at_close(world.site_units.values(), now=at("E"))
    package_worker.run(lambda: at.now)
    return {row.site_unit.site.code: row for row in EvidencePackage.objects.select_related("site_unit__site")}


def body(answer):
    return b"".join(answer.streaming_content)


class TestPages:
    def test_how_far_each_site_is_what_needs_a_hand_first(self, world, at, page, cast):
        at("E-1s")
        assert "材料未截止" in page(cast.hq).get("/integrity/packages/").content.decode()
        packages.order_at_close(world.site_units.values(), now=at("E"))
        PackageOrder.objects.filter(site_unit=world.site_units["B1"]).update(
            failed_code="storage_full", attempts=3
        )
        said = page(cast.hq).get("/integrity/packages/", {"unit": "U1"}).content.decode()
        assert said.index("云岭考点") < said.index("城东考点")
        assert "存储空间不足" in said

    def test_the_own_site_alone(self, sealed_units, page, cast):
        said = page(cast.chief).get("/integrity/packages/").content.decode()
        assert sealed_units["A1"].sha256[:12] in said
        assert sealed_units["A2"].sha256[:12] not in said

    def test_the_records_of_a_closed_unit_lead_to_it(self, sealed_units, page, cast):
        query, url = (
            {"plan": "P1", "unit": "U1", "site": "A1"},
            reverse("package-site", args=[sealed_units["A1"].site_unit_id]),
        )
        assert url in page(cast.chief).get("/integrity/records/", query).content.decode()
        assert url not in page(cast.proctor).get("/integrity/records/", query).content.decode()

    def test_a_download_is_whole_named_by_codes_and_written_down(self, sealed_units, page, cast):
        package = sealed_units["A1"]
        answer = page(cast.chief).get(reverse("package-file", args=[package.pk]))
        content = body(answer)
        assert hashlib.sha256(content).hexdigest() == package.sha256
        assert answer["Content-Disposition"] == f'attachment; filename="P1_U1_A1_{package.number:05d}.zip"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        event = Event.objects.get(kind="package.downloaded")
        assert (event.actor, event.data["sha256"]) == (cast.chief, package.sha256)

    def test_a_check_on_demand_says_whole_or_names_what_was_changed(self, sealed_units, at, page, cast):
        package = sealed_units["A1"]
        browser, site = page(cast.chief), reverse("package-site", args=[package.site_unit_id])
        ask = reverse("package-check", args=[package.pk])
        assert browser.post(ask).status_code == 302
        browser.post(ask)  # twice: still one
        live = reverse("package-site-live", args=[package.site_unit_id])
        first = browser.get(live)
        assert "正在验证" in first.content.decode()
        assert browser.get(live, headers={"If-None-Match": first["ETag"]}).status_code == 304
        package_worker.run(lambda: at.now)
        assert "签名、清单、全部内容和链一致" in browser.get(site).content.decode()

        file = files.path(package.sha256)
        file.chmod(0o600)
        file.write_bytes(file.read_bytes().replace(b'"what":"times"', b'"what":"tames"'))
        browser.post(ask)
        package_worker.run(lambda: at.now)
        said = browser.get(site).content.decode()
        assert "验证不通过" in said
        assert "times.json" in said
        assert package.checks.count() == 2

    def test_headquarters_alone_order_one_again_and_keep_their_words(self, sealed_units, at, page, cast):
        pk = sealed_units["A1"].site_unit_id
        url = reverse("package-order", args=[pk])
        assert page(cast.chief).post(url, {"reason": "x"}).status_code == 403
        assert (
            "重新封存的理由" not in page(cast.chief).get(reverse("package-site", args=[pk])).content.decode()
        )
        refused = page(cast.hq).post(url, {"reason": "", "without_lost": "on"})
        assert refused.status_code == 422
        assert "checked" in refused.content.decode()
        assert page(cast.hq).post(url, {"reason": "补充说明"}).status_code == 302
        package_worker.run(lambda: at.now)
        said = page(cast.hq).get(reverse("package-site", args=[pk])).content.decode()
        assert "已由 #4 取代" in said
        assert "补充说明" in said

    def test_while_one_is_being_made_another_waits_with_its_words(self, sealed_units, at, page, cast):
        site_unit = sealed_units["A1"].site_unit
        packages.order_at_close([site_unit], now=at.now)
        PackageOrder.objects.filter(state="waiting").update(state="making")
        answer = page(cast.hq).post(reverse("package-order", args=[site_unit.pk]), {"reason": "补充说明"})
        assert answer.status_code == 409
        assert "补充说明" in answer.content.decode()


class TestApi:
    def test_the_list_is_filtered_and_the_file_is_what_it_says(self, sealed_units, api, cast):
        caller = api(cast.branch)
        rows = caller.get("/api/v1/evidence-packages/", {"plan": "P1", "site": "A1"}).json()["results"]
        assert [row["site"] for row in rows] == ["A1"]
        row = rows[0]
        assert (row["is_latest"], row["supersedes"], row["counts"]["photos"]) == (True, None, 0)
        answer = caller.get(f"/api/v1/evidence-packages/{row['id']}/file/")
        digest = base64.b64encode(bytes.fromhex(row["sha256"])).decode()
        assert answer["Repr-Digest"] == f"sha-256=:{digest}:"
        assert zipfile.ZipFile(io.BytesIO(body(answer))).testzip() is None

    def test_anybody_may_have_the_public_keys(self, sealed_units, api):
        key = api().get("/api/v1/evidence-keys/").json()[0]
        assert (key["algorithm"], key["is_current"]) == ("Ed25519", True)
        assert sealed.key_id(base64.b64decode(key["public_key"])) == key["key_id"]


class TestKeys:
    def test_a_renewed_key_signs_from_then_on_and_the_old_one_still_checks(
        self, sealed_units, at, settings, tmp_path, capsys
    ):
        old = evidence_keys.current()
        call_command("evidence_key", make=tmp_path / "new.key")
        settings.EVIDENCE_KEY = str(tmp_path / "new.key")
        packages.order_at_close([sealed_units["A1"].site_unit], now=at.now)
        package_worker.run(lambda: at.now)
        assert EvidencePackage.objects.order_by("-number")[0].key_id == evidence_keys.current().key_id
        assert [package_worker.look(row) for row in EvidencePackage.objects.all()] == [[], [], [], []]
        call_command("evidence_key")
        assert old.public_key in capsys.readouterr().out

    def test_a_key_is_never_written_over_another(self, tmp_path):
        evidence_keys.make(tmp_path / "a.key")
        before = (tmp_path / "a.key").read_text()
        evidence_keys.make(tmp_path / "a.key")
        assert (tmp_path / "a.key").read_text() == before
        assert (tmp_path / "a.key").stat().st_mode & 0o077 == 0
        with pytest.raises(CommandError):
            call_command("evidence_key", make=tmp_path / "a.key")

    @pytest.mark.parametrize("said", ["x", "", "aGVsbG8="])
    def test_production_does_not_come_up_with_one_that_can_t_be_read(
        self, settings, said, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        settings.EVIDENCE_KEY, settings.PRODUCTION = said, True
        assert [error.id for error in evidence_keys.check_key()] == ["incidents.E001"]

    def test_a_development_run_makes_itself_one(self, settings, tmp_path):
        settings.EVIDENCE_KEY = str(tmp_path / "var" / "evidence.key")
        assert evidence_keys.current() == evidence_keys.current()
