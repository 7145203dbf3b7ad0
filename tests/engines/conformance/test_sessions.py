"""Sessions: several threads at once, names that stand for different files, interruption."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshwright.diagnostics import InterruptedRun, SourceSpan, WorldError
from meshwright.engines.protocol import Engine, Limits, ModelBuild, Relation, TimeLimit

from ..conftest import Bench, failure, rows_of


def test_threads_that_give_one_name_different_files_do_not_mix_them(bench: Bench) -> None:
    versions = [bench.relation(f"select {number} as version, range as id from range(20000)") for number in range(4)]

    def build(number: int) -> tuple[int, set[object]]:
        chosen: Relation = versions[number % 4]
        text = f"select version, sum(hash(id)) is null as x, {number} as n from t group by version"
        return number % 4, {row["version"] for row in rows_of(bench.model(text, {"ops.flights.t": chosen}))}

    with ThreadPoolExecutor(4) as pool:
        for expected, found in pool.map(build, range(40)):
            assert found == {expected}


def test_a_name_can_stand_for_other_files_later(bench: Bench) -> None:
    for number in range(3):
        relation = bench.relation(f"select {number} as a{number}")
        assert rows_of(bench.model("select * from t", {"ops.flights.t": relation})) == [{f"a{number}": number}]


SLOW = "select count(*) as n from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3"


def test_interrupting_stops_running_statements_and_refuses_new_ones(engine: Engine, tmp_path: Path) -> None:
    build = ModelBuild(dataset="a.b.c", text=SLOW, dialect="duckdb", inputs={})
    with engine.open(Limits(threads=2)) as session, ThreadPoolExecutor(2) as pool:
        running = [pool.submit(session.build_model, build, str(tmp_path / f"t{number}")) for number in range(2)]
        time.sleep(0.3)
        threading.Thread(target=session.interrupt).start()
        for future in running:
            assert isinstance(future.exception(timeout=20), InterruptedRun)
        error = failure(lambda: session.build_model(build, str(tmp_path / "late")))
    assert isinstance(error, InterruptedRun)
    assert list(tmp_path.iterdir()) == []


def test_a_time_limit_stops_the_statements_of_its_own_thread_alone(engine: Engine, tmp_path: Path) -> None:
    slow = ModelBuild(dataset="a.b.c", text=SLOW, dialect="duckdb", inputs={})
    quick = ModelBuild(dataset="a.b.d", text="select 1 as n", dialect="duckdb", inputs={})
    span = SourceSpan(file="pipeline.yaml", line=3, column=9)
    with engine.open(Limits(threads=2)) as session, ThreadPoolExecutor(1) as pool:
        other = pool.submit(session.build_model, slow, str(tmp_path / "other"))

        def limited() -> None:
            with session.within(TimeLimit(seconds=0.3, dataset="a.b.c", span=span)):
                session.build_model(slow, str(tmp_path / "late"))

        error = failure(limited)
        assert isinstance(error, WorldError)
        assert (error.first.code, error.first.span, error.first.object) == ("MW-E207", span, "a.b.c")
        assert "`timeout` of 0.3 s" in error.first.message
        with session.within(TimeLimit(seconds=600, dataset="a.b.d")):
            assert session.build_model(quick, str(tmp_path / "quick")).rows == 1
        assert not other.done()
        session.interrupt()
        assert isinstance(other.exception(timeout=20), InterruptedRun)
    assert [file.name for file in tmp_path.iterdir()] == ["quick-0.parquet"]


def test_who_asks_to_stop_is_told_so_within_a_time_limit_as_well(engine: Engine, tmp_path: Path) -> None:
    build = ModelBuild(dataset="a.b.c", text=SLOW, dialect="duckdb", inputs={})
    with engine.open(Limits(threads=2)) as session, session.within(TimeLimit(seconds=600, dataset="a.b.c")):
        threading.Timer(0.3, session.interrupt).start()
        error = failure(lambda: session.build_model(build, str(tmp_path / "t")))
    assert isinstance(error, InterruptedRun)


def test_an_interrupted_rule_is_no_answer(engine: Engine, bench: Bench) -> None:
    from meshwright.checks.spec import CheckSpec, Metric

    relation = bench.relation("select 1 as a")
    spec = CheckSpec(id="x", dataset="a.b.c", metric=Metric.SQL, query=SLOW)
    with engine.open(Limits(threads=2)) as session:
        threading.Timer(0.3, session.interrupt).start()
        with pytest.raises(InterruptedRun):
            session.measure(relation, [spec], {})
