"""docs/how-to/python-client.md does what it says, at a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import examples, page
from tests.http.conftest import mold, root  # noqa: F401 - fixtures
from tests.http.serving import serving, token


def test_the_page_of_the_client_runs(
    root: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    programs = [each.text for each in examples(page("../how-to/python-client.md")) if each.language == "python"]
    assert len(programs) == 6
    monkeypatch.chdir(tmp_path)
    with serving(root, folder=tmp_path) as server:
        names: dict[str, object] = {"url": server.url, "token": token(root, "administrator")}
        said = []
        for program in programs:
            exec(compile(program, "python-client.md", "exec"), names)
            said.append(capsys.readouterr().out)
    catalog, rows, runs, refused, events, awaited = said
    assert "sales.orders 1" in catalog
    assert rows == "4 [{'order_id': 1, 'amount': 10.5}, {'order_id': 2, 'amount': 20.0}]\n"
    assert (tmp_path / "orders.csv").read_text(encoding="utf-8").startswith("order_id,")
    assert runs.splitlines()[-1] == "succeeded"
    assert runs.splitlines()[-2] == "end succeeded"
    assert refused.startswith("MW-H003 404 ") or refused.startswith("MW-R")
    assert events.splitlines() == ["1", "1", "{'n': 1}"]
    assert "sales.orders.orders" in awaited
