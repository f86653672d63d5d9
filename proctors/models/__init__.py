"""Proctor changes."""

from proctors.models.changes import CUTOFF, ProctorChange

__all__ = ["CUTOFF", "ProctorChange"]
