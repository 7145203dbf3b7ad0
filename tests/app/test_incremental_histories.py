"""Whatever happened to the inputs in whatever order, intervals hold what a full build of them holds: no row twice, none lost."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.app.apply import RunOptions
from torture.arrivals import PURE, Shape, World, mesh_files, models, ran, settled

#: Hours make hundreds of parts; the long form and the proof have them.
QUICK_GRAINS = st.sampled_from(["day", "week", "month"])
GRAINS = st.sampled_from(["hour", "day", "week", "month"])
EVENTS = st.sampled_from(
    ["arrive", "arrive", "arrive", "rename", "rewrite_rates", "rewrite_ledger", "edit", "run", "backfill"]
)


def shapes(grains: st.SearchStrategy[str]) -> st.SearchStrategy[Shape]:
    return st.builds(
        Shape,
        grains=st.fixed_dictionaries(dict.fromkeys(PURE, grains)),
        lookback=st.fixed_dictionaries({"near": st.integers(0, 3), "recent": st.integers(0, 3)}),
        is_berlin=st.booleans(),
    )


@given(shape=shapes(QUICK_GRAINS), events=st.lists(EVENTS, min_size=1, max_size=4), seed=st.integers(0, 1 << 30))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_history_ends_as_a_full_build(shape: Shape, events: list[str], seed: int) -> None:
    hold(shape, events, seed)


def test_the_oracle_sees_another_definition(tmp_path: Path) -> None:
    """It can fail: raw DuckDB is asked for what the mesh does not say."""
    world = World(root=tmp_path / "mesh", shape=_shape(), chance=random.Random(1))
    world.begin()
    while "[]" in world.told[-3]:  # a first file without rows shows nothing
        world.arrive()
        world.told.append("")
        world.told.append("")
    assert settled(world, tmp_path / "fresh") is None
    world.factor += 1
    assert mesh_files(world.shape, world.factor) != mesh_files(world.shape, 1)
    assert models(world.shape, 2)["daily"] != models(world.shape, 1)["daily"]
    assert "daily" in str(settled(world, tmp_path / "fresh"))


def hold(shape: Shape, events: list[str], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(root=Path(folder) / "mesh", shape=shape, chance=random.Random(seed))
        world.begin()
        assert ran(world.root) is None
        for event in events:
            if event == "run":
                assert ran(world.root) is None
            elif event == "backfill":
                dataset, interval = world.interval()
                problem = ran(world.root, RunOptions(select=(dataset,), interval=interval))
                assert problem is None or "MW-P205" in problem or "MW-P204" in problem, problem
            else:
                getattr(world, event)()
        assert settled(world, Path(folder) / "fresh") is None, world.told


def _shape() -> Shape:
    return Shape(grains=dict.fromkeys(PURE, "day"), lookback={"near": 1, "recent": 2})
