"""The exam client: who may come in from where, who came in, and what they answered."""

from client_support.models.gate import ClientLogin, ClientRelease, MachineReport, PublicAddress, RefusedLogin
from client_support.models.papers import Answer, AnswerWrite, ClientEvent, ClientSession, OfflinePackage

__all__ = [
    "Answer",
    "AnswerWrite",
    "ClientEvent",
    "ClientLogin",
    "ClientRelease",
    "ClientSession",
    "MachineReport",
    "OfflinePackage",
    "PublicAddress",
    "RefusedLogin",
]
