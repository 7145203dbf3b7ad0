"""The bench measures what it says: a small mesh, one round. Figures are not looked at; nothing here depends on time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.measures import MEASURES, Figure
from bench.mesh import mesh_sql, middle, write_bench_mesh
from bench.models import make_models
from bench.schedules import measure as measure_schedules
from bench.tables import GOALS, table_lines
from meshwright.app.check import check
from meshwright.app.workspace import open_workspace


def test_the_same_seed_gives_the_same_models() -> None:
    assert make_models(200, 1) == make_models(200, 1)
    assert make_models(200, 1) != make_models(200, 2)


@pytest.mark.parametrize("count", [20, 1000])
def test_models_read_only_what_comes_before_them(count: int) -> None:
    models = make_models(count, 2013)
    seen = {f"feeds.nyc.{name}" for name in ("flights", "weather", "planes")}
    for model in models:
        assert seen.issuperset(model.reads)
        seen.add(model.address)
    products = [model.product for model in models]
    assert products == sorted(products), "so no product can be on a circle"


def test_every_kind_of_model_is_there_and_one_in_the_middle_can_change() -> None:
    models = make_models(1000, 2013)
    texts = "\n".join(model.sql for model in models)
    assert all(words in texts for words in ("where", "left join", "full join", "group by", "over ("))
    model, below = middle(models)
    assert model.changed_sql not in {None, model.sql}
    assert 5 <= len(below) <= 30
    assert mesh_sql(model, model.sql).count("{") == 0


def test_the_mesh_is_sound(tmp_path: Path) -> None:
    write_bench_mesh(tmp_path / "mesh", 20)
    report = check(open_workspace(tmp_path / "mesh"), ())
    assert report.diagnostics == ()


@pytest.mark.slow
def test_every_figure_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "table.md"
    assert main(["--models", "20", "--rounds", "1", "--folder", str(tmp_path), "--table", str(table)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= len(MEASURES)
    for figure, _ in GOALS:
        assert f"| 20 | {figure} |" in table.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["table.md"], "it leaves nothing behind"


def test_the_raw_runner_refuses_a_test_that_fails(tmp_path: Path) -> None:
    plan = '{"sources": [], "models": [{"name": "s.t", "sql": "select 1 as n", "tests": [["select 7", "0"]]}]}'
    (tmp_path / "raw.json").write_text(plan, encoding="utf-8")
    command = [sys.executable, "bench/raw.py", str(tmp_path), str(tmp_path / "raw.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "wanted 0" in done.stderr


def test_a_figure_over_its_goal_is_shown_as_such() -> None:
    slow = Figure(figure="plan, nothing to do", models=1000, seconds=0.9)
    quick = Figure(figure="plan, nothing to do", models=1000, seconds=0.7)
    assert "**no**" in table_lines([slow])[-1]
    assert "| yes |" in table_lines([quick])[-1]


def test_a_table_of_schedules_is_measured(tmp_path: Path) -> None:
    figures = measure_schedules(tmp_path, entries=120, seconds=1.5)
    assert figures["entries"] == 120
    assert {"cpu_s", "share_of_a_core", "looks", "fired"} <= figures.keys()
    assert int(str(figures["looks"])) >= 2
