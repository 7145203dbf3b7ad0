"""Versions: immutable builds of datasets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.columns import Columns
from meshwright.model.parts import Manifest
from meshwright.model.rules import Scalar
from meshwright.model.storedfiles import StoredFile
from meshwright.model.veils import Restricted, Sight

_ALL_SEEN: Mapping[str, Sight] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewRecipe:
    """What a view's version needs besides its definition, parameters and inputs, to be evaluated whenever it is read."""

    #: Dialect of the definition.
    dialect: str
    #: The columns as the engine computes them, before the rules of stored types.
    computed: Columns
    #: Declared types of the parameters.
    param_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One immutable build of one dataset. The row is the commit: what no row lists does not exist."""

    #: Pure node: identity of the recipe. Opaque node: identity of the content.
    id: str
    dataset: str
    columns: Columns
    files: tuple[StoredFile, ...]
    rows: int
    #: Hash of the rows on canonical values, blind to order.
    content_digest: str
    #: Fingerprint of the node that made it.
    fingerprint: str
    #: ``sql``, ``view``, ``python``, ``source``, ``table`` (left by a job of another node) or the kind of a node of a tool.
    node_kind: str
    is_opaque: bool
    #: Input dataset -> version id it was built from.
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameters that the node read, resolved.
    params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    #: Engine kind and the settings that change results, for example ``duckdb:1``.
    engine: str = "duckdb"
    #: What made it, as written: the model's SQL, or how the source's files are read.
    definition: str = ""
    #: The run that built it.
    run_id: str = ""
    created_at: dt.datetime | None = None
    #: Seconds that the build took.
    seconds: float = 0.0
    #: A view, which has no files: `definition` over the versions in `inputs`. None for every other version.
    view: ViewRecipe | None = None
    #: An incremental dataset's: the parts that it is made of, which list the files. None for every other version.
    manifest: Manifest | None = None
    #: Version of the same dataset that it came of, where it is one that is appended to or merged into. Nothing keeps that one.
    before: str | None = None
    #: Why only sandboxes may point to it; None for a version that was built from everything that there is.
    restricted: Restricted | None = None
    #: What came of the job that made it, as canonical JSON (see `model.outside`); None where no job did.
    outcome: str | None = None

    def __post_init__(self) -> None:
        if (self.view is not None) != (self.node_kind == "view") or (self.view is not None and self.files):
            raise ValueError(f"version {self.id} of {self.dataset} is neither a view without files nor a table")
        if self.manifest is not None and (self.files or self.view is not None):
            raise ValueError(f"version {self.id} of {self.dataset} is made of parts and lists files of its own")

    @property
    def is_restricted(self) -> bool:
        """Whether only sandboxes may point to it: it was built from masked or sampled data, or from what was."""
        return self.restricted is not None

    @property
    def seen(self) -> Mapping[str, Sight]:
        """What the build saw of its inputs, where that was not everything; by dataset."""
        return self.restricted.seen if self.restricted is not None else _ALL_SEEN

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        if self.manifest is not None:
            return self.manifest.size_bytes
        return sum(file.size_bytes for file in self.files)
