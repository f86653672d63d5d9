"""How answers from live, offline and swapped machines become one paper (clause 二(四)5, 6; D5, D6).

Per question the answers form a join: idempotent, commutative, associative and monotone. Whatever the
order in which machines and packages come in, and however often, the paper is the same.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one question: a JSON value and when it was given (aware, corrected for skew)."""

    question: str
    value: Any
    answered_at: datetime

    def __post_init__(self) -> None:
        if self.answered_at.utcoffset() is None:
            raise ValueError("answered_at must carry an offset")

    @property
    def is_blank(self) -> bool:
        """Whether nothing was answered: null, white space, or a list or object of nothing else."""
        return _is_blank(self.value)

    @property
    def rank(self) -> tuple[bool, datetime, bytes, bytes]:
        """The total order of the contract: not blank before blank, later, greater SHA-256 of the value.

        Text is hashed as UTF-8, any other value as canonical JSON, which also parts `"1"` from `1`.
        """
        encoded = _canonical(self.value)
        raw = _utf8(self.value) if isinstance(self.value, str) else encoded
        return not self.is_blank, self.answered_at, hashlib.sha256(raw).digest(), encoded

    def says_the_same_as(self, other: "Answer") -> bool:
        """Whether both give the same value, at whatever time."""
        return _canonical(self.value) == _canonical(other.value)


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The paper after a merge, what of it must be written, and one count per question that came in."""

    answers: dict[str, Answer]
    changes: dict[str, Answer]
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    blank_ignored: int = 0


def join(one: Answer, other: Answer) -> Answer:
    """The one of two answers to the same question that stands."""
    return max(one, other, key=lambda answer: answer.rank)


def merge(stored: Mapping[str, Answer], incoming: Iterable[Answer]) -> MergeResult:
    """Bring `incoming` into `stored` (question → answer), which is left as it is; nothing is ever removed.

    Counted per question: `added` had no answer yet, `updated` has another value now, `unchanged` keeps its
    value, `blank_ignored` came in blank. A blank to an unknown question is kept as a blank.
    """
    arrived: dict[str, Answer] = {}
    for answer in incoming:
        arrived[answer.question] = join(arrived.get(answer.question, answer), answer)

    changes: dict[str, Answer] = {}
    counts = dict.fromkeys(("added", "updated", "unchanged", "blank_ignored"), 0)
    for question, answer in arrived.items():
        before = stored.get(question)
        after = answer if before is None else join(before, answer)
        if before is None or after.rank != before.rank:
            changes[question] = after
        counts[_effect(before, answer, after)] += 1
    return MergeResult({**stored, **changes}, changes, **counts)


def _effect(before: Answer | None, arrived: Answer, after: Answer) -> str:
    if arrived.is_blank:
        return "blank_ignored"
    if before is None or before.is_blank:
        return "added"
    return "unchanged" if after.says_the_same_as(before) else "updated"


def package_name(
    plan: str, unit: str, ticket_no: str, machine_id: str, exported_at: datetime, answers_json: bytes
) -> str:
    """The only name that an offline package with these contents may have (二(四)6: 不得更改文件内容、名称).

    `exported_at` is written in UTC, to the second; `answers_json` are the bytes of `answers.json`.
    """
    if exported_at.utcoffset() is None:
        raise ValueError("exported_at must carry an offset")
    stamp = exported_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest8 = hashlib.sha256(answers_json).hexdigest()[:8]
    return f"{plan}_{unit}_{ticket_no}_{machine_id}_{stamp}_{digest8}.oap"


def _is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_blank, value))
    return value is None


def _canonical(value: Any) -> bytes:
    return _utf8(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
