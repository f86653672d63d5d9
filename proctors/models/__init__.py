"""Proctor changes; the history of certificates."""

from proctors.models.certificates import Breaker, CertificateCheck, NumberReveal, RealNameAsk
from proctors.models.changes import CUTOFF, ProctorChange

__all__ = ["CUTOFF", "Breaker", "CertificateCheck", "NumberReveal", "ProctorChange", "RealNameAsk"]
