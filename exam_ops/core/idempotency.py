"""Creates that carry an id: the same content again is the same answer, other content is refused."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from exam_ops.core.errors import IdReused
from exam_ops.core.models import ExamPlan, StoredAnswer, User


def fingerprint(fields: Any) -> str:
    """The SHA-256 of parsed fields in canonical form; files stand in it by their own SHA-256."""
    canonical = json.dumps(fields, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def once(
    id: UUID,
    *,
    kind: str,
    user: User | None,
    fields: Any,
    now: datetime,
    plan: ExamPlan | None = None,
    create: Callable[[], dict[str, Any]],
) -> tuple[dict[str, Any], bool]:
    """Runs `create` once for `id` and keeps its JSON answer in the same transaction.

    Returns the answer and whether it was made now. The stored answer is given before any window is
    checked, so a repeat is answered after the close too. Raises `IdReused` for other content, another
    kind or another user; a refused create leaves nothing behind and may be tried again.
    """
    mark = fingerprint(fields)
    if (stored := _stored(id, kind, user, mark)) is not None:
        return stored, False
    try:
        with transaction.atomic():
            row = StoredAnswer.objects.create(
                id=id, kind=kind, user=user, plan=plan, fingerprint=mark, answer={}, at=now
            )  # first, so that a twin at the same moment waits here
            row.answer = json.loads(json.dumps(create(), cls=DjangoJSONEncoder))
            row.save(update_fields=["answer"])
            return row.answer, True
    except IntegrityError:
        if (stored := _stored(id, kind, user, mark)) is not None:
            return stored, False
        raise


def _stored(id: UUID, kind: str, user: User | None, mark: str) -> dict[str, Any] | None:
    row = StoredAnswer.objects.filter(pk=id).first()
    if row is None:
        return None
    if (row.kind, row.user_id, row.fingerprint) != (kind, user.pk if user else None, mark):
        raise IdReused()
    return row.answer
