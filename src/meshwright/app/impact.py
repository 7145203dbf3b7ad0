"""The verb `impact`: who uses a dataset or column; without one, who uses what the files take away from what is published."""

from __future__ import annotations

from meshwright.app.judged import judge_mesh
from meshwright.app.judged_kept import look
from meshwright.app.judged_mesh import Judged
from meshwright.app.landing import is_judgeable, landing_of_files
from meshwright.app.lineage import find_column, unknown_name
from meshwright.app.observing import Published, look_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.outside_told_flows import beyond_of
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError
from meshwright.frozen import dataclass
from meshwright.plan.impact import Impact
from meshwright.plan.impact.usage import Usage, UsageInputs, find_usages


@dataclass(frozen=True, kw_only=True, slots=True)
class ImpactReport:
    """Answer of `impact`."""

    environment: str
    generation: int
    #: The dataset or column that was asked about; None where that is what the files change.
    object: str | None
    #: Who uses the object.
    usages: tuple[Usage, ...] = ()
    #: What breaks of published ports, where the files were asked about; what nobody uses is among it.
    impacts: tuple[Impact, ...] = ()


def impact(workspace: Workspace, name: str | None = None, environment: str = "prod") -> ImpactReport:
    """Say who uses `name`, a dataset or column; without one, what breaks with the files as they are, and for whom.

    Raises InputError: MW-R011 for an unknown name, the findings of a mesh of which it is not known what it would change.
    """
    with open_mesh(workspace, environment) as opened:
        if name is not None and opened.mesh.node(name) is None and opened.mesh.node(name.rpartition(".")[0]) is None:
            raise InputError(unknown_name(opened, name))
        if name is not None:
            looked = look(opened)
            with looked.following:
                usages = _usages(opened, looked.judged, name)
            generation = looked.published.generation
            return ImpactReport(environment=environment, generation=generation, object=name, usages=usages)
        published = look_published(opened)
        impacts = _impacts(opened, judge_mesh(opened, published.versions, {}), published)
        return ImpactReport(environment=environment, generation=published.generation, object=None, impacts=impacts)


def _impacts(opened: OpenedMesh, judged: Judged, published: Published) -> tuple[Impact, ...]:
    if not is_judgeable(opened, judged):
        require_sound(judged.diagnostics)
    landing = landing_of_files(opened, judged, published)
    return landing.impacts if landing is not None else ()


def _usages(opened: OpenedMesh, judged: Judged, name: str) -> tuple[Usage, ...]:
    dataset, column = (name, None) if opened.mesh.node(name) is not None else find_column(judged, name)
    columns = judged.typed.columns
    inputs = UsageInputs(
        mesh=opened.mesh,
        graph=opened.graph,
        lineage=judged.typed.lineage,
        columns=columns,
        beyond=beyond_of(opened, dataset, columns),
    )
    return find_usages(inputs, dataset, column)
