"""Log lines of the workers, where nobody can take them."""

import json
import os
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from bulkwire_workers.logs import log_to_stderr


@pytest.fixture
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(os.dup(writer), "w", buffering=1) as broken:
        monkeypatch.setattr(sys, "stderr", broken)
        yield
        # What its buffer still holds can't be written when it is closed, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), broken.fileno())
    os.close(writer)
    structlog.reset_defaults()


@pytest.mark.usefixtures("nobody_reads")
@pytest.mark.parametrize("method", ["debug", "info", "warning", "error", "exception", "critical"])
def test_a_line_that_cannot_be_written_costs_nothing(method: str) -> None:
    log_to_stderr("debug")
    log = structlog.get_logger("bulkwire.test")
    for _ in range(3):
        getattr(log, method)("batch_settled")


def test_lines_go_where_they_went_when_it_was_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its children Celery puts a logger in the place of ``sys.stderr``, which adds to lines."""
    first, later = StringIO(), StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    log_to_stderr("info")
    monkeypatch.setattr(sys, "stderr", later)
    structlog.get_logger("bulkwire.test").info("batch_settled", messages=2)
    structlog.reset_defaults()
    assert not later.getvalue()
    line = json.loads(first.getvalue())
    assert (line["event"], line["messages"]) == ("batch_settled", 2)
