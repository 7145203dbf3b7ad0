"""Several threads on one open state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from state_samples import NOW, SECOND, make_publication, make_run, make_version, standing, take

from meshwright.state.errors import Conflict
from meshwright.state.protocol import State
from meshwright.state.records import LogLine

THREADS = 8


def test_threads_that_publish_different_products_all_succeed(state: State) -> None:
    def publish(worker: int) -> list[int]:
        lease = take(state, f"run:{worker}")
        numbers = []
        for step in range(5):
            before = str(step - 1) if step else None
            moves = {f"d.p{worker}.a": str(step), f"d.p{worker}.b": str(step)}
            publication = make_publication(lease, moves, dict.fromkeys(moves, before))
            numbers.append(state.writer.publish(publication, NOW))
        return numbers

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = [number for made in pool.map(publish, range(THREADS)) for number in made]
    assert sorted(numbers) == list(range(1, 5 * THREADS + 1))
    assert standing(state) == {f"d.p{worker}.{name}": "4" for worker in range(THREADS) for name in "ab"}


def test_of_threads_that_replace_the_same_pointer_exactly_one_wins(state: State) -> None:
    state.writer.publish(make_publication(take(state), {"a": "0"}, {}), NOW)

    def publish(worker: int) -> bool:
        lease = take(state, f"run:{worker}")
        try:
            state.writer.publish(make_publication(lease, {"a": f"by {worker}"}, {"a": "0"}), NOW)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        won = list(pool.map(publish, range(THREADS)))
    assert won.count(True) == 1
    assert standing(state) == {"a": f"by {won.index(True)}"}
    assert state.reader.generation("prod") == 2


def test_of_threads_that_commit_the_same_version_all_get_the_same_row(state: State) -> None:
    def commit(worker: int) -> str:
        version = make_version("a", run_id=f"run-{worker}")
        return state.writer.commit_versions([version], [])[version.id].run_id

    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(commit, range(THREADS)))) == 1


def test_only_one_of_many_threads_takes_a_lease(state: State) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        taken = list(pool.map(lambda worker: state.writer.take_lease("run", f"h{worker}", NOW, 60), range(THREADS)))
    assert sum(lease is not None for lease in taken) == 1


def test_only_one_of_many_threads_takes_over_an_expired_lease(state: State) -> None:
    for round_ in range(1, 6):
        now = NOW + round_ * 1000 * SECOND
        take(state, holder=f"h{round_}", now=now - 100 * SECOND)
        with ThreadPoolExecutor(THREADS) as pool:
            taken = list(
                pool.map(lambda worker, at=now: state.writer.take_lease("run", f"w{worker}", at, 50), range(THREADS))
            )
        assert sum(lease is not None for lease in taken) == 1


def test_readers_never_see_half_a_publication(state: State) -> None:
    names = [f"d.p.x{i}" for i in range(40)]
    lease = take(state)

    def read(_: int) -> set[int]:
        return {len({pointer.revision for pointer in state.reader.pointers("prod").values()}) for _ in range(20)}

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, reader) for reader in range(3)]
        for step in range(20):
            state.writer.publish(make_publication(lease, dict.fromkeys(names, str(step)), {}), NOW)
        assert set().union(*(reader.result() for reader in readers)) <= {0, 1}


def test_log_lines_of_many_threads_are_all_kept(state: State) -> None:
    state.writer.start_run(make_run(), [], {})

    def log(worker: int) -> None:
        for line in range(10):
            entry = LogLine(at=NOW, level="info", step=str(worker), text=str(line))
            state.writer.record_steps("run-000001", [], [entry])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(log, range(THREADS)))
    lines = state.reader.logs("run-000001")
    assert len(lines) == 10 * THREADS
    for worker in range(THREADS):
        assert [line.text for line in lines if line.step == str(worker)] == [str(line) for line in range(10)]
