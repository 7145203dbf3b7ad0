"""What importing and exporting contracts share: which format is meant, files read and written, notes told."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from meshwright.diagnostics import Diagnostic, InputError, Severity, SourceSpan, WorldError, known_names_hint
from meshwright.files.standards.exchange.formats import Format
from meshwright.model.shapes import Note

#: Largest file of text that is read: manifests of dbt are tens of megabytes.
MOST_BYTES = 512 << 20
_MOST_NAMED = 5


def require_format(name: str, formats: Mapping[str, Format], option: str) -> Format:
    """Return the format of that name. Raises InputError (MW-C230)."""
    found = formats.get(name)
    if found is None:
        fix = known_names_hint(name, formats, what="formats")
        raise InputError(Diagnostic(code="MW-C230", message=f"there is no format '{name}' for {option}", fix=fix))
    return found


def check_dialect(dialect: str | None, format_: Format, dialects: Iterable[str]) -> None:
    """Raise InputError (MW-C239, MW-C234) for a dialect where there is none, or one that is not known."""
    if dialect is None:
        return
    if not format_.has_dialect:
        message = f"'--dialect' does not belong to format {format_.name}"
        raise InputError(Diagnostic(code="MW-C239", message=message, fix="leave it out"))
    known = sorted(dialects)
    if dialect not in known:
        fix = known_names_hint(dialect, known, what="dialects")
        raise InputError(Diagnostic(code="MW-C234", message=f"the SQL dialect '{dialect}' is not known", fix=fix))


def read_file(path: Path, shown: str) -> bytes:
    """Return a file's bytes. Raises InputError (MW-C231)."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(shown, error) from None
    if len(data) > MOST_BYTES:
        message = f"'{shown}' has more than {MOST_BYTES >> 20} MB"
        raise InputError(
            Diagnostic(code="MW-C231", message=message, span=SourceSpan(file=shown), fix="take a part of it")
        )
    return data


def unreadable(shown: str, error: OSError | ValueError) -> InputError:
    """Return the error for a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        message, fix = f"there is no file '{shown}'", "check the path; it is relative to where the command runs"
    elif isinstance(error, IsADirectoryError):
        message, fix = f"'{shown}' is a folder", "name a file in it"
    elif isinstance(error, PermissionError):
        message, fix = f"'{shown}' may not be read", "give yourself the right to read it"
    else:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message, fix = f"'{shown}' cannot be read: {reason}", "check the path"
    return InputError(Diagnostic(code="MW-C231", message=message, span=SourceSpan(file=shown), fix=fix))


def check_output(path: Path | None, shown: str | None, *, is_forced: bool) -> None:
    """Raise InputError (MW-C238) where the file to write is there already."""
    if path is not None and not is_forced and (path.exists() or path.is_symlink()):
        message, fix = f"'{shown}' is there already", "take another name, or say --force"
        raise InputError(Diagnostic(code="MW-C238", message=message, span=SourceSpan(file=shown or ""), fix=fix))


def write_output(path: Path, shown: str, text: str, *, is_forced: bool) -> None:
    """Write a file, whole or not at all. Raises InputError (MW-C238), WorldError (MW-C243)."""
    try:
        with _staged(path) as staged:
            staged.write_text(text, encoding="utf-8", newline="\n")
            if is_forced:
                staged.replace(path)
            else:
                # Linking fails where the name is taken, whatever came in between; replacing would not.
                os.link(staged, path)
    except FileExistsError:
        check_output(path, shown, is_forced=False)
        raise
    except OSError as error:
        message = f"'{shown}' cannot be written: {error.strerror or error}"
        fix = "make the folder, or room, or let the user that runs meshwright write there"
        raise WorldError(Diagnostic(code="MW-C243", message=message, span=SourceSpan(file=shown), fix=fix)) from None


@contextlib.contextmanager
def _staged(path: Path) -> Iterator[Path]:
    """Yield a file beside `path` that is gone afterwards."""
    descriptor, name = tempfile.mkstemp(prefix=".meshwright-", dir=path.parent)
    os.close(descriptor)
    staged = Path(name)
    try:
        mask = os.umask(0)
        os.umask(mask)
        staged.chmod(0o666 & ~mask)
        yield staged
    finally:
        staged.unlink(missing_ok=True)


def selected(patterns: Sequence[str]) -> Callable[[str, str], bool]:
    """Return whether a name, or a name with its schema, is one of those asked for; all are where nothing is asked."""

    def is_wanted(schema: str, name: str) -> bool:
        full = f"{schema}.{name}" if schema else name
        return not patterns or any(fnmatchcase(name, each) or fnmatchcase(full, each) for each in patterns)

    return is_wanted


def check_patterns(patterns: Sequence[str], names: Iterable[tuple[str, str]], file: str | None) -> None:
    """Raise InputError (MW-C235) listing every pattern that selects nothing of `names`, pairs of schema and name.

    `file` is what they are names of; None for a database.
    """
    known = list(names)
    problems = []
    for pattern in patterns:
        is_wanted = selected([pattern])
        if not any(is_wanted(schema, name) for schema, name in known):
            fix = known_names_hint(pattern, [name for _, name in known], what="names")
            message = f"nothing is selected by '{pattern}'"
            span = SourceSpan(file=file) if file is not None else None
            problems.append(Diagnostic(code="MW-C235", message=message, span=span, fix=fix))
    if problems:
        raise InputError(*problems)


def told(notes: Sequence[Note], code: str) -> tuple[Diagnostic, ...]:
    """Return notes as findings: those that say the same stand together, with what they are about."""
    groups: dict[str, list[Note]] = {}
    for note in notes:
        groups.setdefault(note.what, []).append(note)
    return tuple(_together(group, code) for group in groups.values())


def _together(notes: Sequence[Note], code: str) -> Diagnostic:
    about = list(dict.fromkeys(note.about for note in notes if note.about))
    named = ", ".join(about[:_MOST_NAMED])
    more = f" and {len(about) - _MOST_NAMED} more" if len(about) > _MOST_NAMED else ""
    message = f"{notes[0].what}: {named}{more}" if about else notes[0].what
    return Diagnostic(code=code, message=message, span=notes[0].span, severity=Severity.INFO)
