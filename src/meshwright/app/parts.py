"""What is told of a version that is made of parts: how many, which stretch of time, and what they are."""

from __future__ import annotations

from meshwright.model import Manifest, Version, VersionClass

_CLASSES = {
    VersionClass.PURE: "pure: what a build of everything at once gives",
    VersionClass.AS_OF: "as of: what each part gave when it was built",
    VersionClass.STATEFUL: "stateful: what came of the version before it",
}


def manifest_lines(manifest: Manifest) -> tuple[str, ...]:
    """Return what a manifest says, for people."""
    parts = f"{manifest.count} part" if manifest.count == 1 else f"{manifest.count} parts"
    how = "in order of arrival" if manifest.calendar is None else f"by {manifest.by}, each a {manifest.calendar.rule}"
    lines = [f"{parts} {how}{_stretch(manifest)}", _CLASSES[manifest.version_class]]
    if manifest.gaps:
        lines.append(f"in between {manifest.gaps} {'is' if manifest.gaps == 1 else 'are'} missing")
    lines.extend(f"{count} of an earlier definition, {found}" for found, count in sorted(manifest.earlier.items()))
    return tuple(lines)


def named_by(version: Version) -> str:
    """Say what the id of a version is the identity of."""
    if version.manifest is not None:
        return "its content (an opaque node)" if version.is_opaque else "its recipe and what it is made of: its parts"
    return "its content (an opaque node)" if version.is_opaque else "its recipe (a pure node)"


def interval_words(manifest: Manifest, number: int | None) -> str | None:
    """Return how the interval of a part is called, its number where parts were appended; None for None."""
    if number is None or manifest.calendar is None:
        return None if number is None else str(number)
    return manifest.calendar.words(number)


def _stretch(manifest: Manifest) -> str:
    if manifest.first is None or manifest.calendar is None:
        return ""
    first, last = interval_words(manifest, manifest.first), interval_words(manifest, manifest.last)
    return f": {first}" if first == last else f": {first} to {last}"
