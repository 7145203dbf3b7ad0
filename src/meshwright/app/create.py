"""The verbs `domain new` and `product new`: files that pass `check`, written whole or not at all.

The files are written into a hidden folder beside their place, which takes its name at the end; what `check` then finds
wrong in them takes them away again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from meshwright.app.check import check
from meshwright.app.judged import judge_mesh
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.origins import Origin, reading, with_ways_to_tell
from meshwright.app.reports import CreateReport
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, Severity, WorldError, known_names_hint
from meshwright.files.authoring import NewProduct, domain_text, product_texts, raw_name
from meshwright.files.discovery import DOMAIN_FILE
from meshwright.files.literals import OWNER_FORM, is_owner
from meshwright.files.places import MESH_FILE
from meshwright.frozen import dataclass
from meshwright.model import Domain, name_problem

#: What policies ask of a product is for its owner to write: it is told, and the files stay.
_POLICY_CODES = "MW-V1"


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainOptions:
    """What `domain new` is asked for."""

    name: str
    owners: tuple[str, ...]
    purpose: str | None = None


def new_domain(workspace: Workspace, options: DomainOptions) -> CreateReport:
    """Write the folder of a new domain. Raises InputError (MW-L030 ...), WorldError; then nothing was left behind."""
    _require_name(options.name, "domain")
    wrong = [owner for owner in options.owners if not is_owner(owner)]
    if wrong or not options.owners:
        shown = f"'{wrong[0]}' names no owner" if wrong else "a domain has at least one owner"
        raise InputError(Diagnostic(code="MW-L032", message=shown, fix=f"--owner {OWNER_FORM}"))
    with open_mesh(workspace, "prod") as opened:
        if options.name in opened.mesh.domains:
            raise _exists("domain", options.name, _folder_of(opened.mesh.domains[options.name]))
        folder = _domains_folder(opened) / options.name
    purpose = options.purpose or f"The data products of {options.name.replace('_', ' ')}."
    _write(workspace, folder, {DOMAIN_FILE: domain_text(options.name, purpose, options.owners)})
    with _taken_back(workspace, folder), open_mesh(workspace, "prod") as opened:
        _require_sound(opened.diagnostics, folder, options.name)
        if options.name not in opened.mesh.domains:
            raise InputError(
                Diagnostic(
                    code="MW-L033",
                    message=f"no pattern under 'domains' of {MESH_FILE} takes the folder {folder}",
                    fix=f"add '{folder.parent}/*' to 'domains'",
                )
            )
    return CreateReport(object=options.name, folder=str(folder), files=(DOMAIN_FILE,))


def new_product(workspace: Workspace, address: str, origin: Origin) -> CreateReport:
    """Write the folder of a new product: an example, or over what `origin` names.

    Raises InputError (MW-L030 ...), WorldError; then nothing was left behind.
    """
    domain_name, _, name = address.partition(".")
    if not name:
        raise InputError(
            Diagnostic(
                code="MW-L030", message=f"'{address}' is no address of a product", fix="write it as domain.product"
            )
        )
    _require_name(name, "product")
    with open_mesh(workspace, "prod") as opened:
        domain = _domain(opened, domain_name)
        if (standing := domain.products.get(name)) is not None:
            raise _exists("product", address, PurePosixPath(standing.folder))
        folder = _folder_of(domain) / name
        new = reading(opened, NewProduct(domain=domain_name, name=name, columns=()), origin)
    if new.source is not None:
        new = _with_columns(workspace, domain, folder, new)
    texts = product_texts(new)
    _write(workspace, folder, texts)
    with _taken_back(workspace, folder):
        found = check(workspace).diagnostics
        _require_sound(found, folder, address)
    asked = tuple(each for each in _own(found, folder, address) if each.code.startswith(_POLICY_CODES))
    return CreateReport(object=address, folder=str(folder), files=tuple(sorted(texts)), findings=asked)


def _with_columns(workspace: Workspace, domain: Domain, folder: PurePosixPath, new: NewProduct) -> NewProduct:
    """Find the columns of the source in a mesh of its own: this domain with this product and nothing else."""
    private = workspace.private
    private.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=private) as place:
        tree = Path(place)
        assert domain.span is not None  # a domain is written in a file
        for file in (MESH_FILE, domain.span.file):
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(workspace.tree / file, tree / file)
        _fill(tree / folder, product_texts(new))
        with open_mesh(replace(workspace, tree=tree), "prod") as opened:
            judged = judge_mesh(opened, {}, {})
            found = with_ways_to_tell(judged.diagnostics)
            own = _own(found, folder, f"{new.domain}.{new.name}")
            _require_sound(found, folder, f"{new.domain}.{new.name}")
        columns = judged.typed.columns.get(f"{new.domain}.{new.name}.{new.name}")
    if columns is None:
        raise InputError(
            Diagnostic(
                code="MW-L034",
                message=": ".join(
                    [f"the columns of {raw_name(new.name)} cannot be found out", *(each.message for each in own[:1])]
                ),
                fix=own[0].fix if own else "write the product by hand, with 'columns:' of the source",
            )
        )
    return replace(new, columns=columns)


def _domain(opened: OpenedMesh, name: str) -> Domain:
    domain = opened.mesh.domains.get(name)
    if domain is None:
        raise InputError(
            Diagnostic(
                code="MW-L031",
                message=f"there is no domain '{name}'",
                fix=f"{known_names_hint(name, opened.mesh.domains, what='domains')}; mw domain new {name} makes it",
            )
        )
    return domain


def _folder_of(domain: Domain) -> PurePosixPath:
    assert domain.span is not None  # a domain is written in a file
    return PurePosixPath(domain.span.file).parent


def _domains_folder(opened: OpenedMesh) -> PurePosixPath:
    """Return the folder that holds the other domains."""
    folders = sorted(_folder_of(domain).parent for domain in opened.mesh.domains.values())
    return folders[0] if folders else PurePosixPath("domains")


def _require_name(name: str, what: str) -> None:
    problem = name_problem(name)
    if problem:
        raise InputError(
            Diagnostic(code="MW-L030", message=f"'{name}' is no name of a {what}: {problem}", fix="take another name")
        )


def _exists(what: str, name: str, folder: PurePosixPath) -> InputError:
    return InputError(
        Diagnostic(code="MW-L035", message=f"{what} {name} is there already: {folder}", fix="take another name")
    )


def _require_sound(found: tuple[Diagnostic, ...], folder: PurePosixPath, address: str) -> None:
    """Raise InputError for the errors that lie in `folder`, or are about what it defines; policies do not count."""
    errors = [
        each
        for each in _own(found, folder, address)
        if each.severity is Severity.ERROR and not each.code.startswith(_POLICY_CODES)
    ]
    if errors:
        raise InputError(*errors)


def _own(found: tuple[Diagnostic, ...], folder: PurePosixPath, address: str) -> list[Diagnostic]:
    """Return the findings that lie in `folder`, or are about what it defines."""
    return [
        each
        for each in found
        if (each.span is not None and each.span.file.startswith(f"{folder}/"))
        or f"{each.object}.".startswith((f"{address}.", f"{address}/"))
    ]


def _write(workspace: Workspace, folder: PurePosixPath, texts: Mapping[str, str]) -> None:
    """Write `texts` into the new `folder`: all of them, or none."""
    target = workspace.root / folder
    if target.exists():
        raise _exists("the folder", folder.name, folder)
    staged = target.parent / f".new-{target.name}-{os.getpid()}"
    try:
        _fill(staged, texts)
        staged.rename(target)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise WorldError(
            Diagnostic(
                code="MW-L036",
                message=f"cannot write {folder}: {error.strerror or error}",
                fix="make room, or let the user that runs meshwright write there",
            )
        ) from error


def _fill(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def _taken_back(workspace: Workspace, folder: PurePosixPath) -> Iterator[None]:
    """Take the new `folder` away again where what happens inside fails."""
    try:
        yield
    except BaseException:
        shutil.rmtree(workspace.root / folder, ignore_errors=True)
        raise
