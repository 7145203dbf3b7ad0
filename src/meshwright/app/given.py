"""Parameters that a run was given by hand: what it published says, in the next plan, why it changes back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

from meshwright.model import Version
from meshwright.plan.values import Desired
from meshwright.state.protocol import Reader
from meshwright.state.records import Pointer


def given_parameters(
    desired: Desired, versions: Mapping[str, Version], pointers: Mapping[str, Pointer], reader: Reader
) -> dict[str, Mapping[str, str]]:
    """Return dataset -> parameter -> run that was given its value and published it, where another value is desired.

    `versions` and `pointers` are what is published. Asks the state only where a published version was made with
    other values: once for the publications, and once for each run behind them.
    """
    since: dict[str, Pointer] = {}
    for dataset in desired.scope:
        version = versions.get(dataset)
        if version is not None and dict(version.params) != dict(desired.nodes[dataset].params):
            since[dataset] = pointers[dataset]
    if not since:
        return {}
    runs = {
        (environment, generation): run
        for environment in sorted({pointer.environment for pointer in since.values()})
        for generation, run in reader.publishers(
            environment, {pointer.generation for pointer in since.values() if pointer.environment == environment}
        ).items()
    }
    given = {run: _options_of(run, reader) for run in set(runs.values())}
    return {
        dataset: dict.fromkeys(given[run], run)
        for dataset, pointer in since.items()
        if (run := runs.get((pointer.environment, pointer.generation))) is not None and given[run]
    }


def idle_parameters(desired: Desired, given: Collection[str]) -> Iterator[str]:
    """Name the parameters given to a run that nothing it is about uses: they are declared, but change nothing here."""
    nodes = [desired.nodes[dataset] for dataset in desired.scope] if given else []
    used = {name for node in nodes for name in node.node.outer_param_names}
    used |= {name for node in nodes for spec in node.checks for name in spec.params}
    for name in sorted(set(given) - used):
        yield f"parameter `{name}` is used by nothing that is selected"


def _options_of(run: str, reader: Reader) -> frozenset[str]:
    record = reader.run(run)
    options = json.loads(record.options) if record else {}
    return frozenset(options.get("params") or ())
