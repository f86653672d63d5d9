"""kombu's broker in a folder, with messages that appear whole.

kombu creates a message's file and writes it afterwards; a worker that looks in between reads nothing and
ends. Here the file is written under another name and moved to its own in one step.
"""

import os
import uuid
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

from exam_ops.core import clock


class Channel(filesystem.Channel):
    """The folder's channel."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu disagrees with itself
        name = f"{int(clock.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        place = os.path.join(self.data_folder_out, name)
        with open(f"{place}.part", "wb") as file:
            file.write(str_to_bytes(dumps(payload)))
        os.replace(f"{place}.part", place)


class Transport(filesystem.Transport):
    """Used for `filesystem://` by the Celery application."""

    Channel = Channel
