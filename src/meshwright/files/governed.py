"""Policies and exemptions of the whole mesh and of every domain, read together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from meshwright.files.cache import ParseCache
from meshwright.files.discovery import EXEMPTIONS_FILE, DomainFolder, PolicyFolder, find_mesh_policies
from meshwright.files.exemptions import read_exemptions
from meshwright.files.policies import read_policies
from meshwright.files.reading import MeshReader
from meshwright.frozen import dataclass
from meshwright.model import Exemption, Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Governed:
    """What one folder of policies holds."""

    policies: tuple[Policy, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    #: Paths of its files.
    paths: tuple[str, ...] = ()


def read_governed(
    reader: MeshReader, folders: Sequence[DomainFolder], cache: ParseCache | None
) -> Mapping[str | None, Governed]:
    """Return what the folders of policies hold: by domain, and under None of the whole mesh."""
    whole = find_mesh_policies(reader)
    taken = frozenset(file.name for file in whole.policies) if whole else frozenset()
    found: dict[str | None, Governed] = {None: _read(reader, whole, None, cache)}
    found.update((folder.name, _read(reader, folder.policies, folder.name, cache, taken)) for folder in folders)
    return found


def _read(
    reader: MeshReader,
    folder: PolicyFolder | None,
    domain: str | None,
    cache: ParseCache | None,
    taken: Collection[str] = (),
) -> Governed:
    if folder is None:
        return Governed()
    return Governed(
        policies=read_policies(reader, folder, domain, cache, taken=taken),
        exemptions=read_exemptions(reader, folder, domain),
        paths=(*(file.path for file in folder.policies), f"{folder.path}/{EXEMPTIONS_FILE}"),
    )
