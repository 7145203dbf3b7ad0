"""Objects in stores elsewhere as they arrive: listed in pages, the names that a pattern may have and no others.

S3 is asked a page of a thousand at a time, below the beginning of the pattern that has no sign in it; others folder by folder.
An object's ETag, generation or version tells its content from another one's; of stores that tell none, size and time do.
"""

from __future__ import annotations

import glob
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar  # fsspec's file systems have no types

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, SourceSpan, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Strength
from meshwright.secrets import Secrets
from meshwright.sources.context import Patience
from meshwright.sources.stores import EXTRAS, mark_of, store_arguments

#: More objects than this are not gone through: the pattern begins too early.
MOST_OBJECTS = 100_000
_S3 = ("s3://", "s3a://")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrivedObject:
    """An object of a store, as it looks."""

    #: With its protocol: ``s3://bucket/in/a.csv``.
    url: str
    size_bytes: int
    #: What tells it from what lay there before; without spaces.
    mark: str
    strength: Strength


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where objects arrive."""

    url: str
    #: Of the store, with references.
    options: Mapping[str, str]
    #: Who waits there, for messages.
    by: str
    span: SourceSpan | None = None


def list_objects(
    place: Place, secrets: Secrets, patience: Patience, most: int = MOST_OBJECTS
) -> tuple[ArrivedObject, ...]:
    """List what a place holds now, in the order of names; nothing where its folder or bucket's prefix is empty.

    Raises InputError (MW-X601, MW-X602, MW-S080), WorldError (MW-S081) where the store does not answer.
    """
    return _patiently(place, patience, lambda: _listed(place, secrets, patience, most))


def _listed(place: Place, secrets: Secrets, patience: Patience, most: int) -> tuple[ArrivedObject, ...]:
    url = secrets.resolved(place.url, span=place.span, dataset=place.by)
    options = secrets.resolved_map(place.options, span=place.span, dataset=place.by)
    with _errors(place, secrets):
        system, path = _opened(place, url, store_arguments(url, options, patience))
        pages = _s3_pages(system, path) if url.startswith(_S3) else _walked(system, path)
        protocol = url.partition("://")[0]
        return tuple(sorted(_matching(place, path, protocol, pages, most), key=lambda found: found.url))


def _opened(place: Place, url: str, arguments: Mapping[str, Any]) -> tuple[Any, str]:
    try:
        import fsspec  # lazy: only triggers on files elsewhere need it

        system, path = fsspec.core.url_to_fs(url, **arguments)
    except ImportError as error:
        package = str(error).partition(" to access")[0].rpartition(" ")[2] or "fsspec"
        install = f"'meshwright[{EXTRAS[package]}]'" if package in EXTRAS else package
        raise InputError(
            Diagnostic(
                code="MW-X601",
                message=f"trigger {place.by} needs the package '{package}', which is not installed",
                span=place.span,
                fix=f"install it beside meshwright: pip install {install}",
                object=place.by,
            )
        ) from None
    return system, path


def _matching(
    place: Place, path: str, protocol: str, pages: Iterable[Mapping[str, Mapping[str, Any]]], most: int
) -> Iterator[ArrivedObject]:
    """Yield the files among objects whose name fits; hidden ones aside."""
    from fsspec.utils import glob_translate

    fits = re.compile(glob_translate(path)).match
    is_hidden_meant = path.rpartition("/")[2].startswith(".")
    seen = 0
    for page in pages:
        seen += len(page)
        if seen > most:
            raise InputError(
                Diagnostic(
                    code="MW-S080",
                    message=f"more than {most:,} objects lie where '{place.url}' begins: trigger {place.by} does not see them",
                    span=place.span,
                    fix="let more of the pattern's beginning be fixed (a folder for what is new), or let the store send an event",
                    object=place.by,
                )
            )
        for name, info in page.items():
            is_hidden = name.rpartition("/")[2].startswith(".") and not is_hidden_meant
            if info.get("type") != "directory" and not name.endswith("/") and not is_hidden and fits(name):
                mark, is_snapshot = mark_of(info)
                yield ArrivedObject(
                    url=f"{protocol}://{name.lstrip('/') if protocol in {'s3', 's3a'} else name}",
                    size_bytes=int(info.get("size") or 0),
                    mark=re.sub(r"\s+", "_", (mark or "").partition("=")[2].strip('"')) or "-",
                    strength=Strength.SNAPSHOT if is_snapshot else Strength.SIZE_AND_TIME if mark else Strength.UNSEEN,
                )


def _s3_pages(system: Any, path: str) -> Iterator[dict[str, Mapping[str, Any]]]:
    """Yield the objects of a bucket by their names with it, a page at a time."""
    bucket, _, key = path.partition("/")
    fixed = _fixed(key)
    asked: dict[str, Any] = {"Bucket": bucket, "Prefix": fixed}
    if "/" not in key[len(fixed) :] and "**" not in key:
        asked["Delimiter"] = "/"  # what lies deeper fits in no case, and may be much
    while True:
        page = system.call_s3("list_objects_v2", **asked)
        yield {f"{bucket}/{each['Key']}": {**each, "size": each["Size"]} for each in page.get("Contents", ())}
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def _walked(system: Any, path: str) -> Iterator[dict[str, Mapping[str, Any]]]:
    """Yield the files of a store by their paths, a folder at a time."""
    root = _fixed(path).rpartition("/")[0] or "/"
    deep = path[len(root) :].strip("/").count("/") + 1
    for folder, _, files in system.walk(root, maxdepth=None if "**" in path else deep, detail=True, on_error="raise"):
        yield {info.get("name") or f"{folder}/{name}": info for name, info in files.items()}


def _fixed(path: str) -> str:
    """Return the beginning of a pattern that has no sign in it."""
    found = re.search(r"[*?\[]", path) if glob.has_magic(path) else None
    return path[: found.start()] if found else path


class _errors:  # noqa: N801 - reads as a statement
    """Turn whatever a library raises into an error about the place, secrets hidden. An empty place is none.

    Libraries document few of their exceptions, so this border catches all of them, and keeps class and message.
    """

    def __init__(self, place: Place, secrets: Secrets) -> None:
        self._place, self._secrets = place, secrets

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, MeshwrightError) or not isinstance(error, Exception):
            return
        words = self._secrets.hidden(" ".join(f"{error}".split())) or "no message"
        raise unreachable(self._place, f"{type(error).__name__}: {words[:400]}") from None


def unreachable(place: Place, words: str) -> WorldError:
    """Return the error about a place that could not be listed."""
    return WorldError(
        Diagnostic(
            code="MW-S081",
            message=f"'{place.url}' cannot be listed for trigger {place.by}: {words}",
            span=place.span,
            fix="check the place, its options and the rights; it is looked at again by itself",
            object=place.by,
        )
    )


def _patiently(place: Place, patience: Patience, call: Callable[[], Result]) -> Result:
    """Return what `call` gives, but wait no longer than patience has; a call that does not end is left behind."""
    answers: list[Result] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
            failures.append(error)

    worker = threading.Thread(target=work, name="arrivals", daemon=True)
    worker.start()
    limit_s = patience.timeout_s * (patience.attempts + 1)
    worker.join(limit_s)
    if failures:
        raise failures[0]
    if not answers:
        raise unreachable(place, f"no answer within {limit_s:.0f} seconds")
    return answers[0]
