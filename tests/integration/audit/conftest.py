"""Applications here wait for a busy machine."""

from collections.abc import Iterator

import pytest

from support.patience import patient_stores


@pytest.fixture(scope="module", autouse=True)
def _patient_applications() -> Iterator[None]:
    with patient_stores():
        yield
