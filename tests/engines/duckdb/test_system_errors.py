"""What the operating system reports while an engine works is the world's fault, whoever met it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from meshwright.diagnostics import WorldError
from meshwright.engines.duckdb.build import removed_on_failure
from meshwright.engines.duckdb.errors import Statement, engine_errors


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "MW-E202"), (errno.EIO, "MW-E204")])
def test_an_error_of_the_system_can_be_tried_again(number: int, code: str) -> None:
    with pytest.raises(WorldError) as raised, engine_errors(Statement(dataset="a.b.c")):
        raise OSError(number, "it failed", "/data/x.csv")
    assert raised.value.first.code == code
    assert "/data/x.csv" in raised.value.first.message
    assert raised.value.retryable


def test_a_file_that_cannot_be_removed_does_not_hide_why_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "x-0.parquet").mkdir()  # unlinking a folder fails
    with pytest.raises(KeyError), removed_on_failure(str(tmp_path / "x")):
        raise KeyError("the first failure")
