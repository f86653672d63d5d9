"""The demo's support contacts: nobody's name and nobody's number."""

from datetime import datetime

from incidents.models import Contact


def lay(*, now: datetime) -> int:
    """Writes two fictional national contacts where there are none yet; returns how many."""
    if Contact.objects.exists():
        return 0
    made = [
        Contact(
            name="App 值班热线",
            duty="身份核验 App",
            phone="000-0000",
            for_client=False,
            order=1,
            changed_at=now,
        ),
        Contact(
            name="客户端值班热线", duty="考试客户端", phone="000-0001", for_app=False, order=2, changed_at=now
        ),
    ]
    return len(Contact.objects.bulk_create(made))
