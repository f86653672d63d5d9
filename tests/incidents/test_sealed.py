"""A sealed package checked offline: whatever was changed, missing or added is named (E9, C14)."""

import base64
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import sealed, sealing

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
MEMBERS = {"photos/a.jpg": b"\xff\xd8" + b"a" * 90, "duties.json": '[{"name":"考生101"}]'.encode()}


def make(folder: Path, number=1, previous=None, key=KEY, plan="P1"):
    file = folder / f"{number}.zip"
    with file.open("wb") as out:
        package = sealing.Package(out)
        for path, content in MEMBERS.items():
            package.add(path, [content[:7], content[7:]])
        return file, package.seal(key, number=number, previous=previous, about={"plan": {"code": plan}})


def rewrite(file: Path, change):
    """The ZIP made anew with other members."""
    with zipfile.ZipFile(file) as pack:
        members = {name: pack.read(name) for name in pack.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in members.items():
            pack.writestr(name, content)


def found(file, keys=(PUBLIC,)):
    return {(f.code, f.where) for f in sealed.verify(file, public_keys=keys).findings}


def test_a_whole_package_is_whole(tmp_path):
    file, made = make(tmp_path)
    checked = sealed.verify(file, public_keys=[PUBLIC])
    assert (checked.findings, checked.sha256) == ((), made.sha256)
    assert made.size == file.stat().st_size


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update({"duties.json": b"[]"}), ("changed", "duties.json")),
        (lambda m: m.pop("photos/a.jpg"), ("missing", "photos/a.jpg")),
        (lambda m: m.update({"more.json": b"{}"}), ("added", "more.json")),
        (lambda m: m.pop("signature.json"), ("missing", "signature.json")),
        (lambda m: m.pop("manifest.json"), ("missing", "manifest.json")),
        (lambda m: m.update({"manifest.json": b"[" * 9}), ("manifest_unreadable", "manifest.json")),
        (
            lambda m: m.update({"manifest.json": m["manifest.json"].replace(b"P1", b"P2")}),
            ("signature_wrong", "signature.json"),
        ),
    ],
)
def test_every_kind_of_change_is_named(tmp_path, change, said):
    file, _ = make(tmp_path)
    rewrite(file, change)
    assert said in found(file)


@settings(max_examples=60, deadline=None)
@given(
    member=st.sampled_from(["photos/a.jpg", "duties.json", "manifest.json", "signature.json"]), data=st.data()
)
def test_any_changed_byte_of_any_member_is_named(member, data):
    with tempfile.TemporaryDirectory() as folder:
        file, _ = make(Path(folder))
        with zipfile.ZipFile(file) as pack:
            content = pack.read(member)
        place = file.read_bytes().index(content) + data.draw(st.integers(0, len(content) - 1))
        whole = bytearray(file.read_bytes())
        whole[place] ^= data.draw(st.integers(1, 255))
        file.write_bytes(whole)
        assert member in {where for _, where in found(file)}


def test_another_key_and_no_key_are_no_proof(tmp_path):
    file, made = make(tmp_path, key=Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    assert found(file) == {("key_unknown", made.key_id)}
    assert found(file, keys=()) == {("key_not_given", made.key_id)}


def test_gap_fork_and_false_order_of_a_chain_show(tmp_path):
    first, one = make(tmp_path)
    second, two = make(tmp_path, 2, one.sha256)
    third, _ = make(tmp_path, 3, two.sha256)
    (tmp_path / "fork").mkdir()
    fork, _ = make(tmp_path / "fork", 2, "0" * 64)

    def chain(*files):
        return [f.code for f in sealed.verify_chain(sealed.verify(f, public_keys=[PUBLIC]) for f in files)]

    assert chain(third, first, second) == []
    assert chain(first, third) == ["chain_gap"]
    assert chain(first, fork) == ["chain_broken"]
    assert "chain_fork" in chain(first, second, fork)


@pytest.mark.parametrize(
    "name", ["../a", "/a", "a\\b", "photos/a.jpg", "C:a", "a/", "./a", "a//b", "a\nb", "\u202egpj.exe"]
)
def test_hostile_names_and_twins_are_not_read(tmp_path, name):
    file, _ = make(tmp_path)
    with zipfile.ZipFile(file, "a") as pack:
        pack.writestr(zipfile.ZipInfo(name), b"x")
    assert {code for code, _ in found(file)} == {"hostile"}


def test_bytes_between_members_are_not_overlooked(tmp_path):
    file, _ = make(tmp_path)
    with zipfile.ZipFile(file) as pack:
        members = {name: pack.read(name) for name in pack.namelist()}
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in members.items():
            pack.writestr(name, content)
            pack.fp.write(b"nobody's")
            pack.start_dir = pack.fp.tell()
    assert {code for code, _ in found(file)} == {"hostile"}


def test_words_hidden_in_a_comment_are_not_overlooked(tmp_path):
    file, _ = make(tmp_path)
    with zipfile.ZipFile(file, "a") as pack:
        pack.comment = b"and more"
    assert {code for code, _ in found(file)} == {"not_a_package"}


def test_more_than_two_gigabytes_are_a_package_like_any_other(tmp_path, monkeypatch):
    # A directory that lies behind this is written with the records of ZIP64.
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 600)
    file, _ = make(tmp_path)
    monkeypatch.undo()
    assert b"PK\6\6" in file.read_bytes()
    assert found(file) == set()
    rewrite(file, lambda m: m.update({"duties.json": b"[]"}))
    assert ("changed", "duties.json") in found(file)


def test_a_bomb_is_not_unpacked(tmp_path):
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("manifest.json", b"0" * 5_000_000)
    assert {code for code, _ in found(file)} == {"hostile"}


@pytest.mark.parametrize("content", [b"", b"PK\5\6" + b"\0" * 18, b"no zip at all" * 9])
def test_what_is_no_package_says_so(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    assert sealed.verify(tmp_path / "x.zip", public_keys=[PUBLIC]).findings


def test_the_module_runs_alone_in_both_languages(tmp_path):
    file, _ = make(tmp_path)
    call = [sys.executable, "-m", "incidents.sealed", str(file), "--json"]
    good = subprocess.run(
        [*call, "--public-key", base64.b64encode(PUBLIC).decode()], capture_output=True, check=False
    )
    assert (good.returncode, json.loads(good.stdout)["ok"]) == (0, True)
    bare = subprocess.run(
        call[:-1], capture_output=True, check=False, env={"LANG": "en_GB.UTF-8", "PYTHONUTF8": "1"}
    )
    assert bare.returncode == 1
    assert b"No public key was given" in bare.stdout
