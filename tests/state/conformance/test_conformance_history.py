"""Random publications against a naive model: a list of whole maps, one a generation."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from state_samples import NOW, make_publication, standing, take

from meshwright.state.errors import Conflict
from meshwright.state.protocol import State

_OBJECTS = st.sampled_from(["a", "b", "c", "d.p", "d.p/out"])
_REVISIONS = st.sampled_from([None, "1", "2"])
_MOVES = st.dictionaries(_OBJECTS, _REVISIONS, max_size=4)
#: Moves, and objects whose expected revision is told right (True) or guessed.
_STEPS = st.lists(st.tuples(_MOVES, st.dictionaries(_OBJECTS, st.one_of(st.just(True), _REVISIONS))), max_size=12)


#: Each example gets an environment of its own.
_ENVIRONMENTS = (f"env-{number}" for number in itertools.count())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_every_generation_reads_as_the_model_says(
    state: State, steps: list[tuple[dict[str, str | None], dict[str, str | bool | None]]]
) -> None:
    environment = next(_ENVIRONMENTS)
    history: list[dict[str, str]] = [{}]
    lease = take(state)
    for moves, claims in steps:
        now = history[-1]
        expected = {name: now.get(name) if claim is True else claim for name, claim in claims.items()}
        wrong = sorted(name for name, revision in expected.items() if now.get(name) != revision)
        publication = make_publication(lease, moves, expected, environment=environment)  # type: ignore[arg-type]
        if wrong:
            with pytest.raises(Conflict) as refused:
                state.writer.publish(publication, NOW)
            assert list(refused.value.objects) == wrong
        else:
            after = {name: revision for name, revision in {**now, **moves}.items() if revision is not None}
            if after != now:
                history.append(after)
            assert state.writer.publish(publication, NOW) == len(history) - 1
    assert [standing(state, environment, number) for number in range(len(history))] == history
    assert standing(state, environment) == history[-1]
    _assert_changes(state, environment, history)


def _assert_changes(state: State, environment: str, history: list[dict[str, str]]) -> None:
    generations = state.reader.generations(environment)
    assert [generation.number for generation in generations] == list(range(len(history) - 1, 0, -1))
    for generation in generations:
        before, after = history[generation.number - 1], history[generation.number]
        differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert generation.changed == {name: (before.get(name), after.get(name)) for name in differing}
