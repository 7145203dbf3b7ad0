"""Queries of rules that are after something: files, settings, the catalog, other datasets, the machine's time and memory.

Each is asked three times: of `check`, of the engine as if `check` had let it pass, and of the process for queries as if the engine
had too. A failure: `check` has nothing to say, a measurement has a value, or a canary stands in anything that is said. In the
long form each is also written in other ways (letter case, blanks, comments), and those that cost without bound are run.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from meshwright.checks.problems import rule_problems
from meshwright.checks.spec import CheckSpec, Measurement, Metric
from meshwright.engines.duckdb.apart import QueryProcesses
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.session import DuckDBSession
from meshwright.engines.limits import QueryLimits
from meshwright.engines.protocol import Limits, Relation
from meshwright.model import Column, DatasetTests, FileSource, Node, Operator, Product, QualityRule
from torture.report import Proof, Tally, main
from torture.untrusted_queries import COSTLY, FORBIDDEN, UNSEEN_BY_CHECK

PROOF = Proof(
    test="untrusted",
    claim="queries of rules after files, settings, other data, time or memory: refused, or ended with an error; no canary told",
    unit="queries",
    short=60,
    long=2_000,
)
CANARY = "canary-7f3a9c"
T = "ops.flights.t"
PORTS = "ops.flights.ports"
_DATA = {
    T: """SELECT * FROM (VALUES
        (1, 'EWR', 'N14228', 10.5::DOUBLE, DATE '2020-01-01', [1, 2],
          '{"kind": "a", "n": 2, "l": [1, 2]}'::JSON, {'town': 'A', 'gate': 1}),
        (2, 'JFK', 'N2', 'nan'::DOUBLE, DATE '2020-01-02', [2],
          '{"kind": "b", "n": 1, "l": []}'::JSON, {'town': 'B', 'gate': 2}),
        (3, 'JFK', NULL, -3.0::DOUBLE, DATE '2020-01-02', NULL, '{"kind": "c", "n": 0}'::JSON, NULL),
        (4, 'XXX', 'n9', 99.0::DOUBLE, DATE '2020-01-05', [], NULL, {'town': 'C', 'gate': NULL})
        ) v(id, origin, tail, delay, day, legs, doc, place)""",
    PORTS: "SELECT unnest(['EWR', 'JFK', 'LGA']) AS code",
    "ops.flights.secret": f"SELECT 1 AS id, '{CANARY}' AS mark",
    "other.domain.secret": f"SELECT 1 AS id, '{CANARY}' AS mark",
}
_EACH = QueryLimits(seconds=1.5, memory_bytes=300_000_000)
#: A query is ended, and another process started, well within this.
_MOST_S = 20.0


class Place:
    """Datasets in files, other files with canaries, and the three that are asked. To be closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._canaries()
        self.relations = {dataset: _relation(folder / f"{dataset}.parquet", text) for dataset, text in _DATA.items()}
        limits = Limits(threads=1, temp_directory=str(folder / "spill"))
        self.session = DuckDBSession(limits, KnownStatements(), _EACH)
        self.processes = QueryProcesses(limits, _EACH)
        # Named in the same instance, as the datasets of other rules are.
        for dataset in _DATA:
            self.session.measure(
                self.relations[dataset], [CheckSpec(id="r", dataset=dataset, metric=Metric.ROW_COUNT)], self.relations
            )

    def _canaries(self) -> None:
        os.environ["MESHWRIGHT_CANARY"] = CANARY
        for ending in ("csv", "txt", "json"):
            text = f'{{"id": "{CANARY}"}}' if ending == "json" else f"id\n{CANARY}\n"
            (self._folder / f"canary.{ending}").write_text(text, encoding="utf-8")
        duckdb.execute(f"COPY (SELECT '{CANARY}' AS id) TO '{self._folder}/canary.parquet'")

    def filled(self, query: str) -> str:
        """Put the paths into a query."""
        for ending in ("csv", "txt", "json", "parquet"):
            query = query.replace(f"{{{ending}}}", str(self._folder / f"canary.{ending}"))
        return query.replace("{dir}", str(self._folder)).replace("{{", "{").replace("}}", "}")

    def measured(self, query: str, **rest: object) -> Measurement:
        """Ask the engine."""
        (found,) = self.session.measure(self.relations[T], [spec_of(query, **rest)], {PORTS: self.relations[PORTS]})
        return found

    def measured_apart(self, query: str) -> Measurement:
        """Ask the process, which trusts what it is sent."""
        return self.processes.measure(spec_of(query), {name: self.relations[name] for name in (T, PORTS)})

    def close(self) -> None:
        """End all that was started."""
        self.session.close()
        self.processes.close()


def spec_of(query: str, **rest: object) -> CheckSpec:
    """Return the rule of a query."""
    return CheckSpec(id="r", dataset=T, metric=Metric.VIOLATIONS, query=query, reads=(PORTS,), **rest)  # type: ignore[arg-type]


def found_by_check(query: str) -> tuple[str, ...]:
    """Return what `check` says about a rule with a query."""
    nodes = {
        name: Node(address=f"ops.flights.{name}", kind="source", source=FileSource(path="x.csv", format="csv"))
        for name in ("t", "ports")
    }
    rule = QualityRule(type="sql", query=query, operator=Operator.MUST_BE, bound=0)
    product = Product(address="ops.flights", nodes=nodes, tests=(DatasetTests(dataset=T, rules=(rule,)),))
    return tuple(each.message for each in rule_problems(product, {T, PORTS}, {}, params=("low",)))


def problem_of(place: Place, query: str, *, is_costly: bool = False, is_bare: bool = True) -> str | None:
    """Say what went wrong with a query that must be refused; None where nothing did."""
    query = place.filled(query)
    started = time.monotonic()
    checked = found_by_check(query)
    measured = place.measured(query)
    said = [*checked, json.dumps([measured.error, measured.value, [dict(row) for row in measured.sample]])]
    if is_bare and not is_costly:
        bare = place.measured_apart(query)
        said.append(json.dumps([bare.error, bare.value, [dict(row) for row in bare.sample]]))
    # The text of the query is quoted in what is said of it; the canary is in none.
    if any(CANARY in each for each in said):
        return f"told the canary: {query!r}: {said}"
    if not is_costly and not checked and query not in UNSEEN_BY_CHECK:
        return f"check has nothing to say: {query!r}"
    if measured.error is None:
        return f"it has a value, {measured.value}: {query!r}"
    seconds = time.monotonic() - started
    return f"took {seconds:.1f} s: {query!r}" if seconds > _MOST_S else None


def _relation(file: Path, text: str) -> Relation:
    duckdb.execute(f"COPY ({text}) TO '{file}' (FORMAT parquet)")
    described = duckdb.execute(f"DESCRIBE FROM '{file}'").fetchall()
    return Relation(columns=tuple(Column(name=row[0], type=row[1]) for row in described), files=(str(file),))


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Ask every forbidden query, every costly one, then rewritten ones, up to `n`."""
    tally, rng = Tally(), random.Random(seed)
    place = Place(folder)
    try:
        for query, is_costly in _queries(n, rng):
            tally.trial(problem_of(place, query, is_costly=is_costly))
    finally:
        place.close()
    return tally


def _queries(n: int, rng: random.Random) -> Iterator[tuple[str, bool]]:
    forbidden = [query for queries in FORBIDDEN.values() for query in queries]
    costly = [query for queries in COSTLY.values() for query in queries]
    known = [(query, False) for query in (*forbidden, *UNSEEN_BY_CHECK)] + [(query, True) for query in costly]
    rng.shuffle(known)
    yield from known[:n]
    for _ in range(n - len(known)):
        yield rewritten(rng.choice(forbidden), rng), False


def rewritten(query: str, rng: random.Random) -> str:
    """Write a query in another way that means the same: blanks and letter case outside of strings, quoted names and comments."""
    pieces = re.split(r"('(?:[^']|'')*'|\"[^\"]*\"|\{\w+\}|--[^\n]*\n?|/\*.*?\*/|\$\$.*?\$\$)", query)
    blanks = (" ", "\n", "\t", " /* x */ ", " -- y\n", "  ", "/**/ ")
    for place in range(0, len(pieces), 2):
        piece = re.sub(" ", lambda _: rng.choice(blanks), pieces[place])
        pieces[place] = "".join(rng.choice((each.lower(), each.upper())) if each.isascii() else each for each in piece)
    return "".join(pieces)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
