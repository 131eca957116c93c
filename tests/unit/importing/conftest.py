from collections.abc import Callable
from pathlib import Path

import pytest

from bulkwire_cli.importing.records import Reject, Row
from bulkwire_cli.importing.rows import open_rows

Read = Callable[..., list[Row | Reject]]


@pytest.fixture
def recipients(tmp_path: Path) -> Path:
    return tmp_path / "recipients.csv"


@pytest.fixture
def read(recipients: Path) -> Read:
    """Writes the bytes (or text, as UTF-8) into a file and reads its rows and rejects."""

    def read(content: bytes | str, to_column: str | None = None) -> list[Row | Reject]:
        recipients.write_bytes(content.encode() if isinstance(content, str) else content)
        with open_rows(recipients, to_column=to_column) as rows:
            return list(rows)

    return read
