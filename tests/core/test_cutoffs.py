"""A cutoff is judged when the transaction commits, by the database's clock; its error becomes a refusal."""

import pytest
from django.db import IntegrityError, connection, transaction

from exam_ops.core import cutoffs
from exam_ops.core.cutoffs import Cutoff
from exam_ops.core.errors import NotFound
from exam_ops.core.models import Heartbeat

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]
CUTOFF = Cutoff(
    "a_test_closes", "core_heartbeat", closes="NEW.at", update_of=("at",), when="NEW.name <> 'free'"
)


@pytest.fixture(autouse=True)
def cutoff():
    with connection.schema_editor() as editor:
        CUTOFF.create(None, editor)
    yield
    with connection.schema_editor() as editor:
        CUTOFF.drop(None, editor)


def written(at, closes: str, committed: str, name: str = "x") -> bool:
    """Whether a row that closes at `closes`, written a second before, may be committed at `committed`."""
    hand = at(closes)
    at(f"{closes}-1s")
    try:
        with cutoffs.refusing({"a_test_closes": NotFound}), transaction.atomic():
            Heartbeat.objects.update_or_create(name=name, defaults={"at": hand})
            at(committed)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize(
    ("committed", "stands"), [("T-1s", True), ("T-1ms", True), ("T", False), ("T+1s", False)]
)
def test_it_is_half_open_at_the_commit(at, committed, stands):
    assert written(at, "T", committed) is stands
    assert Heartbeat.objects.exists() is stands


def test_it_judges_updates_of_its_columns_alone(at):
    assert written(at, "T", "T-1ms")
    closes = at("T")
    Heartbeat.objects.update(data={"a": 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        Heartbeat.objects.update(at=closes)


def test_what_its_condition_leaves_out_is_free(at):
    assert written(at, "T", "T+1s", name="free")


def test_another_constraints_error_passes(at):
    Heartbeat.objects.bulk_create([Heartbeat(name="free", at=at.now)])
    with pytest.raises(IntegrityError), cutoffs.refusing({"a_test_closes": NotFound}), transaction.atomic():
        Heartbeat.objects.bulk_create([Heartbeat(name="free", at=at.now)])
