"""Outside jobs and datasets as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshwright.app.outside_told import JobCard, JobLine, OutsideDatasetCard, OutsideNeighbours
from meshwright.app.outside_told_map import OutsideNode, OutsideWork
from meshwright.app.reports import OutsideLineage
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import list_words, time_words
from meshwright.model.told import OutsideNote, OutsideRun, Seen


def jobs_lines(jobs: Iterable[JobLine], look: Look) -> list[str]:
    """`GET /jobs`."""
    rows = [_job_row(job) for job in jobs]
    if not rows:
        return ["no outside tool has told of a job; docs/how-to/outside-tools.md says how one does"]
    headings = [Heading(title=title) for title in ("job", "tool", "reads", "writes", "newest run", "last seen")]
    return table_lines(headings, rows, look)


def job_lines(card: JobCard, look: Look) -> list[str]:
    """`GET /jobs/{id}`."""
    work = card.line.work
    lines = [look.paint(f"job {one_line(work.shown)}", "bold")]
    if card.description:
        lines.append(one_line(card.description))
    if work.within is not None:
        lines.append(f"runs inside of {work.within}")
    lines += [f"reads {one_line(shown)}" for shown in card.line.reads]
    lines += [f"writes {one_line(shown)}" for shown in card.line.writes]
    if card.runs:
        headings = [Heading(title=title) for title in ("run", "state", "started", "last heard of")]
        rows = [[run.key or run.id, *_run_words(run)] for run in card.runs]
        lines += ["", *table_lines(headings, rows, look)]
    return [*lines, *_note_lines(card.notes, look)]


def outside_datasets_lines(nodes: Iterable[OutsideNode], look: Look) -> list[str]:
    """`GET /outside/datasets`."""
    rows = [[node.key, node.shown, _last(node.seen)] for node in nodes]
    if not rows:
        return ["no outside tool has told of a dataset that is not of this mesh"]
    return table_lines([Heading(title=title) for title in ("id", "dataset", "last seen")], rows, look)


def outside_dataset_lines(card: OutsideDatasetCard, look: Look) -> list[str]:
    """`GET /outside/datasets/{id}`."""
    lines = [look.paint(f"outside dataset {one_line(card.node.shown)}", "bold")]
    if card.description:
        lines.append(one_line(card.description))
    lines += [f"also called {one_line(name.shown)}" for name in card.node.names if name != card.node.name]
    lines += [f"written by {one_line(work.shown)}" for work in card.writers]
    lines += [f"read by {one_line(work.shown)}" for work in card.readers]
    lines += [f"read by {address}, a source of this mesh" for address in card.feeds]
    if card.columns:
        rows = [[name, type_ or ""] for name, type_, _ in card.columns]
        lines += ["", *table_lines([Heading(title="column"), Heading(title="type")], rows, look)]
    return [*lines, *_note_lines(card.notes, look)]


def neighbours_lines(found: OutsideNeighbours, look: Look) -> list[str]:
    """What `show` says of outside jobs."""
    lines = [look.paint("outside tools:", "bold")]
    lines += [f"  reads {one_line(node.shown)}" for node in found.read_from]
    lines += [f"  read by {_work_words(work)}" for work in found.readers]
    for work in found.writers:
        lines.append(f"  written in place by {_work_words(work)}: that is not under our rollback")
    return [*lines, *(f"  {line}" for line in _note_lines(found.notes, look))]


def outside_lineage_lines(found: OutsideLineage, look: Look) -> list[str]:
    """What `lineage` says of outside jobs."""
    if not found.jobs:
        return []
    lines = [look.paint("outside jobs:", "bold")]
    for each in found.jobs:
        does = [f"reads {list_words(each.reads)}"] if each.reads else []
        does += [f"writes {list_words(each.writes)}"] if each.writes else []
        inside = f" (inside of {each.work.within})" if each.work.within is not None else ""
        lines.append(f"  {one_line(each.work.shown)}{inside} {one_line('; '.join(does))}")
    return lines


def _last(seen: Seen | None) -> str:
    return "" if seen is None else time_words(seen.last_at)


def _work_words(work: OutsideWork) -> str:
    seen = f", last seen {time_words(work.seen.last_at)}" if work.seen is not None else ""
    return f"{one_line(work.shown)}{seen}"


def _job_row(line: JobLine) -> list[str]:
    job = line.work.job
    assert job is not None  # lists are of jobs that have a name
    newest = line.newest
    return [
        job.name.shown,
        " ".join(filter(None, (line.tool, line.type))),
        list_words(line.reads),
        list_words(line.writes),
        newest.state.value if newest is not None and newest.state is not None else "",
        _last(line.work.seen),
    ]


def _run_words(run: OutsideRun) -> tuple[str, str, str]:
    state = run.state.value if run.state is not None else ""
    return state, time_words(run.first_at), time_words(run.last_at)


def _note_lines(notes: Iterable[OutsideNote], look: Look) -> list[str]:
    found = list(_each_note(notes))
    return ["", look.paint("told, newest first:", "bold"), *found] if found else []


def _each_note(notes: Iterable[OutsideNote]) -> Iterator[str]:
    for note in notes:
        value = "" if note.value is None else f"{note.value:g}"
        words = [note.kind.value, note.name, note.word, value, note.text]
        yield f"{time_words(note.at)} {one_line(' '.join(filter(None, words)))}"
