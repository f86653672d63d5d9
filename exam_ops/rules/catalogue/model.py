"""What the incident catalogue is made of: a type, and the action card that stands on its page."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from exam_ops.rules.text import Text

Grade = Literal[1, 2, 3, 4]
"""1 特别重大 · 2 重大 · 3 较大 · 4 一般."""


class Party(StrEnum):
    """Who has a step on a card; the values are the role codes of the API contract."""

    PROCTOR = "proctor"
    CHIEF = "chief"
    SITE_ADMIN = "site_admin"
    CENTRE_OFFICER = "centre_officer"
    SUPPORT = "support"
    BRANCH_OFFICER = "branch_officer"
    HQ = "hq"


class Group(StrEnum):
    """Where a type comes from: clause 二(三), clause 二(四), or beyond the plan."""

    ENTRY = "entry"
    CLIENT = "client"
    GENERAL = "general"


class Remedy(StrEnum):
    """The object that a type proposes to make; it has its own states apart from the incident's."""

    ENTRY_APPROVAL = "entry_approval"
    LOGIN_AUTHORISATION = "login_authorisation"
    PROCTOR_CHANGE = "proctor_change"
    PUBLIC_IP = "public_ip"
    OFFLINE_PACKAGE = "offline_package"
    TICKET = "ticket"
    MACHINE_SWAP = "machine_swap"
    CLIENT_CONFIG = "client_config"


class Page(StrEnum):
    """A place in the portal where a step is done. The roof maps each to a URL; rules know none."""

    APP_DOWNLOAD = "app_download"
    CLIENT_CONFIG = "client_config"
    DECISIONS = "decisions"
    ENTRY_APPROVALS = "entry_approvals"
    ENTRY_REQUEST = "entry_request"
    ESCALATION = "escalation"
    EVIDENCE = "evidence"
    LOGIN_AUTHORISATIONS = "login_authorisations"
    MACHINE_SWAP = "machine_swap"
    OFFLINE_PACKAGES = "offline_packages"
    PHOTO_CHECK = "photo_check"
    PROCTOR_CHANGES = "proctor_changes"
    PUBLIC_IP = "public_ip"
    ROOM_RECORD = "room_record"
    ROSTER = "roster"
    SIGN_IN_STATS = "sign_in_stats"
    SUPPORT_CONTACTS = "support_contacts"
    SUPPORT_DESK = "support_desk"
    TICKETS = "tickets"
    VIOLATIONS = "violations"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an action card. `key` is unique on its card and is what a tick is stored under."""

    key: str
    role: Party
    text: Text
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentType:
    """One kind of incident.

    `clause` is the clause of the plan, empty beyond it. `owners` lists in turn whose incident it is; the
    ladder of clause 一 (site, branch, headquarters) comes on top. `entry_blocking`: those it names count
    as blocked (A3). `evidence`: 应急材料 are owed (clause 二(三)11). `technical`: it also stands in the
    support desk's queue (A1).
    """

    code: str
    title: Text
    clause: str
    group: Group
    summary: Text
    owners: tuple[Party, ...]
    opened_by: frozenset[Party]
    cards: tuple[Step, ...]
    default_grade: Grade = 4
    entry_blocking: bool = False
    evidence: bool = False
    technical: bool = False
    remedy: Remedy | None = None

    def steps_for(self, role: str) -> tuple[Step, ...]:
        """The steps of one role, in the order of the card."""
        return tuple(step for step in self.cards if step.role == role)

    def step(self, key: str) -> Step:
        """The step under `key`; `KeyError` when this card has none."""
        for step in self.cards:
            if step.key == key:
                return step
        raise KeyError(key)
