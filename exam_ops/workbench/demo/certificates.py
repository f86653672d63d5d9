"""The demo's proctors are certified as everybody is: the site lays pictures in, the branch's officer compares (B2).

Faces, cards and numbers are drawn and belong to nobody.
"""

from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw

from exam_ops.core.access import Actor, actor_for
from exam_ops.core.models import Membership, ProctorProfile, User
from exam_ops.rules.certification import Fact, Finding, Part
from exam_ops.rules.permissions import Role
from exam_ops.sim import camera
from proctors.services import certifying, registry, registry_photos
from proctors.services.certifying import Verdict
from proctors.services.registry_checks import Entry

CARD = (640, 400)  # pixels
AGREED = dict.fromkeys(Part, Finding.AGREES)


def compare_claimed(*, now: datetime) -> int:
    """Certifies every proctor whom the workbook calls 已认证 and nobody has compared yet; returns how many.

    The others have their pictures too, and wait for whoever tries the page.
    """
    waiting = ProctorProfile.objects.filter(status=ProctorProfile.Status.PENDING, photo="")
    actors: dict[tuple[str, int], Actor] = {}
    done = 0
    for profile in waiting.select_related("user", "site").order_by("pk"):
        site = _actor(actors, Role.SITE, profile.site_id, now)
        officer = _actor(actors, Role.BRANCH, profile.site.branch_id, now)
        entered = registry.change(profile.pk, profile.revision, _entry(profile), actor=site, now=now)
        if profile.claimed:
            certifying.compare(Verdict(profile.pk, entered.revision, AGREED), actor=officer, now=now)
            done += 1
    return done


def _entry(profile: ProctorProfile) -> Entry:
    face = camera.face(profile.pk, 240)
    sent = {Fact.PHOTO: face, Fact.DOCUMENT_PHOTO: _card(face, profile.id_no)}
    pictures = {fact: registry_photos.take(BytesIO(picture), fact) for fact, picture in sent.items()}
    return Entry(
        profile.user.username, profile.user.name, profile.site.code, phone=profile.phone, pictures=pictures
    )


def _card(face: bytes, number: str) -> bytes:
    """A card with a face and a number, marked as an example."""
    card = Image.new("RGB", CARD, "#dfe7ee")
    draw = ImageDraw.Draw(card)
    with Image.open(BytesIO(face)) as portrait:
        card.paste(portrait.resize((180, 240)), (430, 50))
    draw.text((40, 60), "EXAMPLE", fill="#40576b", font_size=30)
    draw.text((40, 330), number, fill="#1b2430", font_size=34)
    out = BytesIO()
    card.save(out, "JPEG", quality=80)
    return out.getvalue()


def _actor(actors: dict[tuple[str, int], Actor], role: Role, place: int, now: datetime) -> Actor:
    """The site's administrator, the branch's integrity officer."""
    key = (role.value, place)
    if key not in actors:
        scope = {"site": place} if role is Role.SITE else {"branch": place}
        held = Membership.objects.filter(role=role, **scope).order_by("pk")
        fit = [m.user_id for m in held if role is Role.SITE or "integrity" in m.rights]
        actors[key] = actor_for(User.objects.get(pk=fit[0]), now=now)
    return actors[key]
