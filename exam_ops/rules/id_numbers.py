"""Citizen identity numbers by GB 11643 (clause 二(一)2, 实名制认证; B2, E9).

A number that passes is well formed, no more: whose it is, is for a person or the real-name service to say.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from exam_ops.rules.text import Text

OLDEST_YEARS = 150
"""A birth date longer ago than this is a slip of the pen."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))

_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71")
_RESIDENCE_PERMITS = frozenset({"81", "82", "83"})
_WRITTEN = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])"
)


class IdKind(StrEnum):
    """Which document a number belongs to, by its form."""

    RESIDENT = "resident"  # 居民身份证
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证: 81 Hong Kong, 82 Macao, 83 Taiwan
    FOREIGN_RESIDENT = "foreign_resident"  # 外国人永久居留身份证, 18 characters from 2023
    OTHER = "other"  # passport and all else: recorded, never certified


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A well-formed number. An unknown area is worth a look but no refusal: codes come and go."""

    number: str
    kind: IdKind
    birth_date: date
    area_known: bool


class IdNumberRefused(ValueError):
    """A number that breaks GB 11643: a stable `code` and a sentence, neither of them holding the number."""

    def __init__(self, code: str, detail: Text) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def normalise(text: str) -> str:
    """The number as it is stored and compared: half width, upper case, no spaces."""
    return "".join(text.translate(_HALF_WIDTH | _INVISIBLE).split()).upper()


def kind_of(text: str) -> IdKind:
    """The document that a number's form points to; says nothing of its being right."""
    number = normalise(text)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return IdKind.OTHER
    if number[:2] in _RESIDENCE_PERMITS:
        return IdKind.RESIDENCE_PERMIT
    return IdKind.FOREIGN_RESIDENT if number[0] == "9" else IdKind.RESIDENT


def check_character(first17: str) -> str:
    """The 18th character to 17 digits: ISO 7064 MOD 11-2 (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return _CHECKS[total % 11]


def read(text: str, *, today: date) -> IdNumber:
    """Read an 18-character number: form, birth date (not after `today`), checksum.

    Raises `IdNumberRefused` with the first that fails: `wrong_length`, `wrong_characters`,
    `impossible_birth_date` or `wrong_checksum`.
    """
    number = normalise(text)
    kind = kind_of(number)
    if len(number) != 18:
        raise IdNumberRefused(
            "wrong_length",
            Text("证件号须为 18 位，请核对。", "The number must have 18 characters; check it."),
        )
    if kind is IdKind.OTHER:
        raise IdNumberRefused(
            "wrong_characters",
            Text("证件号前 17 位须为数字，末位为数字或 X。", "17 digits are needed, then a digit or X."),
        )
    birth_date = _birth_date(number[6:14], today)
    if number[17] != check_character(number[:17]):
        raise IdNumberRefused(
            "wrong_checksum",
            Text(
                "证件号校验码不符，请逐位核对。", "The check character does not fit; compare digit by digit."
            ),
        )
    area_known = kind is not IdKind.RESIDENT or bool(_PROVINCE.match(number))
    return IdNumber(number, kind, birth_date, area_known)


def upgraded(text: str) -> str:
    """The number in the one form by which a person is known: a 15-digit one as its 18 characters, all else as it is.

    Fifteen digits were given out until 1999 and hold no more since 2013; they lack century and check character.
    """
    number = normalise(text)
    if not re.fullmatch(r"[1-9]\d{14}", number, re.ASCII):
        return number
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + check_character(first17)


def mask(id_no: str) -> str:
    """The number as it may be shown: at most the first 3 and last 4 characters, fewer of a short one (E9)."""
    number = normalise(id_no)
    length = len(number)
    head, tail = min(3, length // 6), min(4, length // 4)
    return number[:head] + "*" * (length - head - tail) + number[length - tail :]


def mask_within(text: str) -> str:
    """The same words with every ID number that somebody wrote into them masked: by form and birth date alone (E9)."""
    return _WRITTEN.sub(lambda found: mask(found[0]), text)


def _birth_date(digits: str, today: date) -> date:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        born = None
    if born is None or born > today or born.year < today.year - OLDEST_YEARS:
        raise IdNumberRefused(
            "impossible_birth_date",
            Text(
                "证件号中的出生日期有误，请核对。", "The birth date in the number is not possible; check it."
            ),
        )
    return born
