"""The end of the gate: is everything proved that a product would show, and did nothing it rests on move?

A publication is one transaction of the state: all pointers of the unit or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshwright.checks.spec import CheckSpec, Evidence
from meshwright.checks.verdict import is_blocking
from meshwright.crashpoints import CrashPoint, reached
from meshwright.frozen import dataclass
from meshwright.model import Version, product_of
from meshwright.plan.moves import ProductMoves, product_moves
from meshwright.plan.values import Step
from meshwright.run.board import Board
from meshwright.run.manifest import manifest_document
from meshwright.run.outcome import stopped_by, test_outcome
from meshwright.run.report import NotPublished, StepReport, StepState, TestOutcome
from meshwright.run.wholeness import require_new_whole
from meshwright.run.world import RunWorld
from meshwright.state.errors import Conflict
from meshwright.state.records import ObjectKind, Publication, Revision


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """The unit's products became visible in `generation`."""

    products: tuple[str, ...]
    generation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The unit's pointers stay as they are."""

    refusals: tuple[NotPublished, ...]
    #: Whether others overtook the run, so that planning again may help.
    is_overtaken: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NothingToMove:
    """Everything stands already."""


def publish_unit(step: Step, board: Board, world: RunWorld) -> Published | Refused | NothingToMove:
    """Publish the products of a step together, or say why not. Idempotent: what stands already moves nothing.

    Raises WorldError (MW-R017) where a version to be shown has lost its files.
    """
    reasons = _reasons_against(step, board)
    if reasons is not None:
        return reasons
    versions = {dataset: board.bound[dataset].id for dataset in _scope_of(step, board) if dataset in board.bound}
    moves = tuple(product_moves(board.desired, product, board.standing, versions) for product in step.products)
    if all(move.is_empty for move in moves):
        return NothingToMove()
    expected = _expected(step, moves, board)
    stale = sorted(name for name, revision in expected.items() if _standing_revision(name, board) != revision)
    if stale:
        return Refused(refusals=_not_current(step, stale))
    for dataset, version in _moved_versions(moves, board):
        require_new_whole(version, _standing_version(dataset, board), world)
    publication = Publication(
        environment=board.plan.environment,
        base=board.observed.base,
        run_id=world.run_id,
        lease=world.lease,
        by=world.by,
        reason=world.publishing.reason or f"run {world.run_id}: {', '.join(step.products)}",
        action=world.publishing.action,
        unpinned=world.publishing.unpinned,
        expected=expected,
        moves=_pointer_moves(moves),
        revisions=_revisions(moves, board, world),
    )
    reached(CrashPoint.PUBLICATION_READY)
    try:
        generation = world.writer.publish(publication, world.now())
    except Conflict as conflict:
        return Refused(refusals=_overtaken(step, conflict), is_overtaken=True)
    reached(CrashPoint.PUBLISHED)
    _move_on_board(moves, board, generation)
    return Published(products=step.products, generation=generation)


def _reasons_against(step: Step, board: Board) -> Refused | None:
    """Return a refusal where a step failed, a dataset has no version, or a rule lacks good evidence."""
    obstacle = _own_obstacle(step, board)
    if obstacle is not None:
        return Refused(refusals=_because(step, obstacle, board))
    datasets = _scope_of(step, board)
    specs = tuple(
        spec for dataset in datasets if not board.is_left_out(dataset) for spec in board.desired.nodes[dataset].checks
    )
    for spec, evidence in zip(specs, board.evidence_for(specs), strict=True):
        if _is_unproved(spec, evidence):
            veil = board.desired.veil
            outcome = test_outcome(spec, evidence, is_recorded=True, veil=veil) if evidence else None
            return Refused(refusals=_untested(step, spec, outcome))
    return None


def _own_obstacle(step: Step, board: Board) -> StepReport | None:
    """Return what stands in the way among the steps of the unit's own datasets; upstream products are compared by pointer."""
    own = sorted(place for product in step.products for place in board.places.get(product, ()))
    for place in own:
        report = board.ended.get(board.plan.steps[place].key)
        if report is not None and report.error is not None and report.state is not StepState.SKIPPED:
            return report
    return None


def _is_unproved(spec: CheckSpec, evidence: Evidence | None) -> bool:
    """Whether a rule that stops has no good evidence; rules that only log or warn never hold a publication back."""
    if evidence is None:
        return spec.action.value == "stop"
    return is_blocking(spec, evidence)


def _scope_of(step: Step, board: Board) -> tuple[str, ...]:
    products = (board.desired.mesh.product(address) for address in step.products)
    return tuple(
        dataset for product in products if product for dataset in product.datasets if dataset in board.desired.scope
    )


def _expected(step: Step, moves: Iterable[ProductMoves], board: Board) -> dict[str, str | None]:
    """Return the read and write set: every pointer that the unit was built or proved from, and every one it replaces."""
    expected: dict[str, str | None] = {}
    own = set(step.products)
    for dataset in _scope_of(step, board):
        node = board.desired.nodes[dataset]
        read = {*node.node.reads, *(other for spec in node.checks for other in spec.reads)}
        for name in read:
            version = board.version_of(name)
            if product_of(name) not in own and version is not None:
                expected[name] = version.id
    for move in moves:
        expected.update({dataset: board.datasets.get(dataset) for dataset in move.datasets})
        expected.update({port: board.ports.get(port) for port in move.ports})
        expected[move.product] = board.products.get(move.product)
    return expected


def _moved_versions(moves: Iterable[ProductMoves], board: Board) -> Iterator[tuple[str, Version]]:
    """Yield datasets with the version that their pointer moves to: one that was reused may have lost its files since."""
    for move in moves:
        for dataset, revision in move.datasets.items():
            version = board.version(revision) if revision is not None else None
            if version is not None:
                yield dataset, version


def _standing_version(dataset: str, board: Board) -> Version | None:
    published = board.datasets.get(dataset)
    return board.version(published) if published is not None else None


def _standing_revision(name: str, board: Board) -> str | None:
    return board.datasets.get(name) or board.ports.get(name) or board.products.get(name)


def _pointer_moves(moves: Iterable[ProductMoves]) -> dict[str, tuple[ObjectKind, str | None]]:
    pointers: dict[str, tuple[ObjectKind, str | None]] = {}
    for move in moves:
        pointers.update({name: (ObjectKind.DATASET, revision) for name, revision in move.datasets.items()})
        pointers.update({name: (ObjectKind.PORT, revision) for name, revision in move.ports.items()})
        if move.is_moved:
            pointers[move.product] = (ObjectKind.PRODUCT, move.revision)
    return pointers


def _revisions(moves: Iterable[ProductMoves], board: Board, world: RunWorld) -> tuple[Revision, ...]:
    revisions = []
    for move in moves:
        for address, revision in move.ports.items():
            if revision is not None:
                document = board.desired.ports[address].document
                revisions.append(Revision(id=revision, kind=ObjectKind.PORT, object=address, document=document))
        if move.revision is not None and move.is_moved:
            document = manifest_document(move, board, world)
            revisions.append(
                Revision(id=move.revision, kind=ObjectKind.PRODUCT, object=move.product, document=document)
            )
    return tuple(revisions)


def _move_on_board(moves: Iterable[ProductMoves], board: Board, generation: int) -> None:
    for move in moves:
        for pointers, changed in ((board.datasets, move.datasets), (board.ports, move.ports)):
            for name, revision in changed.items():
                if revision is None:
                    pointers.pop(name, None)
                else:
                    pointers[name] = revision
        if move.revision is None:
            board.products.pop(move.product, None)
        else:
            board.products[move.product] = move.revision
    board.generation = generation


def _because(step: Step, obstacle: StepReport, board: Board) -> tuple[NotPublished, ...]:
    error = obstacle.error
    assert error is not None
    blocking = next(
        (
            f"{outcome.dataset}: {outcome.id}"
            for outcome in board.tests
            if outcome.verdict in {"stop", "error"} and outcome.dataset in {obstacle.dataset, error.object}
        ),
        None,
    )
    return tuple(
        NotPublished(product=product, reason=error.message, blocking_test=blocking) for product in step.products
    )


def _untested(step: Step, spec: CheckSpec, outcome: TestOutcome | None) -> tuple[NotPublished, ...]:
    reason = f"test '{spec.id}' of {spec.dataset} has no evidence" if outcome is None else stopped_by(outcome).message
    blocking = f"{spec.dataset}: {spec.id}"
    return tuple(NotPublished(product=product, reason=reason, blocking_test=blocking) for product in step.products)


def _not_current(step: Step, stale: list[str]) -> tuple[NotPublished, ...]:
    reason = f"it was built from {', '.join(stale)}, which {'was' if len(stale) == 1 else 'were'} not published"
    return tuple(NotPublished(product=product, reason=reason) for product in step.products)


def _overtaken(step: Step, conflict: Conflict) -> tuple[NotPublished, ...]:
    names = ", ".join(sorted(conflict.objects))
    is_deleted = conflict.first.code == "MW-S404"
    reason = (
        f"garbage collection deleted what {names} would have shown while this run went on"
        if is_deleted
        else f"others published {names} while this run went on"
    )
    return tuple(NotPublished(product=product, reason=reason) for product in step.products)
