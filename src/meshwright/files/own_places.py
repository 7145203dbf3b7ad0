"""Names that datasets of ours have by where they lie: files in the store, and views for plain readers."""

from __future__ import annotations

from pathlib import PurePath

from meshwright.files.standards.dataset_names import normal_name
from meshwright.files.standards.openlineage.names import named_place
from meshwright.frozen import dataclass
from meshwright.model.told import ToldName

_DUCKDB = "duckdb://"
_ADDRESS_PARTS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnPlaces:
    """Where datasets of a mesh lie, as outside tools name places."""

    #: The place of the store, and the folder of reader files.
    store: ToldName
    readers: str

    def stored(self, name: ToldName) -> str | None:
        """Return the address that a name in the store has, whether there is such a dataset or not; None for a name elsewhere."""
        parts = self._inside(name)
        return ".".join(parts[:_ADDRESS_PARTS]) if len(parts) >= _ADDRESS_PARTS else None

    def is_file(self, name: ToldName) -> bool:
        """Whether a name is that of something inside of a dataset's folder in the store: of a version, or a file."""
        return len(self._inside(name)) > _ADDRESS_PARTS

    def viewed(self, name: ToldName) -> tuple[str, str] | None:
        """Return environment and address of a view: ``prod.operations__flights.departures`` of ``environments/prod.duckdb``."""
        if not name.namespace.startswith(f"{_DUCKDB}{self.readers}/"):
            return None
        file = name.namespace[len(_DUCKDB) + len(self.readers) + 1 :]
        schema, _, dataset = ".".join(name.name.split(".")[-2:]).partition(".")
        if not file.endswith(".duckdb") or "/" in file:
            return None
        return file.removesuffix(".duckdb"), f"{schema.replace('__', '.')}.{dataset}"

    def _inside(self, name: ToldName) -> list[str]:
        """Return the parts of a name below the store."""
        below = f"{self.store.name.rstrip('/')}/"
        is_inside = name.namespace == self.store.namespace and name.name.startswith(below)
        return name.name[len(below) :].split("/") if is_inside else []


def own_places(store: str, root: PurePath) -> OwnPlaces:
    """Return the places of a mesh that lies at `root`, an absolute folder, with its store as `mesh.yaml` has it."""
    return OwnPlaces(store=_place(store, root), readers=_place("environments", root).name)


def _place(path: str, root: PurePath) -> ToldName:
    name = named_place(path, str(root))
    return normal_name(ToldName(namespace=name.namespace, name=name.name))
