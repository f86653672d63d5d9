"""Workbooks in: `load` reads, checks and writes an exam plan; its `Result` is what page and command show."""

from exam_ops.office.loading.load import load
from exam_ops.office.loading.report import FileRefused, Problem, Result

__all__ = ["FileRefused", "Problem", "Result", "load"]
