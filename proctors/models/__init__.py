"""Proctor changes; the history of certificates; recusals."""

from proctors.models.certificates import Breaker, CertificateCheck, NumberReveal, RealNameAsk
from proctors.models.changes import CUTOFF, ProctorChange
from proctors.models.presses import RosterPress
from proctors.models.recusals import Recusal

__all__ = [
    "CUTOFF",
    "Breaker",
    "CertificateCheck",
    "NumberReveal",
    "ProctorChange",
    "RealNameAsk",
    "Recusal",
    "RosterPress",
]
