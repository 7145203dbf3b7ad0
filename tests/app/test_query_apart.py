"""Queries by URL: what each caller sees, what each is refused, and that nothing of one is in another's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.access.datasets import DataScope
from meshwright.app.apply import RunOptions, apply
from meshwright.app.query_apart import ApartOptions, Unchanged, open_queries, query_apart
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.values import RunState
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, MeshwrightError, WorldError
from meshwright.engines.duckdb.consumers.places import CallerLeft
from meshwright.engines.duckdb.consumers.pool import ConsumerQueries
from meshwright.engines.duckdb.consumers.values import ConsumerLimits
from tests.app.people_mesh import CANARIES
from tests.app.people_mesh import PEOPLE as PEOPLE_MESH
from tests.meshes import write_mesh
from torture.consumer_mesh import (
    CANARY,
    HIDDEN,
    PEOPLE,
    SECRET,
    WIDER,
    T,
    build_consumer_mesh,
    candidate_of,
    version_of,
)

VIEWER = DataScope(caller="token:viewer")
OPS = DataScope(caller="token:ops", domain="ops")
ADMINISTRATOR = DataScope(caller="token:admin", is_all=True)
LIMITS = ConsumerLimits(
    seconds=20, memory_bytes=300_000_000, answer_rows=200_000, answer_bytes=40_000_000, at_once=2, waiting=1, wait_s=0.2
)
ENDLESS = "with recursive r as (select 1 as x from ops.flights.t union all select x from r) select count(*) from r"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The mesh of the proof, published."""
    return build_consumer_mesh(tmp_path_factory.mktemp("consumers") / "mesh")


@pytest.fixture(scope="module")
def queries(mesh: Workspace) -> Iterator[ConsumerQueries]:
    """What runs queries."""
    found = open_queries(mesh, LIMITS)
    yield found
    found.close()


class Asking:
    """Asks as one caller."""

    def __init__(self, mesh: Workspace, queries: ConsumerQueries) -> None:
        self.mesh = mesh
        self.queries = queries

    def rows(self, text: str, scope: DataScope = VIEWER, **options: object) -> list[dict[str, object]]:
        answer = query_apart(self.mesh, ApartOptions(text=text, scope=scope, **options), self.queries)  # type: ignore[arg-type]
        try:
            return [row for batch in answer.batches() for row in batch.to_pylist()]
        finally:
            answer.close()

    def refused(self, text: str, scope: DataScope = VIEWER, **options: object) -> MeshwrightError:
        with pytest.raises(MeshwrightError) as caught:
            self.rows(text, scope, **options)
        assert CANARY not in str(caught.value)
        return caught.value


@pytest.fixture
def ask(mesh: Workspace, queries: ConsumerQueries) -> Asking:
    return Asking(mesh, queries)


def test_what_ports_promise_is_answered(ask: Asking) -> None:
    text = """
        with late as (select origin, delay from ops.flights.t where delay > $least)
        select late.origin, count(*) as flights, any_value(i.price) as price
        from late left join shop.goods.items i on i.id = 1 group by late.origin order by late.origin
        """
    assert ask.rows(text, params={"least": 0}) == [
        {"origin": "EWR", "flights": 1, "price": 0.0},
        {"origin": "JFK", "flights": 1, "price": 0.0},
        {"origin": "XXX", "flights": 1, "price": 0.0},
    ]
    assert ask.rows("from ops.flights.t order by id limit 1 offset 1")[0]["origin"] == "JFK"


@pytest.mark.parametrize(
    "dataset", [SECRET, HIDDEN, "vault.keys.nothing", "ops.flights.t2", "nowhere.at.all", "secret", "a.b"]
)
def test_what_may_not_be_read_is_as_if_it_were_not_there(ask: Asking, dataset: str) -> None:
    error = ask.refused(f"select * from ops.flights.t, {dataset}")
    assert error.first.code in {"MW-H202", "MW-Q203"}
    assert error.first.span is not None
    assert (error.first.span.line, error.first.span.column) == (1, 30)
    assert "secret" not in (error.first.fix or "")
    assert "hidden" not in (error.first.fix or "")


def test_what_is_hidden_and_what_is_not_there_are_refused_in_the_same_words(ask: Asking) -> None:
    hidden = ask.refused(f"from {SECRET}").first
    nothing = ask.refused("from vault.keys.sacred").first
    assert hidden.message.replace(SECRET, "X") == nothing.message.replace("vault.keys.sacred", "X")
    assert hidden.fix == nothing.fix


def test_a_domain_reads_all_that_is_its_own_and_an_administrator_all_that_is_published(ask: Asking) -> None:
    assert ask.rows(f"select count(*) as n from {HIDDEN}", OPS) == [{"n": 3}]
    assert ask.refused(f"from {SECRET}", OPS).first.code == "MW-H202"
    assert ask.rows(f"select mark from {SECRET}", ADMINISTRATOR) == [{"mark": f"{CANARY}-key"}]


def test_nobody_reads_a_candidate_and_everybody_a_published_version(ask: Asking) -> None:
    candidate = candidate_of(ask.mesh)
    for scope in (VIEWER, OPS, ADMINISTRATOR):
        assert ask.refused("from t", scope, version=candidate).first.code == "MW-H211"
    assert ask.refused("from t", version="0" * 32).first.code == "MW-H211"
    assert ask.refused("from secret", version=version_of(ask.mesh, SECRET)).first.code == "MW-H211"
    assert len(ask.rows("from t", version=version_of(ask.mesh, T))) == 4
    assert len(ask.rows("from t, ops.flights.ports", version=version_of(ask.mesh, T))) == 12


def test_a_generation_of_the_past_shows_no_more_than_contracts_promise_now(ask: Asking) -> None:
    assert "ssn" in ask.rows("from ops.flights.t", ADMINISTRATOR, generation=WIDER)[0]
    (row, *_) = ask.rows("from ops.flights.t", generation=WIDER)
    assert sorted(row) == ["day", "delay", "doc", "id", "legs", "origin", "place", "tail"]
    error = ask.refused("select ssn from ops.flights.t", generation=WIDER)
    assert (error.first.code, error.first.span and error.first.span.column) == ("MW-E102", 8)
    assert ask.refused("from ops.flights.t", generation=99).first.code == "MW-R011"


def test_a_sandbox_shows_no_more_than_the_ports_of_its_base(ask: Asking) -> None:
    assert ask.refused(f"from {SECRET}", environment="box").first.code == "MW-H202"
    assert ask.rows("select count(*) as n from ops.flights.t", environment="box") == [{"n": 4}]
    assert ask.rows(f"select count(*) as n from {SECRET}", ADMINISTRATOR, environment="box") == [{"n": 1}]
    assert ask.refused("from ops.flights.t", environment="nowhere").first.code == "MW-R013"


def test_what_a_sandbox_masks_is_masked_for_everybody(tmp_path: Path) -> None:
    mesh = open_workspace(write_mesh(tmp_path / "people", PEOPLE_MESH))
    assert apply(mesh, RunOptions()).state is RunState.SUCCEEDED
    create_sandbox(mesh, SandboxWish(name="box"))
    queries = open_queries(mesh, LIMITS)
    try:
        asking = Asking(mesh, queries)
        clear = asking.rows("from crm.customers.people", ADMINISTRATOR)
        masked = asking.rows("from crm.customers.people", ADMINISTRATOR, environment="box")
        assert len(masked) == len(clear)
        assert any(canary in str(clear) for canary in CANARIES)
        assert not any(canary in str(masked) for canary in CANARIES)
        text = "select p from crm.customers.people p order by hash(p)"
        assert not any(canary in str(asking.rows(text, ADMINISTRATOR, environment="box")) for canary in CANARIES)
    finally:
        queries.close()


def test_of_a_view_what_it_is_computed_from_is_not_there(ask: Asking) -> None:
    assert ask.rows(f"select id from {PEOPLE} order by id") == [{"id": 1}, {"id": 3}]
    # Pushed below the view's filter, this cast would fail on the row that the filter leaves out, and name it.
    assert ask.rows(f"select id from {PEOPLE} where length(origin) = 3 and left(origin, 1)::varchar <> 'J'") == [
        {"id": 1}
    ]
    assert ask.refused(f"select origin::int from {PEOPLE}").first.message == "a value cannot be cast"


def test_parameters_are_exactly_those_that_are_named(ask: Asking) -> None:
    text = "select $name as name, $of::int[] as numbers, $day::date as day, $nothing as nothing"
    params = {"Name": "it's", "of": [1, 2], "day": "2020-01-01", "nothing": None}
    (row,) = ask.rows(text, params=params)
    assert (row["name"], row["numbers"], str(row["day"]), row["nothing"]) == ("it's", [1, 2], "2020-01-01", None)
    error = ask.refused("select $since", params={"sinse": 1})
    assert [found.code for found in error.diagnostics] == ["MW-H203"] * 2
    assert "'since'" in (error.diagnostics[1].fix or "") or "since" in (error.diagnostics[1].fix or "")
    for value in ({"a": 1}, [[1]], [1, "a"], 10**50):
        assert ask.refused("select $a", params={"a": value}).first.code == "MW-H203"
    assert ask.refused("select $a", params={"a": 1, "A": 2}).first.code == "MW-H203"


def test_values_are_never_part_of_an_error(ask: Asking) -> None:
    for text in (
        "select cast(tail as int) from ops.flights.t",
        "select tail::date from ops.flights.t",
        "select list_transform([tail], lambda x: x::int) from ops.flights.t",
        "select strptime(origin, '%Y') from ops.flights.t",
        "select error(tail) from ops.flights.t",
        "select 9223372036854775807 + id from ops.flights.t",
    ):
        said = str(ask.refused(text))
        assert not any(value in said for value in ("N14228", "N2", "EWR", "JFK")), said


def test_an_error_has_code_place_and_fix(ask: Asking) -> None:
    for text, code, line, column in (
        ("select 1;\nselect 2", "MW-Q103", 2, 1),
        ("copy x to 'y'", "MW-Q104", 1, 1),
        ("select *\nfrom read_csv('x')", "MW-Q202", 2, 6),
        ("select 'x'.getenv()", "MW-Q204", 1, 12),
        ("select now()", "MW-H201", 1, 8),
        ("select id,\n  nothing from ops.flights.t", "MW-E102", 2, 3),
        ("select id +\n  from ops.flights.t", "MW-Q102", 2, 3),
        ("select\n tail::int from ops.flights.t", "MW-H204", 2, 6),
        ("select ?", "MW-Q205", 1, 8),
        ("", "MW-Q101", 1, 1),
        ("select 1 " + "+ 1" * 50_000, "MW-Q106", 1, 1),
    ):
        found = ask.refused(text).first
        assert found.span is not None, text
        assert (found.code, found.span.line, found.span.column) == (code, line, column), text
        assert found.fix, text
        assert "model" not in found.message, text


def test_a_lambda_with_an_arrow_is_told_how_it_is_written_now(ask: Asking) -> None:
    found = ask.refused("select list_transform([1, 2], x -> x * 2) as a").first
    assert (found.code, found.message) == ("MW-E102", "a lambda is written with an arrow, which is no longer read")
    assert found.fix == "write lambda x: x + 1 instead of x -> x + 1"
    assert ask.rows("select list_transform([1, 2], lambda x: x * 2) as a") == [{"a": [2, 4]}]


def test_what_is_costly_ends_within_its_limits_and_others_are_served(mesh: Workspace) -> None:
    queries = open_queries(mesh, ConsumerLimits(seconds=2, memory_bytes=200_000_000, at_once=4))
    asking = Asking(mesh, queries)
    try:
        for text, codes in (
            (ENDLESS, {"MW-H205"}),
            ("select levenshtein(repeat('ab', 300000), repeat('ba', 300000))", {"MW-H205"}),
            ("select list(repeat('x', 100000)) from ops.flights.t, range(10000000)", {"MW-H206", "MW-H208"}),
            ("select max(len(range(10000000000))) from ops.flights.t", {"MW-H206", "MW-H208", "MW-H204"}),
        ):
            assert asking.refused(text).first.code in codes, text
            assert asking.rows("select 1 as one") == [{"one": 1}]
    finally:
        queries.close()


def test_an_answer_that_is_too_large_is_no_answer(ask: Asking) -> None:
    assert ask.refused("select * from range(1000000)").first.code == "MW-H207"
    assert ask.refused("select repeat('x', 100000000)").first.code in {"MW-H207", "MW-H206"}
    assert ask.refused("select repeat('x', 1000000) from range(100)").first.code == "MW-H207"
    assert len(ask.rows("select * from range(1000000)", limit=100_000)) == 100_000
    assert ask.rows("select 1 as x where false") == []


def test_equal_questions_of_equal_data_have_one_identity(ask: Asking) -> None:
    def identity_of(text: str, **options: object) -> str | None:
        options = {"scope": VIEWER, **options}
        answer = query_apart(ask.mesh, ApartOptions(text=text, **options), ask.queries)  # type: ignore[arg-type]
        answer.close()
        return answer.identity

    text = "select id from ops.flights.t where id > $a order by id"
    first = identity_of(text, params={"a": 1})
    assert first == identity_of(text, params={"a": 1}, scope=OPS)
    assert first != identity_of(text, params={"a": 2})
    assert first != identity_of(text, params={"a": True})
    assert identity_of("from ops.flights.t") != identity_of("from ops.flights.t", generation=WIDER)
    assert identity_of("from ops.flights.t limit 1") is None, "which row it keeps is not said"
    assert first is not None
    with pytest.raises(Unchanged):
        query_apart(
            ask.mesh,
            ApartOptions(text=text, scope=VIEWER, params={"a": 1}),
            ask.queries,
            is_known=lambda identity: identity == first,
        )


def test_a_query_that_nobody_waits_for_ends_and_gives_its_place_back(ask: Asking) -> None:
    gone = threading.Event()
    threading.Timer(0.5, gone.set).start()
    with pytest.raises(CallerLeft):
        query_apart(ask.mesh, ApartOptions(text=ENDLESS, scope=VIEWER), ask.queries, is_gone=gone.is_set)
    for _ in range(3):
        assert ask.rows("select 1 as one") == [{"one": 1}]


def test_closing_an_answer_ends_its_process(ask: Asking) -> None:
    answer = query_apart(ask.mesh, ApartOptions(text="select * from range(190000)", scope=VIEWER), ask.queries)
    next(iter(answer.batches()))
    assert len(_processes(ask.queries)) >= 1
    answer.close()
    _await(lambda: len(_processes(ask.queries)) == 1)  # the one that waits for the next query


def test_where_all_places_are_taken_the_next_is_told_to_come_again(ask: Asking) -> None:
    gone = threading.Event()
    ended: list[BaseException] = []

    def endless(scope: DataScope) -> None:
        try:
            query_apart(ask.mesh, ApartOptions(text=ENDLESS, scope=scope), ask.queries, is_gone=gone.is_set)
        except CallerLeft as left:
            ended.append(left)

    callers = [threading.Thread(target=endless, args=(scope,)) for scope in (VIEWER, OPS)]
    for each in callers:
        each.start()
    try:
        _await(lambda: ask.queries._places._running.total() == 2)
        error = ask.refused("select 1", ADMINISTRATOR)
        assert isinstance(error, WorldError)
        assert error.first.code == "MW-H210"
    finally:
        gone.set()
        for each in callers:
            each.join(30)
    assert len(ended) == 2
    assert ask.rows("select 1 as one", ADMINISTRATOR) == [{"one": 1}]


def test_one_caller_leaves_a_place_for_others(ask: Asking) -> None:
    gone = threading.Event()

    def endless() -> None:
        with pytest.raises(CallerLeft):
            query_apart(ask.mesh, ApartOptions(text=ENDLESS, scope=VIEWER), ask.queries, is_gone=gone.is_set)

    one = threading.Thread(target=endless)
    one.start()
    try:
        _await(lambda: ask.queries._places._running.total() == 1)
        assert ask.refused("select 1", VIEWER).first.code == "MW-H210"
        assert ask.rows("select 1 as one", OPS) == [{"one": 1}]
    finally:
        gone.set()
        one.join(30)


def test_a_query_s_process_knows_nothing_of_the_server_and_of_no_other_query(ask: Asking) -> None:
    seen: set[int] = set()
    for _ in range(3):
        answer = query_apart(ask.mesh, ApartOptions(text="select * from range(190000)", scope=VIEWER), ask.queries)
        new = set(_processes(ask.queries)) - seen
        assert new, "each query has a process of its own"
        seen |= new
        for pid in new:
            try:
                environment = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
            except (FileNotFoundError, ProcessLookupError):
                continue
            assert CANARY not in environment
            assert "HOME=" not in environment
        answer.close()


def test_the_process_that_is_forked_has_one_thread(ask: Asking) -> None:
    assert ask.rows("select count(*) as n from ops.flights.t") == [{"n": 4}]
    warden = ask.queries._warden
    assert warden is not None
    assert len(list(Path(f"/proc/{warden._process.pid}/task").iterdir())) == 1


def test_a_query_uses_the_threads_that_it_may(ask: Asking) -> None:
    text = "select sum(a.range * b.range) as n from range(3000) a, range(2000) b"
    assert ask.rows(text) == [{"n": sum(range(3000)) * sum(range(2000))}]


def test_a_warden_that_was_killed_is_started_anew(ask: Asking) -> None:
    assert ask.rows("select 1 as one")
    warden = ask.queries._warden
    assert warden is not None
    warden._process.kill()
    warden._process.wait()
    assert ask.rows("select 2 as two") == [{"two": 2}]


def test_what_a_server_left_that_was_killed_is_removed(mesh: Workspace) -> None:
    left = mesh.private / "spill" / "queries-999999999-abcd"
    left.mkdir(parents=True)
    queries = open_queries(mesh, LIMITS)
    assert Asking(mesh, queries).rows("select 1 as one")
    assert not left.exists()
    folder = queries._folder
    queries.close()
    assert not folder.exists()
    with pytest.raises(WorldError):
        Asking(mesh, queries).rows("select 1")


def test_a_generation_and_a_version_are_not_read_together(ask: Asking) -> None:
    with pytest.raises(InputError, match="not both"):
        ask.rows("select 1", version="x", generation=1)


def _processes(queries: ConsumerQueries) -> list[int]:
    warden = queries._warden
    assert warden is not None
    pid = warden._process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def _await(is_so: object, seconds: float = 30.0) -> None:
    last = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < last, "it did not come"
        time.sleep(0.05)
