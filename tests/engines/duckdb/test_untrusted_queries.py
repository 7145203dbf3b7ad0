"""Queries of rules are not trusted: what they are after is refused, what they cost is bounded, and what people ask is answered.

The long form of the refusals, in other ways of writing and past both parsers, is `torture/untrusted.py`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from meshwright.diagnostics import InterruptedRun
from meshwright.engines.duckdb.apart import QueryProcesses
from meshwright.engines.duckdb.vetted import NotAllowed, vet
from meshwright.engines.limits import QueryLimits
from meshwright.engines.protocol import Limits
from torture.untrusted import CANARY, PORTS, Place, T, found_by_check, problem_of, spec_of
from torture.untrusted_queries import FORBIDDEN, LEGITIMATE, UNSEEN_BY_CHECK


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("untrusted"))
    yield found
    found.close()


def test_there_are_many_of_them() -> None:
    assert len(FORBIDDEN) >= 20
    assert len({query for queries in FORBIDDEN.values() for query in queries}) >= 200
    assert len(set(LEGITIMATE)) >= 60


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_a_query_that_is_after_something_is_refused_by_check_and_by_the_engine(place: Place, kind: str) -> None:
    assert [problem for each in FORBIDDEN[kind] if (problem := problem_of(place, each, is_bare=False))] == []


def test_what_one_parser_does_not_see_the_other_does(place: Place) -> None:
    assert [problem for each in UNSEEN_BY_CHECK if (problem := problem_of(place, each))] == []


@pytest.mark.parametrize(
    "query",
    ["from '{csv}'", "from read_text('{txt}')", "from glob('{dir}/*')", "from '{dir}/other.domain.secret.parquet'"],
)
def test_past_both_parsers_a_query_reaches_no_file_but_its_own(place: Place, query: str) -> None:
    found = place.measured_apart(place.filled(query))
    assert "file system operations are disabled" in (found.error or "")
    assert CANARY not in str(found.sample)


@pytest.mark.parametrize(
    "query", ["select getenv('MESHWRIGHT_CANARY')", "from ops.flights.secret", "from other.domain.secret"]
)
def test_past_both_parsers_there_is_nothing_else_to_find(place: Place, query: str) -> None:
    assert "does not exist" in (place.measured_apart(query).error or "")


def test_what_people_ask_is_answered_as_duckdb_answers(place: Place) -> None:
    with duckdb.connect() as plain:
        plain.execute("ATTACH ':memory:' AS ops; CREATE SCHEMA ops.flights; USE ops.flights")
        for dataset in (T, PORTS):
            plain.execute(f"CREATE VIEW {dataset} AS FROM '{place.relations[dataset].files[0]}'")
        for query in LEGITIMATE:
            params = {"low": 1} if "$low" in query else {}
            expected = plain.execute(
                f"SELECT count(*) FROM ({query.rstrip().rstrip(';')}\n)", params or None
            ).fetchone()
            assert found_by_check(query) == (), query
            found = place.measured(query, params=params)
            assert (found.error, (found.value,)) == (None, expected), query
            assert len(found.sample) == min(found.value, 10), query  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "with recursive r as (select 1 as x from t union all select x from r) select count(*) from r",
            "more than 1.5 seconds",
        ),
        ("select levenshtein(repeat('ab', 300000), repeat('ba', 300000)) from t", "more than 1.5 seconds"),
        ("select list(repeat('x', 100000)) from t, range(10000000)", "more than 300 MB of memory"),
        ("select length(lpad('x', 1000000000, 'y')) from t, range(10)", "which no rule may"),
    ],
)
def test_a_query_that_costs_without_bound_ends_with_words_and_the_next_one_works(
    place: Place, query: str, words: str
) -> None:
    found = place.measured(query)
    assert words in (found.error or "")
    assert place.measured("select id from t join ports on code = origin").value == 3


def test_a_long_text_is_no_value(place: Place) -> None:
    found = place.measured("select repeat('x', 100000) from t")
    assert [len(str(row)) < 1200 for row in found.sample] == [True] * 4, "samples are cut"


def test_a_process_knows_no_variable_of_ours(place: Place) -> None:
    assert os.environ["MESHWRIGHT_CANARY"] == CANARY
    place.measured("select id from t join ports on code = origin")
    processes = place.session._queries._all
    environments = [Path(f"/proc/{process.pid}/environ").read_text(encoding="utf-8") for process in processes]
    assert environments
    assert not any(CANARY in each for each in environments)


def test_queries_that_cost_nothing_need_no_process(place: Place) -> None:
    with duckdb.connect() as connection:

        def is_plain(query: str) -> bool:
            return vet(connection, query, (T, PORTS), "ops.flights").is_plain

        assert is_plain("select count(*) from t where delay < $low and origin like 'E%' and day > date '2020-01-01'")
        assert is_plain("select date_diff('hour', max(day), timestamp '2020-01-01') from ops.flights.t group by origin")
        for query in (
            "select 1", "from t, ports", "select (select 1) from t", "with a as (from t) from a", "from t union all from t",
            "select repeat(origin, 3) from t", "select origin || origin from t", "from range(3)", "select list(id) from t",
            "select sum(id) over () from t", "select unnest(legs) from t", "from (from t)",
        ):  # fmt: skip
            assert not is_plain(query), query
        with pytest.raises(NotAllowed, match="secret"):
            is_plain("from secret")


def test_stopping_a_run_ends_its_queries(place: Place) -> None:
    processes = QueryProcesses(Limits(threads=1), QueryLimits(seconds=60, memory_bytes=300_000_000))
    endless = "with recursive r as (select 1 as x from t union all select x from r) select count(*) from r"
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            processes.measure(spec_of(endless), {T: place.relations[T], PORTS: place.relations[PORTS]})
        except InterruptedRun as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not processes._all:
        time.sleep(0.01)
    processes.interrupt()
    asking.join(timeout=30)
    processes.close()
    assert len(ended) == 1
    with pytest.raises(InterruptedRun):
        processes.measure(spec_of("from t"), {T: place.relations[T]})
