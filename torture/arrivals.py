"""A mesh of three layers that is built by interval, what happens to its inputs, and what must stand in the end.

Two chains: rows that arrive in files (`raw`, appended -> `near` -> `daily` -> `recent`), beside a table that is rewritten whole
(`rates`); and a ledger that is rewritten whole and cut into intervals (`ledger` -> `cut` -> `sums`). Every dataset is pure: after
any history it must equal the build of the final inputs in a mesh that has no history, and what raw DuckDB makes of them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.model import Part, Version, VersionClass
from meshwright.plan.values import StepAction
from meshwright.run.report import RunReport
from meshwright.state.database import open_state
from meshwright.state.manifests import parts_of
from meshwright.state.protocol import Reader
from meshwright.state.records import RunState
from tests.meshes import write_file
from torture.outcome import STATE

PRODUCT = "air.flow"
GRAINS = ("hour", "day", "week", "month")
#: Datasets that must equal a full build, and those of them whose inputs are whole: their parts have the same ids as well.
PURE = ("near", "daily", "recent", "cut", "sums")
SAME_PARTS = ("cut", "sums")
_KEYS = ("a", "b", "c")
_HEADER = "id,t,k,x"
_BERLIN = "Europe/Berlin"
#: The end of March and of October 2013, where clocks change; rows lie around there.
_FIRST_DAYS = (dt.date(2013, 3, 30), dt.date(2013, 10, 26))
_DAYS = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How the mesh is cut."""

    #: Of `near`, `daily`, `recent`, `cut`, `sums`.
    grains: Mapping[str, str]
    #: Days that `near` and `recent` look back.
    lookback: Mapping[str, int]
    is_berlin: bool = False
    first_day: dt.date = _FIRST_DAYS[0]

    @property
    def days(self) -> int:
        """Over how many days rows lie: fewer where hours are cut, so that there are not hundreds of parts."""
        return 2 if "hour" in self.grains.values() else _DAYS


def shape_by(chance: random.Random) -> Shape:
    """Return a way to cut the mesh."""
    is_berlin = chance.random() < 0.4
    return Shape(
        grains={name: chance.choice(GRAINS) for name in PURE},
        lookback={name: chance.randint(0, 3) for name in ("near", "recent")},
        is_berlin=is_berlin,
        first_day=chance.choice(_FIRST_DAYS),
    )


@dataclass(kw_only=True, slots=True)
class World:
    """A mesh in a folder, and the numbers that keep its rows and files apart. Files are what the world consists of."""

    root: Path
    shape: Shape
    chance: random.Random
    row: int = 0
    file: int = 0
    factor: int = 1
    told: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Write the mesh, a first file and both tables."""
        self.write_mesh()
        self.arrive()
        self.rewrite_rates()
        self.rewrite_ledger()

    def write_mesh(self) -> None:
        """Write everything but the data."""
        for path, text in mesh_files(self.shape, self.factor).items():
            write_file(self.root, path, text)

    def arrive(self) -> None:
        """A file arrives: with rows of one day or of several, late ones among them, or with none."""
        self.file += 1
        days = [self.chance.randrange(self.shape.days) for _ in range(self.chance.choice((0, 1, 1, 1, 2, 3)))]
        lines = [_HEADER, *(self._row(day) for day in days for _ in range(self.chance.randint(1, 3)))]
        write_file(self.root, f"drop/{self.file:04}.csv", "\n".join(lines) + "\n")
        self.told.append(f"file {self.file} of days {days}")

    def rename(self) -> None:
        """A file that may have been read gets another name."""
        old = self.chance.choice(sorted((self.root / "drop").glob("*.csv")))
        self.file += 1
        old.rename(old.with_name(f"{self.file:04}.csv"))
        self.told.append(f"{old.name} renamed to {self.file:04}.csv")

    def rewrite_rates(self) -> None:
        """The table that `daily` depends on as a whole is rewritten."""
        lines = ["k,w", *(f"{key},{self.chance.randint(1, 9)}" for key in _KEYS)]
        write_file(self.root, "rates.csv", "\n".join(lines) + "\n")
        self.told.append("rates rewritten")

    def rewrite_ledger(self) -> None:
        """The ledger is rewritten: with other rows, over fewer days or more."""
        days = self.chance.sample(range(self.shape.days), self.chance.randint(1, min(5, self.shape.days)))
        write_file(self.root, "ledger.csv", "\n".join([_HEADER, *(self._row(day) for day in days)]) + "\n")
        self.told.append(f"ledger rewritten for days {days}")

    def edit(self) -> None:
        """The definition of `daily` changes."""
        self.factor += 1
        self.write_mesh()
        self.told.append(f"daily by {self.factor}")

    def interval(self) -> tuple[str, str]:
        """Return a dataset and an interval of it to be built again, as it is written."""
        dataset = self.chance.choice(PURE)
        first = self.shape.first_day + dt.timedelta(days=self.chance.randrange(self.shape.days))
        match self.shape.grains[dataset]:
            case "week":
                first -= dt.timedelta(days=first.weekday())
                last = first + dt.timedelta(days=7)
            case "month":
                first = first.replace(day=1)
                last = (first + dt.timedelta(days=32)).replace(day=1)
            case _:
                last = first + dt.timedelta(days=self.chance.randint(1, 3))
        self.told.append(f"backfill of {dataset} {first}..{last}")
        return f"{PRODUCT}.{dataset}", f"{first}..{last}"

    def _row(self, day: int) -> str:
        """Return a row of a day of the time zone, often near its ends."""
        self.row += 1
        minute = self.chance.choice((0, 1, 22 * 60, 23 * 60 + 30, self.chance.randrange(24 * 60)))
        moment = dt.datetime.combine(self.shape.first_day, dt.time()) + dt.timedelta(days=day, minutes=minute)
        zone = "+00" if self.shape.is_berlin else ""
        return f"{self.row},{moment:%Y-%m-%d %H:%M:%S}{zone},{self.chance.choice(_KEYS)},{self.chance.randint(1, 99)}"


def mesh_files(shape: Shape, factor: int) -> dict[str, str]:
    """Return path -> text of the mesh."""
    kind = "TIMESTAMP WITH TIME ZONE" if shape.is_berlin else "TIMESTAMP"
    columns = f"{{id: BIGINT, t: {kind}, k: VARCHAR, x: BIGINT}}"
    return {
        "mesh.yaml": "meshwright: 1\nname: arrivals\ndomains: [domains/*]\n",
        "domains/air/domain.yaml": "name: air\npurpose: To arrive.\nowners: [team:air]\n",
        "domains/air/flow/pipeline.yaml": "\n".join(
            [
                "nodes:",
                f'  raw: {{source: {{path: "drop/*.csv", format: csv}}, columns: {columns}, incremental: {{append: true}}}}',
                "  rates: {source: {path: rates.csv, format: csv}}",
                f"  ledger: {{source: {{path: ledger.csv, format: csv}}, columns: {columns}}}",
                *(f"  {name}: {{incremental: {_incremental(shape, name)}}}" for name in PURE),
                "",
            ]
        ),
        **{f"domains/air/flow/models/{name}.sql": text + "\n" for name, text in models(shape, factor).items()},
    }


def _incremental(shape: Shape, name: str) -> str:
    lookback = f", lookback: {shape.lookback[name]}d" if shape.lookback.get(name) else ""
    # Hours are those of UTC, whatever the days around them.
    zone = f", timezone: {_BERLIN}" if shape.is_berlin and shape.grains[name] != "hour" else ""
    depends = {"daily": ", depends: {rates: whole}", "cut": ", depends: whole"}.get(name, "")
    return f"{{by: {_by(name)}, grain: {shape.grains[name]}{lookback}{zone}{depends}}}"


def _by(name: str) -> str:
    return "d" if name in {"daily", "recent"} else "t"


def models(shape: Shape, factor: int) -> dict[str, str]:
    """Return the statements by name, inputs first; raw DuckDB runs the same ones over everything at once."""
    # A week is no part of a month, and only UTC has hours that every time zone shares: what is truncated is truncated little.
    finest = min((shape.grains["daily"], "day"), key=GRAINS.index)
    d = "near.t" if shape.is_berlin else f"date_trunc('{finest}', near.t)"
    return {
        "near": f"select id, t, k, x, {_sum_before('x', 't', shape.lookback['near'])} as nearby from raw",
        "daily": f"select {d} as d, k, sum(x * w * {factor}) as x, sum(nearby) as nearby, count(*) as n "
        "from near left join rates using (k) group by all",
        "recent": f"select d, k, x, n, {_sum_before('n', 'd', shape.lookback['recent'])} as lately from daily",
        "cut": "select id, t, k, x from ledger",
        "sums": "select t, count(*) as n, sum(x) as x from cut group by t",
    }


def _sum_before(column: str, by: str, days: int) -> str:
    """Return the sum of a column over the days before each row: of what an interval sees with that lookback, and no more."""
    return f"sum({column}) over (partition by k order by {by} range between interval '{days} days' preceding and current row)"


@contextmanager
def reading(root: Path) -> Iterator[Reader]:
    """Open the state for looking."""
    state = open_state(f"sqlite:///{STATE}", root=root)
    try:
        yield state.reader
    finally:
        state.close()


def standing(reader: Reader, environment: str = "prod") -> dict[str, Version]:
    """Return what stands, by the dataset's name."""
    shown = {name: found.revision for name, found in reader.pointers(environment).items() if name.count(".") == 2}
    versions = reader.versions(shown.values())
    return {name.rpartition(".")[2]: versions[id_] for name, id_ in shown.items()}


def recorded_parts(root: Path) -> set[str]:
    """Return the ids of all parts that are committed."""
    if not (root / STATE).exists():
        return set()
    with reading(root) as reader:
        return {part.id for part in reader.all_parts()}


def ran(root: Path, options: RunOptions | None = None) -> str | None:
    """Run; say what went wrong."""
    try:
        report = apply(open_workspace(root), options or RunOptions())
    except MeshwrightError as error:
        return f"a run was refused: {error}"
    return said(report)


def said(report: RunReport) -> str | None:
    """Say what went wrong in a run."""
    if report.state is RunState.SUCCEEDED and not report.not_published:
        return None
    errors = [str(step.error) for step in report.steps if step.error]
    return f"a run {report.state.value}: {errors} {report.error} {report.not_published}"


def settled(world: World, fresh: Path) -> str | None:
    """Run to the end; say in what the result differs from a mesh without a history (made in `fresh`) and from raw DuckDB."""
    if (problem := ran(world.root)) is not None:
        return problem
    again = apply(open_workspace(world.root), RunOptions())
    if again.published or any(step.action is StepAction.BUILD for step in again.steps):
        return f"a second run published {again.published}"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(world.root, fresh, ignore=shutil.ignore_patterns(".meshwright", "environments"))
    if (problem := ran(fresh)) is not None:
        return f"the full build: {problem}"
    with reading(world.root) as reader, reading(fresh) as other:
        return _differing(standing(reader), standing(other), reader, other) or _holding(world, reader)


def _differing(ours: Mapping[str, Version], theirs: Mapping[str, Version], reader: Reader, other: Reader) -> str | None:
    """Say which datasets have other content, or other parts, than in a full build."""
    if ours.keys() != theirs.keys():
        return f"datasets {sorted(ours.keys() ^ theirs.keys())} are not in both"
    for name in ("raw", *PURE):
        mine, full = ours[name], theirs[name]
        if (mine.rows, mine.content_digest) != (full.rows, full.content_digest):
            return f"{name} has {mine.rows} rows, a full build {full.rows}, or other content"
    # What once began earlier keeps its first intervals, without a row: what is made from these has other parts as well.
    for name in SAME_PARTS:
        mine_parts, full_parts = _parts(ours, name, reader), _parts(theirs, name, other)
        at = len(mine_parts) - len(full_parts)
        if [part.id for part in mine_parts[at:]] != [part.id for part in full_parts]:
            return f"{name} is made of other parts than in a full build"
        if at:
            return f"{name} has rows that a full build has not" if any(part.rows for part in mine_parts[:at]) else None
    return None


def _holding(world: World, reader: Reader) -> str | None:
    """Say what of the final inputs a dataset lacks or has twice: against raw DuckDB, whole and by interval."""
    found = standing(reader)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        _make_raw(connection, world)
        for name in PURE:
            version, parts = found[name], _parts(found, name, reader)
            if version.manifest is None or version.manifest.version_class is not VersionClass.PURE:
                return f"{name} is not pure"
            if (problem := _rows(connection, name, parts, world.root)) is not None:
                return problem
    return None


def _make_raw(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    kind = "TIMESTAMPTZ" if world.shape.is_berlin else "TIMESTAMP"
    types = f"columns = {{'id': 'BIGINT', 't': '{kind}', 'k': 'VARCHAR', 'x': 'BIGINT'}}, header = true"
    connection.execute(f"create table raw as from read_csv('{world.root}/drop/*.csv', {types})")
    connection.execute(f"create table ledger as from read_csv('{world.root}/ledger.csv', {types})")
    connection.execute(f"create table rates as from read_csv('{world.root}/rates.csv', header = true)")
    for name, text in models(world.shape, world.factor).items():
        connection.execute(f"create table {name} as {text}")


def _rows(connection: duckdb.DuckDBPyConnection, name: str, parts: Sequence[Part], root: Path) -> str | None:
    """Say in which rows a dataset's parts differ from raw DuckDB's table of the same name, and which part has foreign rows."""
    by = _by(name)
    for before, after in itertools.pairwise(parts):
        assert before.end is not None
        assert after.start is not None
        if before.end > after.start:
            return f"{name}: the parts from {before.start} and {after.start} overlap"
    counted = [(part.start, part.end, part.rows) for part in parts]
    connection.execute("create or replace temp table counted (low timestamptz, high timestamptz, n bigint)")
    if counted:
        connection.executemany("insert into counted values (?, ?, ?)", counted)
    other = connection.execute(
        f"select low, n, (select count(*) from {name} where {by}::timestamptz >= low and {by}::timestamptz < high) as there "
        "from counted where n <> there"
    ).fetchall()
    if other:
        return f"{name}: parts (start, rows, rows of raw DuckDB) {other[:3]}"
    files = [str(root / ".meshwright/store" / file.path) for part in parts for file in part.files]
    if not files:
        count = connection.execute(f"select count(*) from {name}").fetchone()
        return None if count == (0,) else f"{name} has no files, raw DuckDB has {count} rows"
    names = ", ".join(column[0] for column in connection.execute(f"describe {name}").fetchall())
    ours = f"select {names} from read_parquet({files})"
    extra = connection.execute(f"({ours}) except all (select * from {name})").fetchall()
    lost = connection.execute(f"(select * from {name}) except all ({ours})").fetchall()
    return f"{name}: rows twice or wrong {extra[:3]}, rows lost {lost[:3]}" if extra or lost else None


def _parts(found: Mapping[str, Version], name: str, reader: Reader) -> tuple[Part, ...]:
    version = found[name]
    return parts_of(reader, (version,))[version.id]
