"""What went wrong in a call, as plain values: the line of the user's file, never a line of ours."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from types import TracebackType

#: A message longer than this is cut; the log has no more of it either.
_MESSAGE = 4_000
_FRAMES = 40
#: What is told apart from an exception like any other.
_KINDS = ((SystemExit, "exit"), (MemoryError, "memory"), (ImportError, "import"))


#: File, line, column, function and source line.
Frame = tuple[str, int, int, str, str]


def failure_of(error: BaseException, own: Collection[str]) -> dict[str, object]:
    """Return an exception that the user's code raised; `own` are the paths of its modules."""
    frames = [frame for frame in _frames(error.__traceback__) if frame[0] in own]
    place: Frame | None = frames[-1] if frames else None
    if isinstance(error, SyntaxError) and error.filename is not None and error.filename in own:
        place = (error.filename, error.lineno or 1, error.offset or 1, "", (error.text or "").strip())
    failure: dict[str, object] = {
        "kind": next((kind for error_type, kind in _KINDS if isinstance(error, error_type)), "raised"),
        "error": type(error).__name__,
        "message": _words(error)[:_MESSAGE],
        "trace": _trace(error, own),
    }
    if isinstance(error, ImportError) and error.name:
        failure["module"] = error.name
    if place is not None:
        failure |= {"file": place[0], "line": place[1], "column": place[2], "source": place[4][:_MESSAGE]}
    return failure


def _words(error: BaseException) -> str:
    """Return what an exception says of itself; one whose text cannot be made says its kind alone."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  the text is made by code of the user's
        return ""


def _frames(trace: TracebackType | None) -> list[Frame]:
    """Return each frame of a traceback."""
    found = []
    for frame in traceback.extract_tb(trace):
        column = (frame.colno or 0) + 1
        found.append((frame.filename, frame.lineno or 1, column, frame.name, frame.line or ""))
    return found


def _trace(error: BaseException, own: Collection[str]) -> list[str]:
    """Return the traceback in lines: from the first frame of the user's on, causes first."""
    lines: list[str] = []
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < _FRAMES:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    for link in reversed(chain):
        frames = _frames(link.__traceback__)
        start = next((index for index, frame in enumerate(frames) if frame[0] in own), len(frames))
        for file, line, _, name, text in frames[start:][-_FRAMES:]:
            lines.append(f"{file}:{line} in {name}")
            if text:
                lines.append(f"    {text}")
        lines.append(f"{type(link).__name__}: {_words(link)[:_MESSAGE]}")
    return lines
