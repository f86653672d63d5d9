"""What is wrong with an entry, each at its field: the number's form, and a person who stands there already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import ProctorProfile
from exam_ops.rules import id_numbers
from exam_ops.rules.certification import CERTIFIABLE, DOCUMENT_WORDS, Document, Fact, document_of
from exam_ops.rules.id_numbers import IdNumberRefused
from exam_ops.rules.text import Text
from proctors.selectors.certificates import indexes_of
from proctors.services.registry_photos import Kept

SEE = "registry.see"
_MISSING = Text("请填写证件号码。", "Write the number of the document.")
_SHORT = Text(
    "15 位号码已停用。请看证件填写 18 位号码（应为 {number}）。",
    "Numbers of 15 digits hold no more. Write the 18 characters on the card (they should be {number}).",
)
_OTHER_DOCUMENT = Text(
    "这个号码的形式是{found}，与所选证件类型不符。请核对证件。",
    "By its form this is the number of another document ({found}). Check the document.",
)
_ODD = Text("请填写 5 至 20 位字母或数字。", "Write 5 to 20 letters or digits.")
_TWICE = Text(
    "与 {who} 是同一证件号码。一人只能有一个账号，请改那一条登记。",
    "{who} has this number. One person has one account: change that record.",
)
_SOMEBODY_ELSEWHERE = Text("您范围之外的一名监考教师", "a proctor outside your scope")
_LOOKS_THE_SAME = Text(
    "与 {who} 姓名相同，{what}也相同，疑为同一人用了两种证件。确是两个人的，请勾选“不是同一人”。",
    "{who} has the same name and the same {what}: perhaps one person with two documents. "
    "If they are two people, tick that they are.",
)
_PHONE, _BIRTH = Text("电话", "phone"), Text("出生日期", "birth date")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered. An empty number, or a picture that is not there, leaves what stands there."""

    username: str
    name: str
    site: str  # code
    document: str = ""  # empty: as the number's form says
    id_no: str = ""
    phone: str = ""
    pictures: Mapping[Fact, Kept] = field(default_factory=dict)
    not_the_same: bool = False  # "another person of the same name": was asked and answered


@dataclass
class Wrong:
    """Collects what is wrong, so that everything is named at once."""

    errors: list[FieldError] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.errors)

    def at(self, name: str, code: str, why: Text) -> None:
        self.errors.append(FieldError(name, code, why))

    def refuse(self) -> None:
        """Raises `Invalid` when anything is wrong."""
        if self.errors:
            raise Invalid(errors=self.errors)


def number_of(text: str, document: str, now: datetime, wrong: Wrong, *, required: bool) -> str:
    """The number in the form that is kept; what breaks GB 11643 is named, and a number of another document."""
    number = id_numbers.normalise(text)
    kind = Document(document) if document else document_of(number)
    if not number:
        if required:
            wrong.at("id_no", "required", _MISSING)
    elif id_numbers.upgraded(number) != number:
        whole = id_numbers.mask(id_numbers.upgraded(number))
        wrong.at("id_no", "fifteen_digits", _SHORT.format(number=whole))
    elif kind in CERTIFIABLE or (not document and number.isdigit()):
        _check_form(number, kind, now, wrong)
    elif not (number.isascii() and number.isalnum() and 5 <= len(number) <= 20):
        wrong.at("id_no", "invalid", _ODD)
    return number


def _check_form(number: str, kind: Document, now: datetime, wrong: Wrong) -> None:
    try:
        id_numbers.read(number, today=now.date())
    except IdNumberRefused as refused:
        wrong.at("id_no", refused.code, refused.detail)
        return
    found = document_of(number)
    if found is not kind:
        wrong.at("document", "other_document", _OTHER_DOCUMENT.format(found=DOCUMENT_WORDS[found]))


def same_person(entry: Entry, number: str, own: ProctorProfile | None, actor: Actor, wrong: Wrong) -> None:
    """Names whoever stands there with this number in either form, or seems to be the same by another document."""
    others = ProctorProfile.objects.select_related("user", "site")
    if own is not None:
        others = others.exclude(pk=own.pk)
    twin = others.filter(id_no_index__in=indexes_of(number)).first() if number else None
    if twin is not None:
        wrong.at("id_no", "same_number", _TWICE.format(who=_who(twin, actor)))
        return
    if entry.not_the_same:
        return
    own_marks = marks(entry.name.strip(), number, entry.phone)
    for other in others.filter(user__name=entry.name.strip())[:50]:
        if shared := own_marks.keys() & marks(other.user.name, other.id_no, other.phone).keys():
            what = own_marks[min(shared)]
            wrong.at("id_no", "same_person", _LOOKS_THE_SAME.format(who=_who(other, actor), what=what))
            return


def marks(name: str, number: str, phone: str) -> dict[tuple[str, str], Text]:
    """What two records of one person share though their documents differ: name with phone, name with birth date."""
    whole = id_numbers.upgraded(number)
    found = {}
    if name and phone:
        found[name, f"phone {id_numbers.normalise(phone)}"] = _PHONE
    if name and len(whole) == 18:
        found[name, f"born {whole[6:14]}"] = _BIRTH
    return found


def _who(profile: ProctorProfile, actor: Actor) -> Text:
    if not access.visible(actor, ProctorProfile, SEE).filter(pk=profile.pk).exists():
        return _SOMEBODY_ELSEWHERE
    said = f"{profile.user.name}（{profile.user.username}，{profile.site.name}）"
    return Text(said, said)
