"""One check, read in one go with its batch or by itself: the same fact, or none (C12)."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.services.facts import Said, hear, read

TEXTS = st.one_of(st.text(max_size=70), st.sampled_from(["4711", "0042", "四", "a\0b", " 7", "٣"]))
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.lists(TEXTS, max_size=1))
IDS = st.uuids().flatmap(lambda id: st.sampled_from([str(id), str(id).upper(), id.hex, id.urn]))
TIMES = st.sampled_from(
    [
        "2025-12-06T08:12:03+08:00",
        "2025-12-06T00:12:03.1234567Z",
        "2025-12-06 08:12+08",
        "2025-12-06T08:12:03",
        "1999-12-06T08:12:03Z",
        "9999-12-31T23:59:59Z",
    ]
)


def mostly(usual):
    return st.one_of(usual, usual, usual, usual, ODD)


ITEMS = st.fixed_dictionaries(
    {
        "id": mostly(IDS),
        "sitting": mostly(st.integers(1, 10**9) | TEXTS),
        "captured_at": mostly(TIMES),
        "method": mostly(st.sampled_from(["face", "manual"])),
        "outcome": mostly(st.sampled_from(["passed", "failed"])),
        "device_id": mostly(TEXTS),
    },
    optional={"score": mostly(st.floats(0, 1)), "device_seq": mostly(st.integers(1, 500)), "more": ODD},
)


@given(item=ITEMS)
def test_a_batch_and_a_single_item_are_read_alike(item):
    text = json.dumps(item)
    alone = hear(json.loads(text)).fact
    try:
        together = read(msgspec.json.decode(text, type=Said))
    except (msgspec.DecodeError, ValueError, OverflowError):
        together = None
    if together is not None:
        assert alone == together
        assert alone.mark == together.mark
    else:
        assert alone is None or not msgspec_reads(text)


def msgspec_reads(text: str) -> bool:
    """Whether it is JSON at all to the stricter reader: what is not goes to the endpoint proper."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError):
        return False
    return True


@pytest.mark.parametrize("written", ["{}", "{{{}}}", "urn:uuid:{}"])
def test_an_id_has_one_plain_form(written):
    plain = "0d6f7f52-6f0e-4a34-9f26-3b5d4f6c2a11"
    said = {
        "sitting": 4711,
        "captured_at": "2025-12-06T08:12:03+08:00",
        "method": "face",
        "outcome": "passed",
        "device_id": 7,
    }
    heard = hear(said | {"id": written.format(plain.upper())})
    assert heard.fact is not None
    assert (heard.fact.id, heard.key.hex, heard.fact.device_id) == (plain, plain.replace("-", ""), "7")
    assert heard.fact.mark == hear(said | {"id": plain, "device_id": "7"}).fact.mark
