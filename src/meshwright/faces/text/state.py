"""Answers about the state and its runs' repetition as lines for people."""

from __future__ import annotations

from meshwright.app.repeat import Repetition
from meshwright.app.state_migration import StateMigration
from meshwright.faces.text.run import run_lines
from meshwright.faces.text.terminal import Look, one_line, printable
from meshwright.faces.text.words import count_words


def migration_lines(migration: StateMigration, look: Look) -> list[str]:
    """What was done, and what is left to do by hand."""
    mark = look.paint(look.marks.ok, "green")
    if migration.target is None:
        return [f"{mark} {_upgraded(migration)}", *_backup(migration)]
    rows = sum(migration.copied.values())
    return [
        f"{mark} copied {count_words(rows, 'row')} of {count_words(len(migration.copied), 'table')} from "
        f"{printable(migration.place)} to {printable(migration.target)}; both hold the same (digest {migration.digest})",
        f"next: write 'state: {one_line(migration.address or '')}' into mesh.yaml, then 'mw plan' says that there is "
        "nothing to do",
        "the old database is as it was; nobody should run on it any more",
    ]


def _upgraded(migration: StateMigration) -> str:
    place = printable(migration.place)
    if migration.schema_before is None:
        return f"made the state {place} (schema {migration.schema})"
    if migration.schema_before == migration.schema:
        return f"the state {place} is up to date (schema {migration.schema})"
    return f"brought the state {place} from schema {migration.schema_before} to {migration.schema}"


def _backup(migration: StateMigration) -> list[str]:
    return [f"a copy made before is {printable(migration.backup)}"] if migration.backup else []


def repetition_lines(repetition: Repetition, look: Look) -> list[str]:
    """The run's own lines, what differs with the reasons, and the verdict."""
    lines = [*run_lines(repetition.report, look), ""]
    for one in repetition.versions:
        if not one.is_same:
            lines.append(
                f"{look.paint(look.marks.failed, 'red')} {one.dataset}: {one.recorded} then, {one.version or 'none'} now"
            )
            lines += [f"    {one_line(reason)}" for reason in one.reasons]
    lines += [f"note: {one_line(note)}" for note in repetition.notes]
    differing = sum(not one.is_same for one in repetition.versions)
    counted = count_words(len(repetition.versions), "version")
    if repetition.is_same:
        mark, verdict = look.paint(look.marks.ok, "green"), f"{counted}: the same as recorded"
    else:
        mark, verdict = look.paint(look.marks.failed, "red"), f"{differing} of {counted} differ from the record"
    return [*lines, f"{mark} run {repetition.repeated} repeated: {verdict}; nothing was published"]
