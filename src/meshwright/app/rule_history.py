"""`show DATASET --rules` and `show DATASET --rule ID`: what was said of rules, through edits, new names and versions.

A rule is its id. One that was renamed and demanded the same under both names goes on under the new one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from meshwright.app.judged_kept import look
from meshwright.app.observing import Published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.show import nothing_called
from meshwright.app.testing import recorded_outcomes
from meshwright.app.veils import veil_of
from meshwright.app.workspace import Workspace
from meshwright.checks.spec import CheckSpec, path_words
from meshwright.checks.verdict import demand_words, rule_words
from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import Veil
from meshwright.run.outcome import test_outcome
from meshwright.run.report import TestOutcome
from meshwright.state.records import ObjectKind, RuleVerdict

#: Verdicts of a history that are shown where nothing else is asked for.
MOST = 20
_ALL = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleChange:
    """A way in which a rule was not what it had been before."""

    #: ``name``, ``action``, ``bound``, ``query``, ``columns``, ``parameters`` or ``arguments``.
    what: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleEntry:
    """One verdict of a rule's history."""

    outcome: TestOutcome
    environment: str
    #: When and in which run it was measured; None where only the verdict is known.
    at: dt.datetime | None
    run_id: str | None
    #: Whether the environment that is looked at points to the version now.
    is_published: bool
    #: How the rule had been edited since the verdict before, in the same environment.
    changes: tuple[RuleChange, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleState:
    """A rule of a dataset with its latest verdict."""

    id: str
    words: str
    action: str
    demand: str
    port: str | None
    span: SourceSpan | None
    #: None where it was never measured.
    latest: RuleEntry | None
    #: How it was edited since.
    changes: tuple[RuleChange, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleListing:
    """Answer of `show DATASET --rules`."""

    dataset: str
    environment: str
    rules: tuple[RuleState, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleHistory:
    """Answer of `show DATASET --rule ID`."""

    dataset: str
    environment: str
    id: str
    #: The rule as it is written now; None where it is not there any more.
    rule: RuleState | None
    #: Other ids that it had.
    names: tuple[str, ...]
    #: Newest first.
    entries: tuple[RuleEntry, ...]
    #: Whether there are older ones.
    is_cut: bool


def list_rules(workspace: Workspace, dataset: str, environment: str = "prod") -> RuleListing:
    """Return every rule of a dataset with its latest verdict. Raises InputError (MW-R011, MW-L045)."""
    with open_mesh(workspace, environment) as opened:
        looked = _look(opened, dataset)
        reader = opened.state.reader
        latest, ever = reader.latest_verdicts(dataset, _environments(opened)), reader.rule_checks(dataset)
        current = {spec.id: spec.fingerprint for spec in looked.specs}
        rules = []
        for spec in looked.specs:
            known = [latest[name] for name in _names(spec.id, current, ever) if name in latest]
            rules.append(_state(spec, max(known, key=lambda each: each.at, default=None), looked))
        return RuleListing(dataset=dataset, environment=environment, rules=tuple(rules))


def show_rule(
    workspace: Workspace, dataset: str, rule: str, environment: str = "prod", *, is_whole: bool = False
) -> RuleHistory:
    """Return the history of one rule, in every environment. Raises InputError (MW-R011, MW-L045, MW-L046)."""
    with open_mesh(workspace, environment) as opened:
        looked = _look(opened, dataset)
        reader = opened.state.reader
        ever = reader.rule_checks(dataset)
        id_, names = _named(rule, looked, ever)
        limit = _ALL if is_whole else MOST
        # One more: the oldest that is shown is compared with the one before it.
        verdicts = reader.rule_history(dataset, names, limit + 1)
        spec = next((each for each in looked.specs if each.id == id_), None)
        own = set(_environments(opened))
        newest = next((verdict for verdict in verdicts if verdict.environment in own), None)
        entries = tuple(_entries(verdicts, looked))[:limit]
        state = _state(spec, newest, looked) if spec is not None else None
        if not entries and state is not None and state.latest is not None:
            entries = (state.latest,)
        return RuleHistory(
            dataset=dataset,
            environment=environment,
            id=id_,
            rule=state,
            names=tuple(sorted(names - {id_})),
            entries=entries,
            is_cut=len(verdicts) > limit,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Looked:
    """What is looked up once."""

    specs: tuple[CheckSpec, ...]
    #: The version that the environment points to.
    published: str | None
    #: Rule -> what is recorded of it on that version: verdicts that are older than histories.
    recorded: Mapping[str, TestOutcome]
    veil: Veil | None


def _look(opened: OpenedMesh, dataset: str) -> _Looked:
    if opened.mesh.node(dataset) is None:
        if dataset in opened.mesh.domains or opened.mesh.product(dataset) is not None or "/" in dataset:
            message = f"'{dataset}' is no dataset, and rules are of datasets"
            fix = "name one: mw show DATASET --rules"
            raise InputError(Diagnostic(code="MW-L045", message=message, fix=fix))
        raise InputError(nothing_called(opened, dataset))
    found = look(opened)
    published, specs = found.published, found.judged.checks.get(dataset, ())
    version = published.versions.get(dataset)
    recorded = recorded_outcomes(opened, specs, version, _standing(published)) if version else ()
    return _Looked(
        specs=specs,
        published=version.id if version else None,
        recorded={outcome.id: outcome for outcome in recorded},
        veil=veil_of(opened),
    )


def _standing(published: Published) -> dict[str, str]:
    return {
        name: pointer.revision for name, pointer in published.pointers.items() if pointer.kind is ObjectKind.DATASET
    }


def _environments(opened: OpenedMesh) -> tuple[str, ...]:
    """The environment that is looked at and, of a sandbox, the one that shines through."""
    base = opened.sandbox.base if opened.sandbox is not None else None
    return (opened.environment, base) if base is not None else (opened.environment,)


def _named(rule: str, looked: _Looked, ever: Mapping[str, frozenset[str]]) -> tuple[str, frozenset[str]]:
    """Return the id of the rule that is meant and every id that its history is under. Raises InputError (MW-L046)."""
    current = {spec.id: spec.fingerprint for spec in looked.specs}
    known = sorted({*current, *ever})
    meant = [rule] if rule in known else [each for each in known if each.partition(":")[2] == rule]
    if len(meant) != 1:
        fix = f"say which: {', '.join(meant)}" if meant else known_names_hint(rule, known, what="rules")
        message = f"{len(meant)} rules are called '{rule}'" if meant else f"no rule is called '{rule}'"
        raise InputError(Diagnostic(code="MW-L046", message=message, fix=fix))
    (id_,) = meant
    if id_ not in current:
        later = [name for name in current if id_ in _names(name, current, ever)]
        id_ = later[0] if len(later) == 1 else id_
    return id_, _names(id_, current, ever)


def _names(id_: str, current: Mapping[str, str], ever: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the ids under which a rule goes on: those that no rule has any more and that demanded what it did."""
    names = {id_}
    checks = {*ever.get(id_, ()), *([current[id_]] if id_ in current else ())}
    while more := {
        name for name, found in ever.items() if name not in names | current.keys() and not checks.isdisjoint(found)
    }:
        names |= more
        checks.update(check for name in more for check in ever[name])
    return frozenset(names)


def _state(spec: CheckSpec, verdict: RuleVerdict | None, looked: _Looked) -> RuleState:
    recorded = looked.recorded.get(spec.id)
    latest = None
    if verdict is not None:
        latest = _entry(verdict, looked)
    elif recorded is not None:
        latest = RuleEntry(outcome=recorded, environment="", at=None, run_id=None, is_published=True)
    return RuleState(
        id=spec.id,
        words=rule_words(spec),
        action=spec.action.value,
        demand=demand_words(spec),
        port=spec.port,
        span=spec.span,
        latest=latest,
        changes=_changes(verdict.spec, spec) if verdict is not None else (),
    )


def _entries(verdicts: Sequence[RuleVerdict], looked: _Looked) -> Iterable[RuleEntry]:
    for place, verdict in enumerate(verdicts):
        before = next((each for each in verdicts[place + 1 :] if each.environment == verdict.environment), None)
        yield _entry(verdict, looked, _changes(before.spec, verdict.spec) if before is not None else ())


def _entry(verdict: RuleVerdict, looked: _Looked, changes: tuple[RuleChange, ...] = ()) -> RuleEntry:
    return RuleEntry(
        outcome=test_outcome(verdict.spec, verdict.evidence, is_recorded=True, veil=looked.veil),
        environment=verdict.environment,
        at=verdict.at,
        run_id=verdict.evidence.run_id or None,
        is_published=verdict.evidence.version == looked.published,
        changes=changes,
    )


def _changes(before: CheckSpec, after: CheckSpec) -> tuple[RuleChange, ...]:
    """Return how a rule was edited between two times; how its text is laid out is no edit."""
    found = [("name", before.id, after.id), ("action", before.action.value, after.action.value)]
    if before.fingerprint != after.fingerprint:
        found += [
            ("bound", demand_words(before), demand_words(after)),
            ("columns", _columns(before), _columns(after)),
            ("query", before.query or "", after.query or ""),
            ("parameters", _words(before.params), _words(after.params)),
            ("arguments", _words(_arguments(before)), _words(_arguments(after))),
        ]
    return tuple(RuleChange(what=what, before=old, after=new) for what, old, new in found if old != new)


def _columns(spec: CheckSpec) -> str:
    return ", ".join(path_words(column, spec.path) for column in spec.columns)


def _arguments(spec: CheckSpec) -> dict[str, object]:
    """What a rule is given, but for the fingerprint that stands for its query."""
    return {name: value for name, value in spec.arguments.items() if name != "meaning"}


def _words(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(values.items()))
