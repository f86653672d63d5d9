"""The registry of proctors: adding one and correcting what stands there (B2). What is wrong is named at its field."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction

from exam_ops.core import access, named_locks
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import ExamSite, Membership, ProctorProfile, User
from exam_ops.rules.certification import Document, Fact, document_of
from exam_ops.rules.id_numbers import normalise
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from proctors.models import CertificateCheck
from proctors.selectors.certificates import index_of
from proctors.services import certificate_asks, certificate_trace, registry_facts
from proctors.services.registry_checks import Entry, Wrong, number_of, same_person

ENTER = "registry.enter"
RELATED = ("user", "site__branch")
_USERNAME = re.compile(r"[A-Za-z0-9_.@-]{2,64}")
_PHONE = re.compile(r"\+?\d{8,15}")
Kind = CertificateCheck.Kind


class ChangedMeanwhile(Refusal):
    code, status = "changed_meanwhile", 409
    title = Text("资料已被他人修改", "Changed by somebody else")
    sentence = Text(
        "您打开之后这份资料已被修改，没有保存。请核对现在的内容后重新填写。",
        "Somebody changed these facts after you opened them; nothing was kept. Look at them and enter yours again.",
    )


def add(entry: Entry, *, actor: Actor, now: datetime) -> ProctorProfile:
    """Registers a proctor with account and role at the site; the comparison follows.

    Raises `Invalid` with every wrong field, `NotAllowed`.
    """
    actor.require(ENTER)
    wrong = Wrong()
    site = _site(entry.site, actor, wrong)
    number = number_of(entry.id_no, entry.document, now, wrong, required=True)
    _check_words(entry, wrong)
    with transaction.atomic():
        _hold(number)
        same_person(entry, number, None, actor, wrong)
        user = _account(entry, actor, wrong)
        wrong.refuse()
        profile = ProctorProfile(user=user, site=site, phone=_phone(entry.phone))
        _lay(profile, entry, number, actor, now)
        profile.save()
        Membership.objects.get_or_create(user=user, role=Role.PROCTOR, site=site)
        _trace(profile, Kind.ENTERED, [], actor, now)
    return profile


def change(profile_id: int, revision: int, entry: Entry, *, actor: Actor, now: datetime) -> ProctorProfile:
    """Corrects a proctor; what was found of them holds no more when one of the three changes.

    Raises `NotFound`, `NotAllowed`, `Invalid` with every wrong field, `ChangedMeanwhile`.
    """
    rows = ProctorProfile.objects.select_related(*RELATED)
    profile = access.get(actor, ProctorProfile, ENTER, rows, pk=profile_id)
    wrong = Wrong()
    site = _site(entry.site, actor, wrong)
    number = number_of(entry.id_no or profile.id_no, entry.document, now, wrong, required=False)
    _check_words(entry, wrong)
    with transaction.atomic():
        _hold(number)
        same_person(entry, number, profile, actor, wrong)
        wrong.refuse()
        renamed = profile.user.name != entry.name.strip()
        before = profile.site_id
        profile.site, profile.phone = site, _phone(entry.phone)
        changed = _lay(profile, entry, number, actor, now, renamed=renamed)
        _save(profile, revision, changed)
        if renamed:
            User.objects.filter(pk=profile.user_id).update(name=entry.name.strip())
            profile.user.name = entry.name.strip()
        if before != profile.site_id:
            _move(profile, before)
        if changed:
            _trace(profile, Kind.CHANGED, sorted(changed), actor, now)
    return profile


def _lay(
    profile: ProctorProfile,
    entry: Entry,
    number: str,
    actor: Actor,
    now: datetime,
    *,
    renamed: bool = False,
) -> frozenset[Fact]:
    document = entry.document or document_of(number).value
    values = {Fact.NUMBER: number, Fact.DOCUMENT: Document(document).value}
    values |= {fact: kept.sha256 for fact, kept in entry.pictures.items()}
    if profile.pk and not profile.document:
        profile.document = profile.kind.value  # named at last, as it was read all along
    said = {fact.value: list(kept.hints) for fact, kept in entry.pictures.items()}
    profile.hints = profile.hints | said
    return registry_facts.lay(profile, values, renamed=renamed, by=actor.user.pk, now=now)


def _save(profile: ProctorProfile, revision: int, changed: frozenset[Fact]) -> None:
    """One conditional update: nobody's correction is lost under another's, nor a verdict under a new phone number."""
    names = ["site_id", "phone", *(registry_facts.WRITTEN if changed else ())]
    rows = ProctorProfile.objects.filter(pk=profile.pk, revision=revision)
    if not rows.update(**{name: getattr(profile, name) for name in names}):
        raise ChangedMeanwhile()


def _trace(
    profile: ProctorProfile, kind: CertificateCheck.Kind, facts: list[Fact], actor: Actor, now: datetime
) -> None:
    said = [fact.value for fact in facts]
    check = certificate_trace.history(profile, kind, by=actor.user, now=now, facts=said)
    certificate_trace.write([check], now=now)
    certificate_asks.ask([profile], now=now)


def _hold(number: str) -> None:
    """Two entries of one person wait for each other, whichever form of the number they bring."""
    if number:
        named_locks.hold(f"proctor {index_of(number)}")


def _site(code: str, actor: Actor, wrong: Wrong) -> ExamSite:
    site = access.visible(actor, ExamSite, ENTER).filter(code=code).select_related("branch").first()
    if site is None:
        wrong.at("site", "not_found", Text("请选择您范围内的考点。", "Choose a site within your scope."))
        return ExamSite()
    return site


def _check_words(entry: Entry, wrong: Wrong) -> None:
    if not 0 < len(entry.name.strip()) <= 64:
        wrong.at(
            "name", "required", Text("请填写与证件一致的姓名。", "Write the name as the document has it.")
        )
    if entry.phone and not _PHONE.fullmatch(_phone(entry.phone)):
        wrong.at(
            "phone", "invalid", Text("请填写 8 至 15 位的电话号码。", "Write a number of 8 to 15 digits.")
        )


def _phone(text: str) -> str:
    return re.sub(r"[\s()-]", "", normalise(text)) if text else ""


def _account(entry: Entry, actor: Actor, wrong: Wrong) -> User:
    """A new account, or that of somebody of the actor's own who becomes a proctor besides."""
    username = normalise_username(entry.username)
    if not _USERNAME.fullmatch(username):
        wrong.at(
            "username",
            "invalid",
            Text(
                "账号为 2 至 64 位字母、数字或 . _ @ -。",
                "An account has 2 to 64 letters, digits or . _ @ -.",
            ),
        )
        return User()
    there = User.objects.filter(username=username).first()
    if there is None:
        return User() if wrong else _created(username, entry.name.strip())
    if ProctorProfile.objects.filter(user=there).exists():
        why = Text(
            "该账号已是监考教师。请在列表中找到并修改。",
            "This account is a proctor already; change it there.",
        )
        wrong.at("username", "taken", why)
    elif (
        there.name != entry.name.strip()
        or not access.visible(actor, User, ENTER).filter(pk=there.pk).exists()
    ):
        why = Text("该账号已被占用。请换一个账号。", "This account is taken. Choose another.")
        wrong.at("username", "taken", why)
    return there


def normalise_username(text: str) -> str:
    """Half width, without blanks; upper and lower case differ."""
    return "".join(text.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}).split())


def _created(username: str, name: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(username, name=name)
    except IntegrityError:  # somebody entered the same a moment ago
        why = Text("该账号已被占用。请换一个账号。", "This account is taken. Choose another.")
        raise Invalid(errors=[FieldError("username", "taken", why)]) from None


def _move(profile: ProctorProfile, before: int) -> None:
    """A proctor of another site from now on; the old site's role goes with it."""
    Membership.objects.filter(user=profile.user_id, role=Role.PROCTOR, site=before).delete()
    Membership.objects.get_or_create(user=profile.user, role=Role.PROCTOR, site=profile.site)
