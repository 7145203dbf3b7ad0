"""Versions as an engine sees them: a table by its files or parts, a view by its text over the versions that it is bound to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.protocol import Relation, View, Window
from meshwright.model import Columns, Part, Sight, Version, identity
from meshwright.run.parts import parts_relation
from meshwright.store.protocol import Store

_KEY_LENGTH = 16
#: Gives what a sight leaves of a dataset's relation (`engines.protocol.Engine.see`, the salt given).
See = Callable[[str, Relation, Sight], Relation]
_ALL_SEEN: Mapping[str, Sight] = MappingProxyType({})


def bound_versions(
    versions: Iterable[Version], read: Callable[[Collection[str]], Mapping[str, Version]]
) -> dict[str, Version]:
    """Return every version that the views among `versions` stand on, by id; none where there is no view.

    `read` looks versions up by id; it is asked once for each floor of views over views.
    """
    found: dict[str, Version] = {}
    floor = list(versions)
    while wanted := {id_ for each in floor if each.view is not None for id_ in each.inputs.values()} - found.keys():
        met = read(wanted)
        found.update(met)
        floor = list(met.values())
    return found


@dataclass(kw_only=True, slots=True)
class Relations:
    """Makes relations of versions, each once."""

    store: Store
    #: What the views stand on, as `bound_versions` found it.
    bound: Mapping[str, Version]
    #: Gives the parts that a version is made of.
    parts: Callable[[Version], Sequence[Part]]
    #: Where something is hidden, in a sandbox alone, what hides it.
    see: See | None = None
    _made: dict[str, Relation] = field(default_factory=dict)

    def of(self, version: Version, sight: Sight | None = None) -> Relation:
        """Return a version as an engine sees it, or what `sight` leaves of it.

        Raises WorldError (MW-R017) for a view over a version that is not recorded.
        """
        whole = self._whole(version)
        return whole if sight is None else self._seen(version.dataset, whole, sight)

    def _seen(self, dataset: str, relation: Relation, sight: Sight) -> Relation:
        assert self.see is not None  # whoever hides something says how
        return self.see(dataset, relation, sight)

    def _whole(self, version: Version) -> Relation:
        if version.manifest is not None:
            return parts_relation(version.columns, self.parts(version), self.store)
        if version.view is None:
            files = tuple(self.store.absolute(file) for file in version.files)
            return Relation(columns=version.columns, files=files, rows=version.rows)
        waiting = [version]
        while waiting:
            beneath = [each for each in self._inputs(waiting[-1]).values() if self._is_unmade(each)]
            if beneath:
                waiting.extend(beneath)
            else:
                made = waiting.pop()
                self._made[made.id] = self._view(made)
        return self._made[version.id]

    def of_parts(
        self, dataset: str, columns: Columns, parts: Sequence[Part], window: Window, sight: Sight | None
    ) -> Relation:
        """Return a window of a version with these columns as an engine sees it; `parts` are those that it overlaps."""
        shown = parts_relation(columns, parts, self.store, window)
        return shown if sight is None else self._seen(dataset, shown, sight)

    def of_all(self, versions: Mapping[str, Version], sights: Mapping[str, Sight] = _ALL_SEEN) -> dict[str, Relation]:
        """Return relations by dataset; of those in `sights` what these leave."""
        return {dataset: self.of(version, sights.get(dataset)) for dataset, version in versions.items()}

    def _is_unmade(self, version: Version) -> bool:
        return version.view is not None and version.id not in self._made

    def _inputs(self, version: Version) -> dict[str, Version]:
        missing = [dataset for dataset, id_ in version.inputs.items() if id_ not in self.bound]
        if missing:
            raise WorldError(
                Diagnostic(
                    code="MW-R017",
                    message=f"view {version.dataset} reads {', '.join(missing)}, whose version is not recorded",
                    fix="mw verify shows what is damaged",
                    object=version.dataset,
                )
            )
        return {dataset: self.bound[id_] for dataset, id_ in version.inputs.items()}

    def _view(self, version: Version) -> Relation:
        recipe = version.view
        assert recipe is not None
        inputs = {
            dataset: self._whole(read) if read.view is None else self._made[read.id]
            for dataset, read in self._inputs(version).items()
        }
        for dataset, sight in version.seen.items():
            inputs[dataset] = self._seen(dataset, inputs[dataset], sight)
        view = View(
            dataset=version.dataset,
            text=version.definition,
            dialect=recipe.dialect,
            inputs=inputs,
            key=view_key(version.id, inputs),
            computed=recipe.computed,
            params=version.params,
            param_types=recipe.param_types,
        )
        return Relation(columns=version.columns, view=view, rows=version.rows)


def view_key(version: str, inputs: Mapping[str, Relation]) -> str:
    """Return the key of a view's version over the files that its inputs have now; a repaired input gives another key."""
    return identity("mwviewkey1", version, {dataset: read.identity for dataset, read in inputs.items()})[:_KEY_LENGTH]
