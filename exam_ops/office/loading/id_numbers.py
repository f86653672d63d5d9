"""Whether an ID number is written as GB 11643 says: 17 digits with a real birth date, and the right check digit."""

import re
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
FORM = re.compile(r"^[1-9]\d{16}[\dX]$", re.ASCII)


def is_resident(id_no: str) -> bool:
    """Whether it looks like a resident ID number at all: 18 places."""
    return len(id_no) == 18 and id_no[:17].isdigit()


def is_sound(id_no: str) -> bool:
    """Form, birth date and check digit; the area code is not judged."""
    if not FORM.match(id_no):
        return False
    try:
        born = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    except ValueError:
        return False
    return born.year >= 1900 and check_digit(id_no[:17]) == id_no[17]


def check_digit(first17: str) -> str:
    return CHECK_DIGITS[sum(int(d) * w for d, w in zip(first17, WEIGHTS, strict=True)) % 11]
