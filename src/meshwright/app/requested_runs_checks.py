"""What refuses a run that is asked for by URL before anything is recorded: as `mw run` would be, where that is cheap to know.

Own policies, and what only reading sources tells, are left to the run: its request says why it failed.
"""

from __future__ import annotations

from meshwright.app.agreed import agreed_exemptions
from meshwright.app.apply import require_committed
from meshwright.app.clock import utc_now
from meshwright.app.judged_mesh import Judged
from meshwright.app.landing import judge_landing, landing_of_wish
from meshwright.app.observing import Published
from meshwright.app.opened import OpenedMesh
from meshwright.app.planning import PlanOptions, prepare
from meshwright.app.protection import require_allowed_code, why_not_allowed
from meshwright.checks.policies import findings_of
from meshwright.diagnostics import RefusedError, Severity
from meshwright.plan.values import Desired


def require_startable(
    opened: OpenedMesh, options: PlanOptions, found: tuple[Judged, Desired, Published], *, is_explicit: bool
) -> None:
    """Raise RefusedError where files are not committed (MW-R019), code may not run (MW-S120), or a built-in policy forbids it.

    A few milliseconds where nothing refuses it; a plan is made only where an environment is protected, and the files are not the
    tip of its branch.
    """
    judged, desired, published = found
    _require_policies(opened, judged, desired, published)
    require_committed(opened, published, options.environment, is_explicit=is_explicit)
    if why_not_allowed(opened, options.params) is not None:
        require_allowed_code(opened, prepare(opened, options), options.params)


def _require_policies(opened: OpenedMesh, judged: Judged, desired: Desired, published: Published) -> None:
    landing = landing_of_wish(opened, judged, published, desired)
    if landing is None:
        return
    agreed = agreed_exemptions(opened)
    verdicts = judge_landing(agreed.opened, landing, utc_now().date())
    refused = [found for each in verdicts for found in findings_of(each) if found.severity is Severity.ERROR]
    if refused:
        raise RefusedError(*refused, *agreed.findings)
