"""The parts of a version as lines for people: one each where they are few, else summed by month, year or page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from meshwright.app.interval_listing import IntervalListing, ListedPart
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line, pad
from meshwright.faces.text.words import bytes_words, count_words, list_words, number_words, time_words
from meshwright.frozen import dataclass
from meshwright.model import Calendar, Grain, Ranges
from meshwright.model.intervals import count_of, zone_of
from meshwright.model.parts import page_number
from meshwright.plan.partwords import class_words, counted, ranges_words

_LABEL = 12
#: Parts that stand on a line each, and lines at most where they are summed.
_EACH = 40
_LINES = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """Neighbouring parts that share a line."""

    name: str
    parts: tuple[ListedPart, ...]
    #: First and last number that belong there.
    first: int
    last: int


def intervals_lines(listing: IntervalListing, look: Look, *, is_all: bool = False) -> list[str]:
    """`show DATASET --intervals`; with `is_all` every part has its line, however many there are."""
    lines = [look.paint(f"dataset {listing.dataset}", "bold"), *_head(listing)]
    if not listing.parts:
        return [*lines, "it has no part: its inputs hold no row"]
    if is_all or len(listing.parts) <= _EACH:
        return [*lines, "", *_each_part(listing, look)]
    groups = _grouped(listing)
    more = look.paint("(summed; --all lists every part, --json too)", "dim")
    return [*lines, "", *_group_table(listing, groups, look), more]


def _head(listing: IntervalListing) -> Iterator[str]:
    version, manifest, calendar = listing.version, listing.manifest, listing.calendar
    yield _field("version", f"{version.id} in {listing.environment}")
    yield _field("class", class_words(manifest.version_class))
    size = f"{count_words(version.rows, 'row')}, {bytes_words(manifest.size_bytes)}"
    if calendar is None:
        yield _field("parts", f"{number_words(manifest.count)} in order of arrival, {size}")
        return
    zone = "" if calendar.timezone == "UTC" else f" in {calendar.timezone}"
    yield _field("by", f"{manifest.by}, each {calendar.grain.value}{zone}")
    stretch = ""
    if manifest.first is not None and manifest.last is not None:
        stretch = ranges_words(calendar, ((manifest.first, manifest.last),))
    yield _field("parts", f"{counted(manifest.count, calendar)}{stretch}; {size}")
    if manifest.earlier:
        yield _field("earlier", f"{counted(sum(manifest.earlier.values()), calendar)} of an earlier definition")
    if listing.gaps:
        yield _field("gaps", _ranges_field(calendar, listing.gaps))
    outlook = listing.outlook
    if outlook.missing:
        yield _field("missing", f"{_ranges_field(calendar, outlook.missing)}; to be built by the next run")
    if outlook.due:
        yield _field("due", f"{_ranges_field(calendar, outlook.due)}; to be built again by the next run")
    if outlook.unknown is not None:
        yield _field("missing", f"not known: {one_line(outlook.unknown)}")
    elif not outlook.missing and not outlook.due:
        yield _field("missing", "nothing: it has all that its inputs hold")


def _field(label: str, text: str) -> str:
    return f"{pad(label, _LABEL)} {text}"


def _ranges_field(calendar: Calendar, ranges: Ranges) -> str:
    return f"{counted(count_of(ranges), calendar)}{ranges_words(calendar, ranges)}"


def _each_part(listing: IntervalListing, look: Look) -> list[str]:
    """A line a part, and one where some are missing in between."""
    calendar = listing.calendar
    is_source = any(each.files_read for each in listing.parts)
    headings = [
        Heading(title=calendar.grain.value if calendar is not None else "part", is_right=calendar is None),
        Heading(title="rows", is_right=True),
        Heading(title="size", is_right=True),
        Heading(title="built"),
        Heading(title="run"),
        Heading(title="note"),
        *([Heading(title="files read")] if is_source else []),
    ]
    rows: list[list[str]] = []
    expected = listing.parts[0].number
    for each in listing.parts:
        if each.number > expected and calendar is not None:
            words = ranges_words(calendar, ((expected, each.number - 1),)).removeprefix(": ")
            rows.append([words, "-", "-", "-", "-", "missing"])
        expected = each.number + 1
        part = each.part
        row = [calendar.words(each.number) if calendar is not None else str(each.number)]
        row += [number_words(part.rows), bytes_words(part.size_bytes), time_words(part.created_at), part.run_id]
        row += [_note((each,), 0), *([list_words(each.files_read, 3)] if is_source else [])]
        rows.append(row)
    width = len(headings)
    return table_lines(headings, [[*row, *[""] * (width - len(row))] for row in rows], look, cell_width=80)


def _group_table(listing: IntervalListing, groups: list[_Group], look: Look) -> list[str]:
    """A line a group, with how many intervals of it are missing between the first and the last part of all."""
    headings = [
        Heading(title="time" if listing.calendar is not None else "parts"),
        Heading(title="parts", is_right=True),
        Heading(title="rows", is_right=True),
        Heading(title="size", is_right=True),
        Heading(title="built last"),
        Heading(title="run"),
        Heading(title="note"),
    ]
    rows: list[list[str]] = []
    for group in groups:
        parts = [each.part for each in group.parts]
        runs = sorted({part.run_id for part in parts})
        times = [part.created_at for part in parts if part.created_at is not None]
        missing = group.last - group.first + 1 - len(parts)
        rows.append(
            [
                group.name,
                number_words(len(parts)),
                number_words(sum(part.rows for part in parts)),
                bytes_words(sum(part.size_bytes for part in parts)),
                time_words(max(times) if times else None),
                runs[0] if len(runs) == 1 else count_words(len(runs), "run") if runs else "-",
                _note(group.parts, missing),
            ]
        )
    return table_lines(headings, rows, look)


def _note(parts: Iterable[ListedPart], missing: int) -> str:
    listed = tuple(parts)
    earlier = sum(not each.is_present for each in listed)
    restricted = sum(each.part.restricted is not None for each in listed)
    of_many = len(listed) > 1
    return ", ".join(
        f"{number_words(number)} {word}" if of_many or word == "missing" else word
        for word, number in (("missing", missing), ("earlier definition", earlier), ("restricted", restricted))
        if number
    )


def _grouped(listing: IntervalListing) -> list[_Group]:
    """Return the parts by the shortest stretches that give no more than `_LINES` of them; those that hold only gaps too."""
    found: list[_Group] = []
    for name_of in _namings(listing.calendar):
        found = _groups(listing, name_of)
        if len(found) <= _LINES:
            break
    return found


def _namings(calendar: Calendar | None) -> Iterator[Callable[[int], str]]:
    if calendar is None:
        yield from (_pages_of(1 << power) for power in range(24))
        return
    if calendar.grain is Grain.HOUR:
        yield lambda number: f"{calendar.start(number):%Y-%m-%d}"
    zone = zone_of(calendar.timezone) if calendar.grain is not Grain.HOUR else zone_of("UTC")
    if calendar.grain is not Grain.MONTH:
        yield lambda number: f"{calendar.start(number).astimezone(zone):%Y-%m}"
    yield lambda number: f"{calendar.start(number).astimezone(zone):%Y}"
    yield lambda number: f"{calendar.start(number).astimezone(zone).year // 100:02d}00s"


def _pages_of(pages: int) -> Callable[[int], str]:
    return lambda number: f"page {page_number(number) // pages}"


def _groups(listing: IntervalListing, name_of: Callable[[int], str]) -> list[_Group]:
    first, last = listing.parts[0].number, listing.parts[-1].number
    by_name = {name: tuple(group) for name, group in groupby(listing.parts, key=lambda each: name_of(each.number))}
    found: list[_Group] = []
    for name, numbers in groupby(range(first, last + 1), key=name_of):
        within = tuple(numbers)
        low, high = within[0], within[-1]
        shown = name if listing.calendar is not None else f"{low} to {high}"
        found.append(_Group(name=shown, parts=by_name.get(name, ()), first=low, last=high))
    return found
