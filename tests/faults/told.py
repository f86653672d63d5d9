"""What the portal says about one morning, as text: `python -m tests.faults.told` on an empty database.

Run under another time zone it must say the very same: instants, sentences, pages. The clock stands where the
script puts it, keys and ids are drawn anew each time and are left out.
"""

import json
import re
import sys
from typing import Any

STEPS = ("T-168h", "T-48h", "T-2h", "T-5m", "T+15m", "T+30m", "E-5m", "E")
PAGES = ("/", "/deadlines/")
_RANDOM = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|name="csrfmiddlewaretoken" value="[^"]+"|[A-Za-z0-9]{64}')


def main() -> None:
    """Prints the morning as one JSON document."""
    import django

    django.setup()
    from django.test import Client

    from exam_ops.core import clock, outbox
    from exam_ops.core.deadlines import engine
    from tests import database_clock
    from tests import world as worlds
    from tests.conftest import moment

    stands = [moment("T-9d")]
    clock.now = lambda: stands[0]
    database_clock.install()
    world = worlds.build(now=stands[0])
    told: dict[str, Any] = {}
    for step in STEPS:
        stands[0] = moment(step)
        database_clock.freeze(stands[0])
        engine.sweep(now=stands[0])
        while outbox.drain(now=stands[0]):
            pass
        for who in ("chief", "hq"):
            for language in ("zh-hans", "en"):
                browser = Client(headers={"Accept-Language": language})
                browser.force_login(
                    getattr(world.cast, who), backend="django.contrib.auth.backends.ModelBackend"
                )
                for page in PAGES:
                    answer = browser.get(page, follow=True)
                    told[f"{step} {who} {language} {page}"] = [
                        answer.status_code,
                        _RANDOM.sub("…", answer.content.decode()),
                    ]
    told["rows"] = _rows()
    json.dump(told, sys.stdout, ensure_ascii=False, default=str)


def _rows() -> dict[str, list[Any]]:
    from exam_ops.core.models import DeadlineRecord, Event, SiteUnit
    from incidents.models import Incident, Notification

    return {
        "site units": list(
            SiteUnit.objects.order_by("pk").values_list("starts_at", "ends_at", "next_due_at")
        ),
        "records": list(
            DeadlineRecord.objects.order_by("pk").values_list("deadline", "due_at", "fired_at", "outcome")
        ),
        "events": list(Event.objects.order_by("pk").values_list("kind", "at", "plan_at")),
        "incidents": list(Incident.objects.order_by("pk").values_list("number", "opened_at", "next_due_at")),
        "messages": list(Notification.objects.order_by("pk").values_list("title", "body", "created_at")),
    }


if __name__ == "__main__":
    main()
