"""实名认证: what can be certified, what three findings make of it, what a change takes back (B2, reading 36)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_ops.rules import certification, id_numbers
from exam_ops.rules.certification import Document, Fact, Finding, Need, Part, Policy, State

AGREED = dict.fromkeys(Part, Finding.AGREES)


@pytest.mark.parametrize(
    ("number", "document"),
    [
        ("199999199003070072", Document.RESIDENT),
        ("１９９９９９１９９００３０７００７２", Document.RESIDENT),
        ("819999199408230020", Document.RESIDENCE_PERMIT),
        ("829999199408230022", Document.RESIDENCE_PERMIT),
        ("839999199201300021", Document.RESIDENCE_PERMIT),
        ("999000199001010015", Document.FOREIGN_RESIDENT),
        ("E12345678", Document.OTHER),
        ("199999900307007", Document.OTHER),
    ],
)
def test_the_form_of_a_number_names_its_document(number, document):
    assert certification.document_of(number) is document


@pytest.mark.parametrize("document", [Document.PASSPORT, Document.OTHER])
def test_a_passport_is_recorded_and_never_certified_whatever_agrees(document):
    assert certification.outcome(document, AGREED) is State.RECORDED
    assert certification.by_service(document, AGREED) is State.RECORDED
    assert "不能认证" in certification.why_not(document).zh
    assert certification.after_change(State.CERTIFIED, document, [Fact.DOCUMENT]) is State.RECORDED
    assert certification.needs(document, has_number=False, has_photo=False, has_document_photo=False) == []


@given(
    st.sampled_from(sorted(certification.CERTIFIABLE)),
    st.dictionaries(st.sampled_from(Part), st.sampled_from(Finding)),
)
def test_three_agreements_alone_certify(document, findings):
    found = certification.outcome(document, findings)
    assert (found is State.CERTIFIED) == (findings == AGREED)
    assert (found is State.REFUSED) == (Finding.DIFFERS in findings.values())
    assert certification.by_service(document, findings) is not State.CERTIFIED or findings == AGREED


def test_faces_that_the_service_finds_unlike_are_for_a_person():
    assert (
        certification.by_service(Document.RESIDENT, AGREED | {Part.PHOTO: Finding.DIFFERS}) is State.RECHECK
    )
    assert certification.outcome(Document.RESIDENT, AGREED | {Part.PHOTO: Finding.DIFFERS}) is State.REFUSED
    both = {Part.PHOTO: Finding.DIFFERS, Part.NAME: Finding.DIFFERS, Part.NUMBER: Finding.AGREES}
    assert certification.by_service(Document.RESIDENT, both) is State.REFUSED


@pytest.mark.parametrize("fact", Fact)
@pytest.mark.parametrize("state", State)
def test_whatever_changes_of_the_three_takes_every_finding_back(state, fact):
    assert certification.after_change(state, Document.RESIDENT, [fact]) is State.PENDING
    assert certification.after_change(state, Document.RESIDENT, []) is state


def test_what_a_person_asked_for_is_needed_until_it_comes():
    asked = [Need.CLEAR_PHOTO, Need.CLEAR_DOCUMENT_PHOTO]
    assert certification.still_needed(asked, [Fact.NAME]) == asked
    assert certification.still_needed(asked, [Fact.PHOTO]) == [Need.CLEAR_DOCUMENT_PHOTO]


def test_nobody_compares_themselves_nor_with_four_eyes_what_they_entered():
    ask = certification.may_compare
    assert ask(actor=1, proctor=2, entered_by=3, policy=Policy())
    assert not ask(actor=1, proctor=1, entered_by=3, policy=Policy(four_eyes=False))
    assert not ask(actor=1, proctor=2, entered_by=1, policy=Policy())
    assert ask(actor=1, proctor=2, entered_by=1, policy=Policy(four_eyes=False))


def test_a_certificate_ends_at_midnight_in_beijing_or_never():
    at = datetime(2025, 12, 6, 1, 0, tzinfo=UTC)
    assert certification.valid_until(at, Policy()) is None
    ends = certification.valid_until(at, Policy(valid_for=timedelta(days=365)))
    assert ends == datetime(2026, 12, 6, 16, 0, tzinfo=UTC)


def test_fifteen_digits_are_the_same_person_as_eighteen():
    assert id_numbers.upgraded("199999900307007") == "199999199003070072"
    assert id_numbers.upgraded("199999199003070072") == "199999199003070072"
    assert id_numbers.upgraded(" e1234567 ") == "E1234567"


def test_every_word_is_there():
    for words, kind in (
        (certification.DOCUMENT_WORDS, Document),
        (certification.PART_WORDS, Part),
        (certification.FINDING_WORDS, Finding),
        (certification.STATE_WORDS, State),
        (certification.FACT_WORDS, Fact),
        (certification.NEED_WORDS, Need),
        (certification.PURPOSE_WORDS, certification.Purpose),
    ):
        assert set(words) == set(kind)
