"""What the tests of loads share."""

import pytest

from tests.office import workbooks


@pytest.fixture
def compared(db) -> None:
    """The sound workbook's proctors are certified already, so that its roster may be loaded."""
    workbooks.compare_proctors()
