"""`mw contract test`: measures every rule of a contract on data that lies anywhere. Needs no mesh, and keeps nothing.

A run's gate and this verb measure the same `CheckSpec`s with the same engine: a contract is kept here as it would be there.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.app.clock import utc_now
from meshwright.app.contract_testing_columns import with_physical_columns
from meshwright.app.contract_testing_data import DataReader, OpenData
from meshwright.app.contract_testing_names import (
    Names,
    TestedObject,
    compile_contract,
    name_objects,
    without_foreign_types,
)
from meshwright.app.contract_testing_places import (
    DataOptions,
    Place,
    find_place,
    is_plain_folder,
    member_places,
    words_by_object,
)
from meshwright.app.contract_testing_servers import server_data, server_names
from meshwright.checks.conform import schema_measurement
from meshwright.checks.spec import CheckSpec, Measurement, Metric
from meshwright.checks.verdict import evidence_of, unique_measurements
from meshwright.diagnostics import Diagnostic, InputError, Severity, SourceSpan, known_names_hint
from meshwright.engines.limits import Limits
from meshwright.files.standards import read_contract_file
from meshwright.frozen import dataclass
from meshwright.model import Contract
from meshwright.run.outcome import test_outcome
from meshwright.run.report import TestOutcome

if TYPE_CHECKING:
    from meshwright.engines.duckdb.session import DuckDBSession


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractTestOptions:
    """What `contract test` is asked for."""

    contract: Path
    #: ``PLACE`` or ``OBJECT=PLACE``.
    data: tuple[str, ...] = ()
    #: The server of the contract that has the data, where `data` names none.
    server: str | None = None
    #: The only object to test; None for all.
    object: str | None = None
    how: DataOptions = field(default_factory=DataOptions)
    #: Where relative paths begin.
    base: Path = field(default_factory=Path)


@dataclass(frozen=True, kw_only=True, slots=True)
class TestedData:
    """The data that one object was tested on."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    object: str
    #: As given, without a password.
    place: str
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractTestReport:
    """Answer of `contract test`."""

    contract_id: str
    contract_version: str
    #: `TestOutcome.dataset` is the object's name as the contract writes it.
    tests: tuple[TestOutcome, ...]
    #: Where the rule of each of `tests` is written.
    places: tuple[SourceSpan | None, ...]
    data: tuple[TestedData, ...]
    #: Objects without data, and why: the contract is not known to be kept.
    untested: tuple[str, ...] = ()
    #: What else a reader should know.
    notes: tuple[str, ...] = ()
    #: Warnings about the contract.
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether there were rules, all of them could be measured, and each that stops is kept, for every object."""
        return (
            bool(self.tests) and not self.untested and all(test.verdict not in {"stop", "error"} for test in self.tests)
        )


def contract_test(options: ContractTestOptions) -> ContractTestReport:
    """Measure the rules of a contract on the data of its objects.

    Raises InputError where the contract, an option or the data cannot be read, WorldError, InterruptedRun. What is written
    meanwhile lies in a temporary folder, which is gone afterwards whatever happened.
    """
    contract, warnings = _readable(options.base / options.contract)
    return _tested(contract, warnings, options, started=time.perf_counter())


def _tested(
    contract: Contract,
    warnings: tuple[Diagnostic, ...],
    options: ContractTestOptions,
    *,
    started: float,
    is_renamed: bool = False,
) -> ContractTestReport:
    """Test a contract; once more with the names of columns that the data has, where they are others than the contract's."""
    given = options
    names = name_objects(contract)
    compiled = compile_contract(contract, names, utc_now())
    objects = compiled.objects
    chosen = _chosen(objects, options.object)
    if options.server is not None and not options.data:
        needed = [each for each in objects if each in chosen or _is_read(each, chosen)]
        options = _on_server(contract, needed, options)
    places = _places(objects, options, contract)
    with _scratch() as scratch, ExitStack() as stack:
        from meshwright.engines.duckdb.engine import DuckDBEngine  # lazy: an input that is wrong does without

        session: DuckDBSession = stack.enter_context(DuckDBEngine().open(Limits(temp_directory=str(scratch / "spill"))))
        stack.enter_context(_ending(session))
        reader = DataReader(session, options.base, scratch, os.environ, api_version=contract.api_version, stack=stack)
        opened = {
            each.address: reader.open(each, places[each.name])
            for each in objects
            if each.name in places and (each in chosen or _is_read(each, chosen))
        }
        held = {
            each.name: {column.name for column in opened[each.address].relation.columns}
            for each in objects
            if each.address in opened
        }
        physical = contract if is_renamed else with_physical_columns(contract, held)
        tested = [each for each in chosen if each.address in opened]
        measured = [] if physical is not contract else [(each, _measured(session, each, opened)) for each in tested]
    if physical is not contract:
        return _tested(physical, warnings, given, started=started, is_renamed=True)
    outcomes = [pair for each, found in measured for pair in _outcomes(each, found, names)]
    return ContractTestReport(
        contract_id=contract.id,
        contract_version=contract.version,
        tests=tuple(outcome for outcome, _ in outcomes),
        places=tuple(span for _, span in outcomes),
        data=tuple(
            TestedData(object=each.name, place=places[each.name].shown, rows=opened[each.address].relation.rows or 0)
            for each in tested
        ),
        untested=_untested(chosen, tested, options),
        notes=(*_notes(tested), *compiled.notes),
        diagnostics=(*warnings, *compiled.left_out),
        seconds=time.perf_counter() - started,
    )


def _readable(path: Path) -> tuple[Contract, tuple[Diagnostic, ...]]:
    """Return the contract, and warnings about it. Raises InputError with every error."""
    read = read_contract_file(path)
    contract = read.contract
    errors = [each for each in read.findings if each.severity is Severity.ERROR]
    if errors or contract is None:
        raise InputError(*errors)
    if not contract.objects:
        raise InputError(
            Diagnostic(
                code="MW-C204",
                message=f"contract '{contract.id}' promises no object: there is nothing to test",
                span=contract.span,
                fix="describe the data under 'schema'",
            )
        )
    readable, foreign = without_foreign_types(contract)
    return readable, (*read.findings, *foreign)


def _chosen(objects: Sequence[TestedObject], name: str | None) -> tuple[TestedObject, ...]:
    if name is None:
        return tuple(objects)
    found = tuple(each for each in objects if each.name == name)
    if not found:
        known = [each.name for each in objects]
        raise InputError(
            Diagnostic(
                code="MW-C203",
                message=f"the contract has no object '{name}'",
                fix=known_names_hint(name, known, what="objects"),
            )
        )
    return found


def _is_read(tested: TestedObject, chosen: Sequence[TestedObject]) -> bool:
    """Whether a rule of what is tested reads an object."""
    return any(tested.address in spec.reads for each in chosen for spec in each.checks)


def _on_server(contract: Contract, needed: Sequence[TestedObject], options: ContractTestOptions) -> ContractTestOptions:
    """Return the options with the data that a server has."""
    assert options.server is not None
    tables = {each.name: each.physical_name or each.name for each in needed}
    folder = (options.base / options.contract).parent.absolute()
    found = server_data(contract, options.server, tables, options.how, folder)
    return replace(options, data=found.words, how=found.how)


def _places(objects: Sequence[TestedObject], options: ContractTestOptions, contract: Contract) -> Mapping[str, Place]:
    """Return object -> where its data lies. Raises InputError (MW-C201, MW-C202, ...)."""
    if not options.data:
        servers = server_names(contract)
        named = f", or --server NAME (servers: {', '.join(servers)})" if servers else ""
        fix = (
            f"name it: --data FILE, a folder or a table's address, OBJECT=PLACE where there are several objects{named}"
        )
        raise InputError(Diagnostic(code="MW-C201", message="there is no data to test the contract on", fix=fix))
    names = [each.name for each in objects]
    words = words_by_object(options.data, names, options.base)
    found = {name: find_place(word, options.how, options.base) for name, word in words.items() if name is not None}
    if (word := words.get(None)) is None:
        return found
    open_for = [each for each in objects if each.name not in found and options.object in {None, each.name}]
    return {**_shared(word, open_for, options), **found}


def _shared(word: str, objects: Sequence[TestedObject], options: ContractTestOptions) -> Mapping[str, Place]:
    """Return the places of `objects` where one place was given for all of them."""
    if is_plain_folder(word, options.how, options.base):
        possible = {each.name: tuple(filter(None, (each.name, each.physical_name))) for each in objects}
        if members := member_places(word, possible, options.how, options.base):
            return members
    place = find_place(word, options.how, options.base)
    if len(objects) == 1:
        return {objects[0].name: place}
    if place.is_database and options.how.table is None:
        return {each.name: replace(place, is_only=False) for each in objects}
    listed = ", ".join(f"'{each.name}'" for each in objects[:5])
    raise InputError(
        Diagnostic(
            code="MW-C202",
            message=f"which object '{place.shown}' is the data of is not clear: the contract has {listed}",
            fix="write --data OBJECT=PLACE for each, name a folder with a file of each object's name, or test one: --object NAME",
        )
    )


def _untested(
    chosen: Sequence[TestedObject], tested: Sequence[TestedObject], options: ContractTestOptions
) -> tuple[str, ...]:
    """Say which objects were not tested."""
    given = " ".join(options.data)
    return tuple(f"{each.name}: {given} holds no data of it" for each in chosen if each not in tested)


def _notes(tested: Sequence[TestedObject]) -> tuple[str, ...]:
    """Name the objects that the contract promises nothing of that could be measured."""
    silent = [each for each in tested if not each.checks and not each.unexecuted]
    return tuple(f"{each.name}: the contract states no rule that can be measured" for each in silent)


def _measured(
    session: DuckDBSession, tested: TestedObject, opened: Mapping[str, OpenData]
) -> Mapping[str, Measurement]:
    """Return fingerprint -> what was found."""
    data = opened[tested.address]
    specs = unique_measurements(tested.checks)
    lacking = {spec.fingerprint: absent for spec in specs if (absent := _absent(spec, opened))}
    found = [_lacking(spec, lacking[spec.fingerprint]) for spec in specs if spec.fingerprint in lacking]
    found += [_columns_measured(data, spec) for spec in specs if spec.metric is Metric.SCHEMA]
    asked = [spec for spec in specs if spec.fingerprint not in lacking and spec.metric is not Metric.SCHEMA]
    read = {address for spec in asked for address in spec.reads if address != tested.address}
    others = {address: opened[address].relation for address in read}
    found += session.measure(data.relation, asked, others)
    return {each.fingerprint: each for each in found}


def _absent(spec: CheckSpec, opened: Mapping[str, OpenData]) -> tuple[str, ...]:
    return tuple(address for address in spec.reads if address not in opened)


def _lacking(spec: CheckSpec, absent: Sequence[str]) -> Measurement:
    return Measurement(fingerprint=spec.fingerprint, error=f"it reads {', '.join(absent)}, which there is no data of")


def _columns_measured(data: OpenData, spec: CheckSpec) -> Measurement:
    """Answer the rule on columns; a value that is not of the promised type is told instead of the text that its column is."""
    found = schema_measurement(data.relation.columns, spec)
    sample = tuple(
        {**row, "difference": data.misfits.get(str(row.get("column")), row.get("difference"))} for row in found.sample
    )
    return replace(found, sample=sample)


def _outcomes(
    tested: TestedObject, measured: Mapping[str, Measurement], names: Names
) -> Iterator[tuple[TestOutcome, SourceSpan | None]]:
    """Yield the verdict of each rule in the contract's own names, with the place of the rule."""
    for spec in tested.checks:
        evidence = evidence_of(spec, measured[spec.fingerprint], version="", others="", run_id="")
        outcome = test_outcome(spec, evidence, is_recorded=False, veil=None)
        yield (
            replace(
                outcome,
                dataset=tested.name,
                finding=names.plain(outcome.finding),
                words=names.plain(outcome.words),
                error=names.plain(outcome.error) if outcome.error is not None else None,
            ),
            spec.span,
        )
    for rule, finding in tested.unexecuted:
        yield _unexecuted(tested, rule, names.plain(finding.message)), finding.span


def _unexecuted(tested: TestedObject, rule: str, words: str) -> TestOutcome:
    """Return the verdict on a rule that nothing can measure: an error, so that nobody takes it for kept."""
    return TestOutcome(
        id=rule,
        dataset=tested.name,
        action="stop",
        verdict="error",
        value=None,
        operator="mustBe",
        bound=0,
        demand="must be 0",
        finding=words,
        failing_rows=None,
        words="custom rule",
        version="",
        error=words,
    )


@contextmanager
def _scratch() -> Iterator[Path]:
    """Yield a folder for what is written meanwhile; it is removed however the block ends."""
    with tempfile.TemporaryDirectory(prefix="meshwright-contract-") as folder:
        yield Path(folder)


@contextmanager
def _ending(session: DuckDBSession) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block soon, a statement that runs meanwhile too, so that what was written goes."""

    def end(*_: object) -> None:
        session.interrupt()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
