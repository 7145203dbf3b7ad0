"""Watches SQLMesh while it works: its console, which is told when a model starts and ends, and the results of its audits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlmesh.core.console import NoopConsole, set_console
from sqlmesh.core.snapshot.evaluator import SnapshotEvaluator
from sqlmesh.utils.errors import NodeAuditsErrors

if TYPE_CHECKING:
    from meshwright.tools.inside.job_files import Steps, now
else:
    from job_files import Steps, now


class Watch(NoopConsole):  # type: ignore[misc]  # SQLMesh is not there where types are checked
    """A console of plain lines that notes steps, audits and failures."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        #: Name in full of a model -> its name as a step.
        self.names: dict[str, str] = {}
        #: What failed, a text for each model.
        self.failures: list[str] = []
        #: Whether an audit is among the failures: the data will be the same the next time.
        self.is_final = False
        #: What was said of the whole: unit tests, the configuration.
        self.errors: list[str] = []
        #: Whether a unit test found something else than it expects.
        self.has_failed_tests = False
        self.audits: dict[tuple[str, str], dict[str, Any]] = {}
        self.done: set[str] = set()
        self._steps = steps
        self._left: dict[str, int] = {}
        set_console(self)
        _note_audits(self)

    def start_evaluation_progress(self, batched_intervals: Any, *_: Any, **__: Any) -> None:
        """Count the batches of each model."""
        self._left = {snapshot.name: len(intervals) for snapshot, intervals in batched_intervals.items()}

    def start_snapshot_evaluation_progress(self, snapshot: Any, *_: Any, **__: Any) -> None:
        """Note that a model runs."""
        name = self._name(snapshot)
        if name and self._steps.known[name]["state"] == "waiting":
            self._steps.put(name, state="running", started_at=now())
            self._say(f"{name}: started")

    def update_snapshot_evaluation_progress(
        self,
        snapshot: Any,
        interval: Any,  # noqa: ARG002 - which one it is makes no difference
        batch_idx: int,
        duration_ms: int | None,
        *_: Any,
        **__: Any,
    ) -> None:
        """Note that a batch of a model ended; without a duration it failed, and `log_failed_models` tells more."""
        name = self._name(snapshot)
        if not name or duration_ms is None:
            return
        self._left[snapshot.name] = self._left.get(snapshot.name, 1) - 1
        if self._left[snapshot.name] <= 0:
            self._steps.put(name, state="succeeded", ended_at=now())
            self.done.add(name)
            self._say(f"{name}: done, batch {batch_idx + 1} took {duration_ms} ms")

    def log_failed_models(self, errors: Any) -> None:
        """Note why models failed."""
        for error in errors:
            node = error.node
            full = getattr(node, "snapshot_name", None) or getattr(node, "name", None) or node[0]
            name = self.names.get(str(full), str(full))
            words = _words(error.__cause__ or error)
            self.is_final |= isinstance(error.__cause__, NodeAuditsErrors)
            self.failures.append(f"model {name}: {words}")
            self._say(f"{name}: failed: {words}")
            if name in self._steps.known:
                self._steps.put(name, state="failed", ended_at=now(), error=words)

    def log_skipped_models(self, snapshot_names: Any) -> None:
        """Note what could not run as what it waits for failed."""
        for full in snapshot_names:
            name = self.names.get(full)
            if name and self._steps.known[name]["state"] != "failed":
                self._steps.put(name, state="blocked")

    def log_test_results(self, result: Any, *_: Any, **__: Any) -> None:
        """Tell how unit tests went."""
        self._say(f"unit tests: {result.testsRun} run, {len(result.failures)} failed, {len(result.errors)} with errors")
        self.has_failed_tests |= bool(result.failures)
        for case, text in (*result.failures, *result.errors):
            self.errors.append(f"unit test {case}: {text}".strip())
            self._say(self.errors[-1])

    def log_status_update(self, message: str) -> None:
        """Tell what SQLMesh does."""
        self._say(message)

    def log_error(self, message: str, *_: Any, **__: Any) -> None:
        """Tell an error."""
        self._say(message)

    def log_warning(self, short_message: str, long_message: str | None = None, *_: Any, **__: Any) -> None:
        """Tell a warning."""
        self._say(f"warning: {long_message or short_message}")

    def log_success(self, message: str) -> None:
        """Tell what went well."""
        self._say(message)

    def note_audit(self, result: Any, snapshot: Any) -> None:
        """Note how an audit ended; those of several batches are one, with the rows that failed in all."""
        if result.skipped:
            return
        count = int(result.count or 0)
        arguments = ", ".join(f"{name} := {value}" for name, value in sorted(result.audit_args.items(), key=str))
        name = f"{result.audit.name}({arguments})" if arguments else result.audit.name
        known = self.audits.setdefault(
            (snapshot.name, name), {"name": name, "dataset": snapshot.name, "failing_rows": 0, "verdict": "pass"}
        )
        known["failing_rows"] += count
        if count:
            known["verdict"] = "stop" if result.blocking else "warn"

    def _name(self, snapshot: Any) -> str | None:
        return self.names.get(snapshot.name)

    def _say(self, text: str) -> None:
        text = str(text).strip()
        if text:
            print(text, flush=True)


def _note_audits(watch: Watch) -> None:
    """Have the watch told of every audit: SQLMesh tells its console how many failed, and no more."""
    audit = SnapshotEvaluator.audit

    def noted(self: Any, snapshot: Any, **options: Any) -> Any:
        results = audit(self, snapshot, **options)
        for each in results:
            watch.note_audit(each, snapshot)
        return results

    SnapshotEvaluator.audit = noted


def _words(error: BaseException) -> str:
    """Return a failure in SQLMesh's words; each audit with its rows."""
    if isinstance(error, NodeAuditsErrors):
        return "; ".join(str(each) for each in error.errors)
    return str(error).strip() or type(error).__name__
