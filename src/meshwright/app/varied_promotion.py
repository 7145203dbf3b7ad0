"""The verb `variation promote`: what a variation sets becomes what its product's pipeline says.

A version is named by its recipe, and the variation's versions are those that the pipeline gives with the same values. So
nothing is copied and no pointer is moved here: the values are written into `pipeline.yaml`, and the next run publishes the
product from the versions that are there, through the gate and under its contracts. See docs/adr/0028.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from meshwright.app.idempotency import settles_now
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.planning import PlanOptions, prepare
from meshwright.app.varied_named import NamedVariation, known_variations, named_variation, not_published
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError, SourceSpan, WorldError
from meshwright.files.editing import NotEditable, ValueEdit, edited, scalar_text
from meshwright.files.yaml import YamlScalar, parse_yaml
from meshwright.files.yaml_nodes import YamlDocument, node_at
from meshwright.frozen import dataclass
from meshwright.model import Parameter, Product, Scalar, Variation
from meshwright.model.parameters import declared_parameters, parameter_settings
from meshwright.plan.values import Plan, StepAction
from meshwright.state.records import Pointer

#: What a run of the variation would still have to do; it is published anew as well where other files of its product changed.
_BUSY = (StepAction.BUILD, StepAction.PENDING, StepAction.BLOCKED, StepAction.TEST)


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueChange:
    """A value that promotion writes."""

    parameter: str
    before: Scalar
    after: Scalar
    #: ``pipeline operations.flights`` or ``node operations.flights.departures``.
    level: str
    #: Where the value before was set, which may be a level above.
    span: SourceSpan | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VariationPromotion:
    """Answer of `variation promote`."""

    variation: NamedVariation
    environment: str
    #: `pipeline.yaml`, relative to the mesh root.
    file: str
    changes: tuple[ValueChange, ...]
    #: Whether the file was written; not with `--dry-run`, and not where nothing changes.
    is_written: bool
    #: What a run of the product would do now (with `--dry-run`: nothing is known); by action.
    counts: Mapping[str, int]
    #: Nodes of the product that the values reach and the variation did not build.
    unbuilt: tuple[str, ...]
    seconds: float


def promote_variation(
    workspace: Workspace, variation: str, environment: str = "prod", *, is_dry: bool = False
) -> VariationPromotion:
    """Write a variation's values into the pipeline of its product.

    Only what stands as its files say is promoted: what was tested and compared. Raises InputError for what is no declared
    variation (MW-V001) or cannot be written (MW-V006), RefusedError where it does not stand so (MW-V003), the environment
    sets a value itself (MW-V004), or there is nothing to promote (MW-V005). The file is as it was then.
    """
    started = time.monotonic()
    with open_mesh(workspace, environment) as opened:
        require_sound(opened.diagnostics)
        found = named_variation(variation, known_variations(opened.mesh, {}))
        product = opened.mesh.product(found.product)
        assert product is not None  # a variation is declared by one
        declared = product.variations[found.name]
        _require_something(opened, found, declared)
        edits, changes = _edits(opened, product, declared)
        if edits:
            _require_standing(opened, found, declared)
        unbuilt = tuple(_unbuilt(product, declared))
    answer = VariationPromotion(
        variation=found,
        environment=environment,
        file=f"{product.folder}/pipeline.yaml",
        changes=changes,
        is_written=bool(edits) and not is_dry,
        counts={},
        unbuilt=unbuilt,
        seconds=time.monotonic() - started,
    )
    if not answer.is_written:
        return answer
    counts = _write(workspace, answer, edits)
    return replace(answer, counts=counts, seconds=time.monotonic() - started)


def _require_something(opened: OpenedMesh, found: NamedVariation, declared: Variation) -> None:
    if not declared.params:
        raise RefusedError(
            Diagnostic(
                code="MW-V005",
                message=f"{found.address} sets no parameter, so there is nothing to promote",
                span=declared.span,
                fix=f"mw variation drop {found.address} takes its datasets out of {opened.environment}",
                object=found.address,
            )
        )


def _require_standing(opened: OpenedMesh, found: NamedVariation, declared: Variation) -> None:
    """Raise where what stands of the variation is not what its files and sources give now, tested."""
    pointers = opened.state.reader.pointers(opened.environment)
    if found.address not in pointers:
        raise not_published(found.address, opened.environment)
    plan = prepare(opened, PlanOptions(select=(found.address,), environment=opened.environment)).plan
    busy = {action.value: plan.counts.get(action.value, 0) for action in _BUSY}
    moved = [
        step
        for step in plan.steps
        if step.action is StepAction.REUSE
        and step.dataset
        and _has_dataset(opened, step.dataset)
        and not _stands(pointers, step.dataset, step.version)
    ]
    told = [f"{count} to {action}" for action, count in busy.items() if count]
    told += [f"{len(moved)} to publish"] if moved else []
    if told:
        message = f"{found.address} is not published in {opened.environment} as its files and sources say now"
        look = f"look at mw variation diff {found.address}"
        raise RefusedError(
            Diagnostic(
                code="MW-V003",
                message=f"{message}: {', '.join(told)}",
                span=declared.span,
                fix=f"mw run {found.product} --variation {found.name}, {look}, then promote",
                object=found.address,
            )
        )


def _has_dataset(opened: OpenedMesh, address: str) -> bool:
    """Whether the node of a step yields a dataset: what yields none is pointed to by nothing."""
    node = opened.mesh.node(address)
    return node is None or node.has_dataset


def _stands(pointers: Mapping[str, Pointer], dataset: str, version: str | None) -> bool:
    return dataset in pointers and pointers[dataset].revision == version


def _edits(
    opened: OpenedMesh, product: Product, declared: Variation
) -> tuple[tuple[ValueEdit, ...], tuple[ValueChange, ...]]:
    """Return what must be written so that the plain nodes get the variation's values, and what it changes."""
    edits: list[ValueEdit] = []
    changes: list[ValueChange] = []
    winning = declared_parameters(opened.mesh, product.address)
    written = opened.contents.get(f"{product.folder}/pipeline.yaml", b"")
    document, _ = parse_yaml(written, f"{product.folder}/pipeline.yaml")
    for name, override in declared.params.items():
        _require_unset(opened, name)
        for node_name in declared.nodes:
            own = product.nodes[node_name].params.get(name)
            if document is not None and _is_bound(document, node_name, name):
                continue  # it follows the pipeline's value
            if own is not None and own.value != _as_declared(own, override):
                edits.append(_edit(("nodes", node_name, "params", name), own, override))
                changes.append(_change(name, own, override, f"node {product.nodes[node_name].address}"))
        if name not in winning:
            continue  # declared by nodes alone
        above, _ = winning[name]
        if above.value != _as_declared(above, override):
            edits.append(_edit(("params", name), product.params.get(name), override))
            changes.append(_change(name, above, override, f"pipeline {product.address}"))
    return tuple(edits), tuple(changes)


def _is_bound(document: YamlDocument, node: str, name: str) -> bool:
    """Whether what a node gives to its component is a reference to a parameter, and not a value."""
    found = node_at(document.root, ("nodes", node, "params", name))
    return isinstance(found, YamlScalar) and found.text.startswith("${param:")


def _as_declared(declared: Parameter, override: Parameter) -> Scalar:
    is_whole = declared.type == "number" and isinstance(override.value, int) and not isinstance(override.value, bool)
    return float(override.value) if is_whole and override.value is not None else override.value


def _edit(path: tuple[str, ...], declared: Parameter | None, override: Parameter) -> ValueEdit:
    """Return the edit of a value; `_write` finds out whether it stands alone or as the default of a typed form."""
    return ValueEdit(path=path if declared is None else (*path, "default"), value=override.value)


def _change(name: str, before: Parameter, override: Parameter, level: str) -> ValueChange:
    return ValueChange(
        parameter=name, before=before.value, after=_as_declared(before, override), level=level, span=before.span
    )


def _require_unset(opened: OpenedMesh, name: str) -> None:
    """Raise RefusedError (MW-V004) where the environment sets a parameter itself."""
    own = opened.mesh.environment_params.get(opened.mesh.environment, {}).get(name)
    if own is not None:
        raise RefusedError(
            Diagnostic(
                code="MW-V004",
                message=f"environment {opened.mesh.environment} sets {name} to {scalar_text(own.value)}, which is stronger "
                "than pipeline.yaml",
                span=own.span,
                fix="change or remove the value there, then promote again",
            )
        )


def _unbuilt(product: Product, declared: Variation) -> Iterator[str]:
    """Yield the datasets that use a value of the variation's without being built by it: those will be built anew."""
    for name, node in sorted(product.nodes.items()):
        if name not in declared.nodes and any(param in declared.params for param in node.param_names):
            yield node.address


def _write(workspace: Workspace, answer: VariationPromotion, edits: tuple[ValueEdit, ...]) -> Mapping[str, int]:
    """Write the values, and return what a run would do; the file is put back where the mesh is not sound then."""
    file, found, environment = answer.file, answer.variation, answer.environment
    path = (workspace.root / file).resolve()  # a link stays one
    before = path.read_bytes()
    try:
        after = edited(before, file, [_as_written(before, file, edit) for edit in edits])
    except NotEditable as error:
        values = ", ".join(f"{_parameter(edit)}: {scalar_text(edit.value)}" for edit in edits)
        raise InputError(
            Diagnostic(
                code="MW-V006",
                message=f"the value of {_parameter(error.edit)} cannot be written here without changing something else; "
                "the file is as it was",
                span=SourceSpan(file=file),
                fix=f"write the values yourself: {values}",
                object=found.address,
            )
        ) from None
    settles_now(answer)
    _replace(path, after)
    try:
        return _planned(workspace, found, environment).counts
    except MeshwrightError:
        _replace(path, before)
        raise


def _as_written(data: bytes, file: str, edit: ValueEdit) -> ValueEdit:
    """Return the edit of the typed form (``default``) or of the bare value, whichever stands there."""
    from meshwright.files.yaml import (
        YamlMapping,
        node_at,
        parse_yaml,
    )  # lazy: readers of YAML are not needed by a dry run

    if edit.path[-1] != "default" or len(edit.path) not in {3, 5}:
        return edit
    document, _ = parse_yaml(data, file)
    node = node_at(document.root, edit.path[:-1]) if document is not None else None
    return edit if isinstance(node, YamlMapping) else ValueEdit(path=edit.path[:-1], value=edit.value)


def _parameter(edit: ValueEdit) -> str:
    return edit.path[-2] if edit.path[-1] == "default" else edit.path[-1]


def _planned(workspace: Workspace, found: NamedVariation, environment: str) -> Plan:
    """Plan the product from the changed file, making sure that its nodes get the variation's values."""
    with open_mesh(workspace, environment) as opened:
        require_sound(opened.diagnostics)
        product = opened.mesh.product(found.product)
        assert product is not None  # it was there before a value was changed
        declared = product.variations[found.name]
        for name in declared.nodes:
            plain = parameter_settings(opened.mesh, product.address, product.nodes[name])
            varied = parameter_settings(opened.mesh, found.address, product.nodes[name])
            for param in product.nodes[name].param_names:
                if param in plain and plain[param][-1].parameter.value != varied[param][-1].parameter.value:
                    message = f"{param} of {product.nodes[name].address} would not get the variation's value; the file is as it was"
                    raise InputError(
                        Diagnostic(code="MW-V006", message=message, span=declared.span, fix="write the values yourself")
                    )
        return prepare(opened, PlanOptions(select=(found.product,), environment=environment)).plan


def _replace(path: Path, data: bytes) -> None:
    """Put the bytes in the file's place at once, with its rights. Raises WorldError."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(file.name, path.stat().st_mode)  # noqa: PTH101 - the file is named, not a path
        os.replace(file.name, path)  # noqa: PTH105
    except OSError as error:
        raise WorldError(
            Diagnostic(
                code="MW-V006",
                message=f"the file cannot be written: {error.strerror or error}",
                span=SourceSpan(file=str(path)),
                fix="check the rights and the disk, and run again",
            )
        ) from error
