"""Whether an ID number is written as GB 11643 says: 17 digits with a real birth date, and the right check digit."""

import re
from datetime import date

from exam_ops.rules.id_numbers import check_character

FORM = re.compile(r"^[1-9]\d{16}[\dX]$", re.ASCII)


def is_sound(id_no: str) -> bool:
    """Form, birth date and check digit; the area code is not judged."""
    if not FORM.match(id_no):
        return False
    try:
        born = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    except ValueError:
        return False
    return born.year >= 1900 and check_character(id_no[:17]) == id_no[17]
