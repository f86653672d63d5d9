"""Who may do what: one row an action, checked at the object's own branch, site or room (`core/access.py`)."""

from enum import StrEnum


class Role(StrEnum):
    HQ = "hq"
    BRANCH = "branch_officer"
    SITE = "site_admin"
    CHIEF = "chief"
    PROCTOR = "proctor"
    CENTRE = "centre_officer"
    SUPPORT = "support"
    INSPECTOR = "inspector"
    CANDIDATE = "candidate"


class Right(StrEnum):
    """Duties of a branch officer that not every branch officer holds."""

    INTEGRITY = "integrity"  # 分部考风考纪管理员
    DUTY = "duty"  # on duty for emergencies


OFFICE = frozenset({Role.HQ, Role.BRANCH, Role.SITE, Role.CHIEF, Role.SUPPORT, Role.INSPECTOR})
STAFF = OFFICE | {Role.PROCTOR, Role.CENTRE}
SITE_HEADS = frozenset({Role.SITE, Role.CHIEF})
EVERY_LEVEL = frozenset({Role.HQ, Role.BRANCH}) | SITE_HEADS

ACTIONS: dict[str, frozenset[Role]] = {
    # people, places, time
    "plan.see": STAFF,
    "plan.load": frozenset({Role.HQ}),
    "drill.move": frozenset({Role.HQ}),
    "site.see": STAFF,
    "room.see": STAFF,
    "file.see": OFFICE | {Role.PROCTOR},
    "photo.original": OFFICE - {Role.SUPPORT},
    "event.see": frozenset({Role.HQ, Role.BRANCH, Role.SUPPORT, Role.INSPECTOR}),
    "account.see": frozenset({Role.HQ, Role.BRANCH, Role.SITE, Role.SUPPORT}),
    "account.unlock": frozenset({Role.HQ, Role.SITE, Role.SUPPORT}),
    "account.one_time_code": frozenset({Role.SITE, Role.SUPPORT}),
    "deadline.see": OFFICE,
    "system.see": frozenset({Role.HQ, Role.SUPPORT}),
    "system.retry": frozenset({Role.HQ, Role.SUPPORT}),
    # the door
    "sign_in.see": OFFICE,
    "sign_in.record": frozenset({Role.PROCTOR}),
    "sign_in.review": SITE_HEADS,  # clears what phones reported and nobody could apply
    "sign_in.place": frozenset({Role.HQ, Role.SUPPORT}),  # the same, of what names no room
    "sign_in.undo": SITE_HEADS,
    "entry.request": frozenset({Role.PROCTOR}),
    "entry.request_room": frozenset({Role.PROCTOR, Role.SITE}),
    "entry.choose_manual": SITE_HEADS,
    "held_over.see": OFFICE | {Role.PROCTOR},
    "held_over.record": SITE_HEADS | {Role.PROCTOR},
    "entry.see": OFFICE | {Role.PROCTOR},
    "entry.decide": frozenset({Role.CHIEF}),
    "presence.mark": SITE_HEADS | {Role.PROCTOR},  # who of the 未签到 is here (C6)
    # photos of sign-ins, and the check after the exam
    "photo.judge": SITE_HEADS | {Role.PROCTOR},
    "post_exam.see": OFFICE - {Role.SUPPORT},
    "post_exam.check": SITE_HEADS,
    "post_exam.settle": frozenset({Role.BRANCH}),
    "phone.see": SITE_HEADS | {Role.PROCTOR, Role.BRANCH},  # who has a page for the phone
    # a chief's powers lent to a deputy (C3)
    "delegation.see": OFFICE,
    "delegation.grant": frozenset({Role.CHIEF, Role.BRANCH}),
    # tickets
    "ticket.print": SITE_HEADS | {Role.CANDIDATE},
    "ticket.room": SITE_HEADS,
    "ticket.record": SITE_HEADS,
    "students.tell": SITE_HEADS,
    # incidents and evidence
    "incident.open": STAFF,
    "incident.see": STAFF,
    "incident.acknowledge": EVERY_LEVEL | {Role.SUPPORT},
    "incident.escalate": EVERY_LEVEL | {Role.SUPPORT, Role.PROCTOR},
    "incident.tick": STAFF,
    "incident.update": EVERY_LEVEL | {Role.SUPPORT, Role.PROCTOR},
    "incident.hand_over": EVERY_LEVEL | {Role.SUPPORT},
    "incident.regrade": EVERY_LEVEL,
    "incident.strike": EVERY_LEVEL | {Role.SUPPORT},
    "incident.resolve": EVERY_LEVEL,
    "incident.reopen": EVERY_LEVEL,
    "evidence.see": OFFICE | {Role.PROCTOR},
    "evidence.upload": SITE_HEADS | {Role.PROCTOR},
    "evidence.withdraw": SITE_HEADS | {Role.PROCTOR},  # a proctor their own
    "evidence_review.see": OFFICE - {Role.SUPPORT},
    "evidence_review.give": frozenset({Role.CHIEF, Role.BRANCH}),
    "package.see": OFFICE - {Role.SUPPORT},
    "package.download": OFFICE - {Role.SUPPORT},
    "package.check": OFFICE - {Role.SUPPORT},
    "package.make": frozenset({Role.HQ}),  # once more, with a reason
    # the ladder (A2)
    "ladder.see": OFFICE,
    "ladder.edit": frozenset({Role.HQ}),
    # decisions of headquarters: whom they are for, who makes them
    "decision.see": STAFF,
    "decision.make": frozenset({Role.HQ}),
    # the registry of proctors (B2): who sees it, enters facts, compares them, sees a whole ID number
    "registry.see": EVERY_LEVEL,
    "registry.enter": frozenset({Role.HQ, Role.BRANCH, Role.SITE}),
    "registry.reveal": frozenset({Role.HQ, Role.BRANCH, Role.SITE}),
    "certificate.compare": frozenset({Role.HQ, Role.BRANCH}),  # of a branch its integrity officer
    # proctors
    "roster.see": OFFICE | {Role.PROCTOR},
    "recusal.see": frozenset({Role.SITE, Role.BRANCH}),  # a private matter: nobody else (回避)
    "recusal.enter": frozenset({Role.SITE, Role.BRANCH}),
    "roster.check": frozenset({Role.HQ, Role.BRANCH, Role.SUPPORT}),
    "roster.press": frozenset({Role.HQ, Role.BRANCH, Role.SUPPORT}),
    "readiness.see": OFFICE,  # of proctors, machines and sites before the mock exam (B8)
    "readiness.tick": SITE_HEADS,
    "readiness.press": frozenset({Role.HQ, Role.BRANCH, Role.SITE, Role.SUPPORT}),
    "roster.fill": SITE_HEADS,  # by rule, and from a workbook
    "change.see": OFFICE,
    "change.request": SITE_HEADS | {Role.BRANCH},  # the branch's duty officer in an emergency
    "change.decide": frozenset({Role.BRANCH}),
    # exam clients
    "address.see": OFFICE,
    "address.register": frozenset({Role.SITE}),
    "client.see": OFFICE | {Role.PROCTOR},
    "login.authorise": SITE_HEADS,
    "offline.upload": frozenset({Role.CENTRE}),
    # duty rosters, contacts, the support desk
    "duty.see": OFFICE,
    "duty.edit": frozenset({Role.HQ, Role.BRANCH, Role.SITE}),
    "contact.edit": frozenset({Role.HQ, Role.BRANCH}),
    # the App's releases, and phones that support lets in for one unit
    "release.see": EVERY_LEVEL | {Role.SUPPORT},
    "release.edit": frozenset({Role.HQ}),
    "device.see": EVERY_LEVEL | {Role.SUPPORT},
    "device.admit": frozenset({Role.SUPPORT}),
    # messages
    "channel.set": frozenset({Role.HQ, Role.BRANCH, Role.SITE}),
    "template.edit": frozenset({Role.HQ}),
    "delivery.see": frozenset({Role.HQ, Role.BRANCH, Role.SITE, Role.SUPPORT}),
    "delivery.resend": frozenset({Role.HQ, Role.BRANCH, Role.SITE}),
    "support.see": frozenset({Role.HQ, Role.BRANCH, Role.SUPPORT}),
    "desk.take": frozenset({Role.SUPPORT}),
    "desk.open": frozenset({Role.SUPPORT}),
}


def may(role: Role | str, action: str) -> bool:
    """Whether `role` holds `action` at all; the scope is checked apart."""
    return Role(role) in ACTIONS[action]
