"""实名认证 of proctors (B2, clause 二(一)2, reading 36): a certificate stands when ID number, name and photo agree.

Agreement is found by a named person or by the real-name service, never by a checksum. What can't be told goes to
a person again; one of the three that changes takes the certificate back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from exam_ops.rules import id_numbers
from exam_ops.rules.id_numbers import IdKind
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text


class Document(StrEnum):
    """What a proctor was registered with."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGN_RESIDENT = "foreign_resident"
    PASSPORT = "passport"
    OTHER = "other"


DOCUMENT_WORDS: dict[Document, Text] = {
    Document.RESIDENT: Text("居民身份证", "Resident ID card"),
    Document.RESIDENCE_PERMIT: Text("港澳台居民居住证", "Residence permit (Hong Kong, Macao, Taiwan)"),
    Document.FOREIGN_RESIDENT: Text("外国人永久居留身份证", "Foreign permanent resident ID card"),
    Document.PASSPORT: Text("护照", "Passport"),
    Document.OTHER: Text("其他证件", "Other document"),
}

CERTIFIABLE = frozenset({Document.RESIDENT, Document.RESIDENCE_PERMIT, Document.FOREIGN_RESIDENT})
"""Documents whose number is written as GB 11643 says; all else is recorded, never certified."""

NOT_CERTIFIABLE = Text(
    "{document}没有 GB 11643 号码，无法核对证件号、姓名、照片三者一致，只登记、不能认证。请换用居民身份证或居住证。",
    "{document}: its number does not follow GB 11643, so number, name and photo can't be compared. "
    "It is recorded, not certified; use an ID card or a residence permit.",
)


class Part(StrEnum):
    """The three that must agree."""

    NUMBER = "number"
    NAME = "name"
    PHOTO = "photo"


PART_WORDS: dict[Part, Text] = {
    Part.NUMBER: Text("证件号码", "ID number"),
    Part.NAME: Text("姓名", "name"),
    Part.PHOTO: Text("照片", "photo"),
}


class Finding(StrEnum):
    """What a comparison says of one part."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNCLEAR = "unclear"


FINDING_WORDS: dict[Finding, Text] = {
    Finding.AGREES: Text("一致", "agrees"),
    Finding.DIFFERS: Text("不一致", "differs"),
    Finding.UNCLEAR: Text("无法判断", "can't be told"),
}


class State(StrEnum):
    """How a proctor stands; `certified` alone may be rostered and log in."""

    PENDING = "pending"  # to be compared
    RECHECK = "recheck"  # looked at and could not be told, or its time is over: to be looked at again
    CERTIFIED = "certified"
    REFUSED = "refused"  # one of the three differs
    RECORDED = "recorded"  # a document that can't be certified


STATE_WORDS: dict[State, Text] = {
    State.PENDING: Text("待核对", "To be compared"),
    State.RECHECK: Text("须重新核对", "To be looked at again"),
    State.CERTIFIED: Text("已认证", "Certified"),
    State.REFUSED: Text("未通过", "Refused"),
    State.RECORDED: Text("只登记", "Recorded only"),
}

OPEN = frozenset({State.PENDING, State.RECHECK})
"""States in which a comparison is awaited. A refused one is compared again once something of it was corrected."""


class Fact(StrEnum):
    """What is registered of a proctor, as far as a certificate stands on it."""

    NAME = "name"
    NUMBER = "number"
    DOCUMENT = "document"
    PHOTO = "photo"
    DOCUMENT_PHOTO = "document_photo"


FACT_WORDS: dict[Fact, Text] = {
    Fact.NAME: Text("姓名", "name"),
    Fact.NUMBER: Text("证件号码", "ID number"),
    Fact.DOCUMENT: Text("证件类型", "document"),
    Fact.PHOTO: Text("本人照片", "photo"),
    Fact.DOCUMENT_PHOTO: Text("证件照片", "picture of the document"),
}


class Need(StrEnum):
    """What is missing before anybody can compare."""

    NUMBER = "number"
    PHOTO = "photo"
    DOCUMENT_PHOTO = "document_photo"
    CLEAR_PHOTO = "clear_photo"  # a person could not use the one there is: no face, blurred
    CLEAR_DOCUMENT_PHOTO = "clear_document_photo"


NEED_WORDS: dict[Need, Text] = {
    Need.NUMBER: Text("缺有效的证件号码", "a valid ID number"),
    Need.PHOTO: Text("缺本人照片", "a photo"),
    Need.DOCUMENT_PHOTO: Text("缺证件照片", "a picture of the document"),
    Need.CLEAR_PHOTO: Text("须重拍本人照片", "a better photo"),
    Need.CLEAR_DOCUMENT_PHOTO: Text("须重拍证件照片", "a better picture of the document"),
}
_MET_BY = {
    Need.NUMBER: Fact.NUMBER,
    Need.PHOTO: Fact.PHOTO,
    Need.CLEAR_PHOTO: Fact.PHOTO,
    Need.DOCUMENT_PHOTO: Fact.DOCUMENT_PHOTO,
    Need.CLEAR_DOCUMENT_PHOTO: Fact.DOCUMENT_PHOTO,
}


class Purpose(StrEnum):
    """Why somebody may see a whole ID number."""

    CHECK = "check"
    CORRECTION = "correction"
    AUTHORITY = "authority"
    PAYMENT = "payment"
    OTHER = "other"


PURPOSE_WORDS: dict[Purpose, Text] = {
    Purpose.CHECK: Text("与本人证件核对", "To check it against the document"),
    Purpose.CORRECTION: Text("更正登记", "To correct the record"),
    Purpose.AUTHORITY: Text("公安、监察等机关依法查询", "Asked for by an authority"),
    Purpose.PAYMENT: Text("发放监考劳务", "To pay the proctor"),
    Purpose.OTHER: Text("其他", "Other"),
}
REVEALS_AN_HOUR = 20
"""Whole ID numbers that one person may look at within an hour."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decides: whether who entered the facts may compare them, and how long a certificate holds."""

    four_eyes: bool = True
    valid_for: timedelta | None = None


def document_of(number: str) -> Document:
    """The document that the form of a number points to."""
    kinds = {
        IdKind.RESIDENT: Document.RESIDENT,
        IdKind.RESIDENCE_PERMIT: Document.RESIDENCE_PERMIT,
        IdKind.FOREIGN_RESIDENT: Document.FOREIGN_RESIDENT,
    }
    return kinds.get(id_numbers.kind_of(number), Document.OTHER)


def why_not(document: Document) -> Text | None:
    """Why a document can't be certified; None when it can."""
    if document in CERTIFIABLE:
        return None
    return NOT_CERTIFIABLE.format(document=DOCUMENT_WORDS[document])


def needs(document: Document, *, has_number: bool, has_photo: bool, has_document_photo: bool) -> list[Need]:
    """What is missing before a comparison; nothing where it would lead nowhere."""
    if document not in CERTIFIABLE:
        return []
    asked = (
        (Need.NUMBER, has_number),
        (Need.PHOTO, has_photo),
        (Need.DOCUMENT_PHOTO, has_document_photo),
    )
    return [need for need, is_met in asked if not is_met]


def still_needed(before: Collection[Need], changed: Collection[Fact]) -> list[Need]:
    """What a person asked for and no change has brought since."""
    asked = (Need.CLEAR_PHOTO, Need.CLEAR_DOCUMENT_PHOTO)
    return [need for need in asked if need in before and _MET_BY[need] not in changed]


def outcome(document: Document, findings: Mapping[Part, Finding]) -> State:
    """What a comparison makes of a proctor: certified by three agreements alone."""
    if document not in CERTIFIABLE:
        return State.RECORDED
    said = [findings.get(part, Finding.UNCLEAR) for part in Part]
    if Finding.DIFFERS in said:
        return State.REFUSED
    return State.CERTIFIED if all(f is Finding.AGREES for f in said) else State.RECHECK


def by_service(document: Document, findings: Mapping[Part, Finding]) -> State:
    """The same of the real-name service's answer: faces that it finds unlike are for a person to judge."""
    is_face_alone = [part for part in Part if findings.get(part) is Finding.DIFFERS] == [Part.PHOTO]
    return State.RECHECK if is_face_alone and document in CERTIFIABLE else outcome(document, findings)


def after_change(state: State, document: Document, changed: Collection[Fact]) -> State:
    """Where a change of facts leads, `document` being the new one: whatever was found holds no more."""
    if not changed:
        return state
    return State.PENDING if document in CERTIFIABLE else State.RECORDED


def valid_until(at: datetime, policy: Policy) -> datetime | None:
    """When a certificate given at `at` (real) ends: at midnight in Beijing, so never within a unit; None for never."""
    if policy.valid_for is None:
        return None
    day = (at + policy.valid_for).astimezone(BEIJING).date() + timedelta(days=1)
    return datetime.combine(day, time(), BEIJING)


def may_compare(*, actor: int, proctor: int, entered_by: int | None, policy: Policy) -> bool:
    """Whether an account may compare: never oneself, and with four eyes never who entered what is compared."""
    return actor != proctor and not (policy.four_eyes and actor == entered_by)
