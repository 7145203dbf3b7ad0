"""`domain.yaml`: who owns an area, and what for."""

from __future__ import annotations

from dataclasses import field

from meshwright.diagnostics import SourceSpan
from meshwright.files.discovery import DOMAIN_FILE, DomainFolder
from meshwright.files.documents import read_mapping
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.literals import OWNER_FORM, is_owner
from meshwright.files.parameters import NO_PARAMETERS, Parameters, read_parameters
from meshwright.files.reading import MeshReader
from meshwright.files.requires import read_requires
from meshwright.files.running import read_concurrency
from meshwright.files.yaml import YamlScalar, shown
from meshwright.frozen import dataclass

_KEYS = Keys(
    known=("name", "purpose", "owners", "params", "python", "concurrency"),
    required=("name", "purpose", "owners"),
)

_PYTHON_KEYS = Keys(known=("requires",), required=("requires",))


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainDocument:
    """`domain.yaml` as it was read; what was wrong or absent is empty. The folder gives the domain's name."""

    purpose: str = ""
    owners: tuple[str, ...] = ()
    params: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    #: Requirements of the domain's own Python environment, sorted.
    requires: tuple[str, ...] = ()
    #: Whether the document is there and can be read; if not, the domain's parameters are not known.
    is_readable: bool = True
    concurrency: int | None = None
    span: SourceSpan | None = None


def read_domain(reader: MeshReader, folder: DomainFolder, inherited: Parameters) -> DomainDocument:
    """Return what the domain's document says; its problems are findings, and the domain goes on without it."""
    path = f"{folder.path}/{DOMAIN_FILE}"
    span = SourceSpan(file=path)
    if not folder.has_document:
        reader.add(
            "MW-M113", f"the folder '{folder.path}' has no {DOMAIN_FILE}", path, f"write {DOMAIN_FILE} with {_NEEDED}"
        )
        return DomainDocument(is_readable=False, span=span)
    mapping = read_mapping(reader, path, what=DOMAIN_FILE)
    if mapping is None:
        return DomainDocument(is_readable=False, span=span)
    fields = open_fields(mapping, _KEYS, what=f"domain '{folder.name}'", findings=reader.findings, address=folder.name)
    name = fields.text("name")
    if name is not None and name != folder.name:
        fields.find(
            "MW-M107",
            f"the domain is called '{shown(name)}', but its folder '{folder.name}'",
            fields.span_of("name"),
            f"write 'name: {folder.name}', or rename the folder to '{shown(name)}'",
        )
    return DomainDocument(
        purpose=fields.text("purpose") or "",
        owners=_owners(fields),
        params=read_parameters(fields, inherited),
        requires=_requires(fields),
        concurrency=read_concurrency(fields),
        span=span,
    )


def check_domain_name(reader: MeshReader, folder: DomainFolder) -> bool:
    """Whether the folder's name can name a domain; a finding where it cannot."""
    span = SourceSpan(file=f"{folder.path}/{DOMAIN_FILE}")
    return check_name(folder.name, span, what="a domain", findings=reader.findings)


def _requires(fields: Fields) -> tuple[str, ...]:
    mapping = fields.nested("python")
    if mapping is None:
        return ()
    what = f"'python' of {fields.what}"
    return read_requires(
        open_fields(mapping, _PYTHON_KEYS, what=what, findings=fields.findings, address=fields.address)
    )


_NEEDED = "name, purpose and owners"


def _owners(fields: Fields) -> tuple[str, ...]:
    owners = fields.texts("owners")
    node = fields.sequence("owners") if owners is not None else None
    if node is None or owners is None:
        return ()
    if not node.items:
        fields.find("MW-M114", f"{fields.what} has no owner", node.span, f"name at least one owner as {OWNER_FORM}")
    for item in node:
        if isinstance(item, YamlScalar) and item.value in owners and not is_owner(item.text):
            fields.find("MW-M114", f"'{item.text}' names no owner", item.span, f"write {OWNER_FORM}")
    return owners
