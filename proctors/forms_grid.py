"""What the grid of a roster sends: one place, or the pieces of a request with their reason."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import RosterRow
from exam_ops.rules.text import Text
from proctors.services.asking import Piece

LONG = 500
MOST = 200  # pieces of a request: a large room for one site, and a bound for one transaction
LARGEST = 2**62  # of a key, well inside what a database takes
_TOO_MANY = Text(
    "一次最多提交 {most} 项变更。请分两次提交。", "At most {most} changes in one request. Send them in two."
)
_UNREADABLE = Text("变更内容不完整。请刷新页面后重试。", "The change is incomplete. Reload and try again.")


class PlaceForm(forms.Form):
    """One place of the grid: who stood there when the page was drawn, and who shall."""

    id = forms.UUIDField()
    room = forms.IntegerField(min_value=1, max_value=LARGEST)
    position = forms.ChoiceField(choices=RosterRow.Position.choices)
    outgoing = forms.IntegerField(required=False, min_value=1, max_value=LARGEST)
    incoming = forms.IntegerField(required=False, min_value=1, max_value=LARGEST)

    def piece(self) -> Piece:
        """Raises `Invalid` when it can't be read."""
        if not self.is_valid():
            raise unreadable()
        said: dict[str, Any] = self.cleaned_data
        return Piece(said["id"], said["room"], said["outgoing"], said["incoming"], said["position"])


class RequestForm(forms.Form):
    """Several places with one reason; each piece is `room:position:outgoing:incoming`, empty for nobody."""

    id = forms.UUIDField()
    reason = forms.CharField(
        max_length=LONG,
        error_messages={
            "required": _("请填写原因，分部据此审批。"),
            "max_length": _("原因请写在 500 字以内。"),
        },
    )


def pieces_of(request_id: uuid.UUID, texts: list[str]) -> list[Piece]:
    """The pieces of a request, in order. Raises `Invalid`."""
    if not texts:
        raise unreadable()
    if len(texts) > MOST:
        said = _TOO_MANY.format(most=MOST)
        raise Invalid(errors=[FieldError("pieces", "max_length", said)], detail=said)
    return [_piece(request_id, text) for text in texts]


def _piece(request_id: uuid.UUID, text: str) -> Piece:
    parts = text.split(":")
    if len(parts) != 4:
        raise unreadable()
    room, position, outgoing, incoming = parts
    said = {"id": uuid.uuid5(request_id, f"{room}:{position}"), "room": room, "position": position}
    return PlaceForm(said | {"outgoing": outgoing, "incoming": incoming}).piece()


def unreadable() -> Invalid:
    return Invalid(errors=[FieldError("pieces", "invalid", _UNREADABLE)], detail=_UNREADABLE)
