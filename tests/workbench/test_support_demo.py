"""The demo's support contacts are made up, and written once."""

from exam_ops.workbench.demo import contacts
from incidents.models import Contact


def test_the_demo_s_contacts_are_nobody_s(db, at):
    assert [contacts.lay(now=at.now), contacts.lay(now=at.now)] == [2, 0]
    assert all(row.phone.startswith("000-") and not row.qq for row in Contact.objects.all())
