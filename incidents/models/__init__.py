"""Incidents, evidence, decisions, duty rosters and messages."""

from incidents.models.decisions import Decision, DecisionTarget
from incidents.models.duty import Contact, Shift
from incidents.models.evidence import Evidence, EvidenceDuty, EvidenceMark
from incidents.models.evidence_checks import EvidenceCheck, EvidencePicture
from incidents.models.evidence_review import EvidenceReview
from incidents.models.incidents import CardTick, Entry, Incident, LadderStep, Report
from incidents.models.messages import Channel, Delivery, DigestLine, Notification, Template
from incidents.models.packages import EvidenceKey, EvidencePackage, PackageCheck, PackageOrder

__all__ = [
    "CardTick",
    "Channel",
    "Contact",
    "Decision",
    "DecisionTarget",
    "Delivery",
    "DigestLine",
    "Entry",
    "Evidence",
    "EvidenceCheck",
    "EvidenceDuty",
    "EvidenceKey",
    "EvidenceMark",
    "EvidencePackage",
    "EvidencePicture",
    "EvidenceReview",
    "Incident",
    "LadderStep",
    "Notification",
    "PackageCheck",
    "PackageOrder",
    "Report",
    "Shift",
    "Template",
]
