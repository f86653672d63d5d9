"""Proctors for the tests of the registry: numbers of an area that no place has, pictures of nothing."""

from io import BytesIO

from exam_ops.core import clock
from exam_ops.core.access import actor_for
from exam_ops.core.models import ProctorProfile, User
from exam_ops.rules.certification import Fact, Finding, Part
from exam_ops.rules.id_numbers import check_character
from proctors.services import certifying, registry
from proctors.services.certifying import Verdict
from proctors.services.registry_checks import Entry
from proctors.services.registry_photos import Kept

AGREED = dict.fromkeys(Part, Finding.AGREES)


def number(seq: int = 1, born: str = "19900307") -> str:
    """A well-formed ID number; another `seq` is another person."""
    first17 = f"999000{born}{seq:03d}"
    return first17 + check_character(first17)


def drawn(seed: str = "a") -> Kept:
    """A picture as if it had been taken in."""
    return Kept((seed * 64)[:64])


PICTURES = {Fact.PHOTO: drawn("a"), Fact.DOCUMENT_PHOTO: drawn("b")}


def entry(seq: int = 1, **more) -> Entry:
    said = {"username": f"t{seq:04d}", "name": f"教师{seq}", "site": "A1", "id_no": number(seq)}
    return Entry(**said | {"pictures": PICTURES} | more)


def add(by: User, seq: int = 1, **more) -> ProctorProfile:
    """A proctor of site A1 whose facts are complete, entered by `by`."""
    now = clock.now()
    return registry.add(entry(seq, **more), actor=actor_for(by, now=now), now=now)


def change(by: User, profile: ProctorProfile, **more) -> ProctorProfile:
    """Corrects what is named, the rest as it stands."""
    now = clock.now()
    profile = ProctorProfile.objects.select_related("user", "site").get(pk=profile.pk)
    said = {
        "username": profile.user.username,
        "name": profile.user.name,
        "site": profile.site.code,
        "phone": profile.phone,
    }
    asked = Entry(**said | more)
    return registry.change(profile.pk, profile.revision, asked, actor=actor_for(by, now=now), now=now)


def compare(by: User, profile: ProctorProfile, note: str = "", unusable=(), **findings):
    """`by` compares: all three agree unless said otherwise (`number`, `name`, `photo`)."""
    now = clock.now()
    found = AGREED | {Part(part): Finding(said) for part, said in findings.items()}
    verdict = Verdict(profile.pk, profile.revision, found, unusable, note)
    return certifying.compare(verdict, actor=actor_for(by, now=now), now=now)


def upload(content: bytes, name: str = "photo.jpg") -> BytesIO:
    """A picture as a form of the test client sends it."""
    file = BytesIO(content)
    file.name = name
    return file
