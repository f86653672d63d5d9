"""The broker in a folder: a message is there whole or not at all."""

from pathlib import Path

import pytest
from kombu import Connection

from exam_ops.celery import app
from exam_ops.core.embedded_broker import Transport


@pytest.mark.sqlite_only  # with Redis the broker is Redis
def test_the_application_uses_it():
    assert app.connection_for_write().transport.__class__ is Transport


def test_a_message_arrives_whole_and_nothing_half_stays(tmp_path: Path):
    folder = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "c"),
    }
    with Connection(transport=Transport, transport_options=folder) as connection:
        queue = connection.SimpleQueue("tick")
        queue.put({"n": 1})
        assert [p.suffix for p in tmp_path.glob("*tick*")] == [".msg"]
        assert queue.get(timeout=2).payload == {"n": 1}
        queue.close()
