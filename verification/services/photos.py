"""Pictures of sign-ins, proctors' checks and entry requests: by a call of their own, safe to repeat, never replaced."""

from collections.abc import Iterable
from datetime import datetime
from typing import IO, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

from exam_ops.core import access, entry, events, files, pictures
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.rules.text import Text
from verification.models import EntryRequest, ProctorSignIn, SignIn
from verification.services import photo_copies, post_exam

Shot = TypeVar("Shot", SignIn, ProctorSignIn, EntryRequest)

_OWNER = {SignIn: "proctor", ProctorSignIn: "proctor", EntryRequest: "requester"}
_ACTION = {SignIn: "sign_in.record", ProctorSignIn: "sign_in.record", EntryRequest: "entry.request"}
_PLACE = "room_session__site_unit__unit__plan"
_BESIDE = {
    SignIn: (_PLACE, "sitting__candidate"),
    ProctorSignIn: (_PLACE,),
    EntryRequest: (_PLACE, "sitting"),
}
_NOT_ASKED: dict[type, tuple[str, ...]] = {SignIn: ("sitting__candidate__id_no",)}  # it would be decrypted


class PhotoDiffers(Refusal):
    code, status = "photo_differs", 409
    title = Text("已有另一张照片", "Another photo is there")
    sentence = Text(
        "这条记录已有另一张照片，不能替换。如需更正，请在备注中说明。",
        "This record has another photo already, and photos are never replaced. Say in a note what is to be corrected.",
    )


def put(
    model: type[Shot], id: UUID, content: bytes | IO[bytes] | Iterable[bytes], *, actor: Actor, now: datetime
) -> tuple[str, bool]:
    """Stores the photo of the actor's own record; returns its SHA-256 and whether it came now.

    Raises `NotFound`, `NotAllowed` for somebody else's record, `TooLarge`, `NotAPicture`, `PhotoDiffers`,
    `StorageFull`.
    """
    target = own(model, id, actor=actor)
    with files.receive(content, limit=settings.MAX_PHOTO_BYTES) as incoming:
        if target.photo:
            return _compared(target.photo, incoming.sha256), False
        kind = pictures.kind_of(incoming.file)
        incoming.keep()
    with transaction.atomic():
        if model._default_manager.filter(pk=id, photo="").update(photo=incoming.sha256):
            _write_event(target, incoming.sha256, actor, now)
            _ask_for_copies(target, incoming.sha256, kind, now)
            if isinstance(target, EntryRequest):
                entry.touch([target.room_session_id])  # the chief waits for the picture
            return incoming.sha256, True
    return _compared(
        model._default_manager.values_list("photo", flat=True).get(pk=id), incoming.sha256
    ), False


def own(model: type[Shot], id: UUID, *, actor: Actor) -> Shot:
    """The actor's own record, from a phone; raises `NotFound`, `NotAllowed`, `OutOfScope`."""
    actor.require(_ACTION[model])
    if actor.device_id is None:
        raise NotAllowed()
    owner = {_OWNER[model]: actor.user}
    rows = model._default_manager.select_related(*_BESIDE[model]).defer(*_NOT_ASKED.get(model, ()))
    mine = rows.filter(pk=id, **owner).first()
    if mine is not None:
        return mine
    access.get(actor, model, _ACTION[model], pk=id)
    raise NotAllowed()


def _ask_for_copies(
    target: SignIn | ProctorSignIn | EntryRequest, sha256: str, kind: str, now: datetime
) -> None:
    if isinstance(target, SignIn):
        photo_copies.ask_for_sign_in(target, sha256, kind, now=now)
        _show_late(target, now)
    else:
        photo_copies.ask(sha256, kind, now=now)


def _show_late(sign_in: SignIn, now: datetime) -> None:
    """A photo that arrives after the exam is still checked (C16)."""
    session, sitting = sign_in.room_session, sign_in.sitting
    if sign_in.effective and sitting and session and now >= session.site_unit.ends_at:
        post_exam.look_again(sitting, now=now)


def _compared(there: str, came: str) -> str:
    if there != came:
        raise PhotoDiffers()
    return there


def _write_event(
    target: SignIn | ProctorSignIn | EntryRequest, sha256: str, actor: Actor, now: datetime
) -> None:
    session = target.room_session
    events.record(
        "photo.stored",
        now=now,
        actor=actor.user,
        site_unit=session.site_unit if session else None,
        room_session=session,
        sitting=getattr(target, "sitting", None),
        subject=str(target.pk),
        of=target._meta.model_name,
        sha256=sha256,
    )
