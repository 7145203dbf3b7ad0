"""Numbers, durations and counts as people read them."""

from __future__ import annotations

import datetime as dt

from meshwright.app.values import PartsReport


def seconds_words(seconds: float) -> str:
    """``0.12 s``, ``4.3 s``, ``2 min 05 s``, ``1 h 02 min``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def bytes_words(size: int) -> str:
    """``12 B``, ``31.1 MB``; units of 1000."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def number_words(number: int) -> str:
    """``336,776``."""
    return f"{number:,}"


def count_words(number: int, singular: str, plural: str | None = None) -> str:
    """``1 row``, ``336,776 rows``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def parts_words(*, built: int, reused: int, kept: int, dropped: int) -> str:
    """``3 parts built, 1 reused, 362 kept``; nothing where no part was made or stays."""
    counts = {"built": built, "reused": reused, "kept": kept, "dropped": dropped}
    told = {word: number for word, number in counts.items() if number}
    return ", ".join(
        f"{count_words(number, 'part') if place == 0 else number_words(number)} {word}"
        for place, (word, number) in enumerate(told.items())
    )


def parts_report_words(parts: PartsReport) -> str:
    """As `parts_words`, of a step."""
    return parts_words(built=parts.built, reused=parts.reused, kept=parts.kept, dropped=parts.dropped)


def time_words(moment: dt.datetime | None) -> str:
    """``2026-01-31 07:15:02Z``; a dash where there is no time."""
    if moment is None:
        return "-"
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def list_words(items: tuple[str, ...], limit: int = 6) -> str:
    """``a, b, c and 4 more``."""
    if len(items) <= limit:
        return ", ".join(items)
    return f"{', '.join(items[:limit])} and {len(items) - limit} more"
