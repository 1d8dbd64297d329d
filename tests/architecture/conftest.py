"""What the architecture tests read is put away after them: the trees of a thousand files slow every later test of the process."""

from collections.abc import Iterator

import pytest
from source import put_away


@pytest.fixture(scope="package", autouse=True)
def trees() -> Iterator[None]:
    yield
    put_away()
