"""Answers of verbs that change environments, and what is made up for where a server was killed behind a move of pointers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from meshwright.app.rollback import files_caught_up
from meshwright.app.sandboxes import EnvironmentAnswer
from meshwright.app.serving import Server
from meshwright.faces.documents.environments import environment_answer_document
from meshwright.faces.http.keyed import Finished, Made, Work
from meshwright.faces.text.terminal import Look


def answered(lines: Callable[[EnvironmentAnswer, Look], Iterable[str]]) -> Callable[[EnvironmentAnswer], Made]:
    """Return what renders the answer of a verb about an environment."""
    return lambda answer: Made(
        document=lambda: environment_answer_document(answer), lines=lambda look: lines(answer, look)
    )


def moving(
    server: Server,
    name: str,
    do: Callable[[], EnvironmentAnswer],
    lines: Callable[[EnvironmentAnswer, Look], Iterable[str]],
) -> Work[EnvironmentAnswer]:
    """Return what moves pointers: behind the move the files for plain readers are brought up to date, whoever does it."""

    def finish(_document: Mapping[str, object]) -> Finished:
        notes = files_caught_up(server.workspace, name)
        return Finished(fields={"notes": list(notes)}, lines=tuple(f"note: {note}" for note in notes))

    return Work(do=do, made=answered(lines), finish=finish)
