"""Cards, runs and their records as lines for people."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence

from meshwright.app.outside_told import JobCard, OutsideCard, OutsideDatasetCard
from meshwright.app.reports import (
    Card,
    DatasetCard,
    DomainCard,
    PortCard,
    PortVersion,
    ProductCard,
    RunDetail,
    RunLog,
    VersionCard,
)
from meshwright.app.values import RunRecord, TestOutcome, recorded_outcome
from meshwright.faces.text.inner import inner_tree
from meshwright.faces.text.outside_told import job_lines, neighbours_lines, outside_dataset_lines
from meshwright.faces.text.record import (
    children_lines,
    cost_words,
    infrastructure_fields,
    inner_lines,
    log_line,
    parent_label,
    parent_words,
    product_cost_lines,
)
from meshwright.faces.text.run import failing_row_lines, outcome_lines
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line, pad, printable
from meshwright.faces.text.words import (
    bytes_words,
    count_words,
    list_words,
    number_words,
    parts_words,
    seconds_words,
    time_words,
)
from meshwright.model import ComponentOrigin, Version, variation_of
from meshwright.model.causes import cause_of, cause_words
from meshwright.model.outside import JobOutcome

_LABEL = 12
#: Characters of a value that are shown.
_VALUE = 200


def card_lines(card: Card | OutsideCard, look: Look) -> list[str]:
    """`show OBJECT`."""
    if isinstance(card, (OutsideDatasetCard, JobCard)):
        return outside_dataset_lines(card, look) if isinstance(card, OutsideDatasetCard) else job_lines(card, look)
    match card:
        case DatasetCard():
            return _dataset_lines(card, look)
        case ProductCard():
            return _product_lines(card, look)
        case PortCard():
            return _port_lines(card, look)
        case DomainCard():
            return [
                look.paint(f"domain {card.name}", "bold"),
                *_fields([("purpose", card.purpose), ("owners", ", ".join(card.owners))]),
                *_listing("products", card.products),
            ]
        case VersionCard():
            return _version_lines(card, look)


def runs_lines(runs: Sequence[RunRecord], look: Look) -> list[str]:
    """`runs list`, newest first."""
    if not runs:
        return ["no run yet; mw run makes the first one"]
    headings = [
        Heading(title=title)
        for title in ("run", "state", "environment", "generation", "started", "took", "by", "cause")
    ]
    return table_lines(headings, [_run_row(run) for run in runs], look)


def _cause_name(run: RunRecord) -> str:
    return _cause_words(run.options).partition(" for ")[0]


def _cause_words(options: str) -> str:
    """Say what started a run; nothing where a person's command did, or the record is not ours to read."""
    try:
        cause = json.loads(options).get("cause")
        return "" if cause is None else cause_words(cause_of(cause))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def run_detail_lines(detail: RunDetail, look: Look) -> list[str]:
    """`runs show`: the run, its steps, the log."""
    run = detail.run
    held = "a live process holds it" if detail.is_held else ""
    took = seconds_words((run.finished_at - run.started_at).total_seconds()) if run.finished_at else "not finished"
    lines = [
        look.paint(f"run {run.id}", "bold"),
        *_fields(
            [
                ("state", " ".join([run.state.value, f"({held})" if held else ""]).strip()),
                ("environment", f"{run.environment}, generation {_generations(run)}"),
                ("started", f"{time_words(run.started_at)} by {run.by}"),
                ("took", took),
                (parent_label(run), parent_words(run)),
                ("cause", _cause_words(run.options)),
                ("options", run.options),
                *infrastructure_fields(run.infrastructure),
                ("cost", cost_words(detail.costs)),
            ]
        ),
    ]
    if detail.steps:
        parts = _parts_made(run.report)
        headings = [
            Heading(title="step"),
            Heading(title="action"),
            Heading(title="state"),
            Heading(title="rows", is_right=True),
            *([Heading(title="parts")] if parts else []),
            Heading(title="took", is_right=True),
            Heading(title="CPU", is_right=True),
            Heading(title="error"),
        ]
        rows = [
            [
                step.key,
                step.action,
                step.state,
                number_words(step.rows) if step.rows is not None else "",
                *([parts.get(step.key, "")] if parts else []),
                seconds_words(step.seconds),
                seconds_words(step.costs["cpu_s"]) if "cpu_s" in step.costs else "",
                step.error or "",
            ]
            for step in detail.steps
        ]
        lines += ["", *table_lines(headings, rows, look)]
        lines += inner_lines(detail, look)
    lines += children_lines(detail, look)
    lines += product_cost_lines(detail.costs, look)
    lines += _recorded_tests(run.report, look)
    if detail.logs:
        lines += ["", look.paint("log:", "bold")]
        lines += [log_line(line) for line in detail.logs]
    return lines


def _recorded_tests(report: str, look: Look) -> list[str]:
    """What a recorded run says of rules that were not kept, with the rows that it kept; nothing of a run that is not over."""
    broken = [test for test in json.loads(report).get("tests", ()) if test["verdict"] != "pass"]
    if not broken:
        return []
    lines = ["", look.paint("tests that did not pass:", "bold")]
    for test in broken:
        lines += outcome_lines(recorded_outcome(test), look)
    return lines


def _parts_made(report: str) -> dict[str, str]:
    """Return what the steps of a recorded run made in parts, by their keys; nothing of a run that is not over."""
    found: dict[str, str] = {}
    for step in json.loads(report).get("steps", ()):
        made = step.get("intervals")
        if made is not None:
            words = {name: made[name] for name in ("built", "reused", "kept", "dropped")}
            found[step["key"]] = parts_words(**words)
    return found


def run_log_lines(log: RunLog, look: Look) -> list[str]:
    """`runs logs`: each line with its time and level, under the step that said it."""
    if not log.lines:
        of = f" of {log.dataset}" if log.dataset else ""
        return [f"run {log.run_id} said nothing{of}{f' with {log.search!r} in it' if log.search else ''}"]
    found: list[str] = []
    for step, lines in itertools.groupby(log.lines, key=lambda line: line.step):
        found.append(look.paint(one_line(step or f"run {log.run_id}"), "bold"))
        for line in lines:
            first, *more = line.text.splitlines() or [""]
            place = f"{line.number:>6} " if log.search else ""
            found.append(f"  {place}{time_words(line.at)} {pad(line.level, 7)} {printable(first)}")
            found += [f"  {printable(text)}" for text in more]
    return found


def _run_row(run: RunRecord) -> list[str]:
    took = seconds_words((run.finished_at - run.started_at).total_seconds()) if run.finished_at else "-"
    return [
        run.id,
        run.state.value,
        run.environment,
        _generations(run),
        time_words(run.started_at),
        took,
        run.by,
        _cause_name(run),
    ]


def _generations(run: RunRecord) -> str:
    return (
        str(run.generation) if run.generation == run.base_generation else f"{run.base_generation} to {run.generation}"
    )


def _dataset_lines(card: DatasetCard, look: Look) -> list[str]:
    published = card.published
    lines = [
        look.paint(f"{'node' if card.is_step else 'dataset'} {card.address}", "bold"),
        *_fields(
            [
                ("description", card.description or ""),
                ("owners", ", ".join(card.owners)),
                ("ports", ", ".join(card.ports)),
                ("component", origin_words(card.origin) if card.origin else ""),
                (card.environment, _standing_words(card)),
                *_left(card.outcome),
                ("parts", "\n".join(card.parts)),
            ]
        ),
    ]
    if published:
        lines += [
            f"{pad('read', _LABEL)} {_query_words(card.address)}",
            "",
            *_columns(published, look),
        ]
    if card.reads or card.read_by:
        why = {read.dataset: read.why for read in card.through}
        reads = [f"{read} ({why[read]})" if read in why else read for read in card.reads]
        lines += ["", *_listing("reads", reads), *_listing("read by", card.read_by)]
    if card.outside is not None:
        lines += ["", *neighbours_lines(card.outside, look)]
    if card.inside is not None:
        lines += ["", look.paint(f"inside, as of run {card.inside.run_id}:", "bold")]
        lines += [f"  {line}" for line in inner_tree(card.inside.steps)]
    if card.tests:
        lines += ["", *_tests(card.tests, look)]
    if card.versions:
        lines += ["", look.paint("versions, newest first:", "bold")]
        current = published.id if published else None
        for version in card.versions:
            sign = look.marks.arrow if version.id == current else " "
            lines.append(f"  {pad(sign, 2)} {_version_words(version)}")
    return lines


def _standing_words(card: DatasetCard) -> str:
    if card.is_step:
        return "yields no dataset" if card.versions else "yields no dataset, never run"
    return _version_words(card.published) if card.published else "not published yet"


def _left(outcome: JobOutcome | None) -> list[tuple[str, str]]:
    """Say what the newest job left, as far as that is no table."""
    if outcome is None:
        return []
    values = "\n".join(f"{name}: {json.dumps(value)[:_VALUE]}" for name, value in sorted(outcome.values.items()))
    return [
        ("job", outcome.job),
        ("at", outcome.url or ""),
        ("values", values),
        ("in place", ", ".join(outcome.unmanaged)),
    ]


def origin_words(origin: ComponentOrigin) -> str:
    """Say which component a dataset comes of."""
    what = "an output" if origin.is_output else "inside"
    return f"{origin.label}, used by {origin.node} ({what}: {origin.inner})"


def _product_lines(card: ProductCard, look: Look) -> list[str]:
    stands = f"published, generation {card.generation}" if card.generation is not None else "not published yet"
    return [
        look.paint(f"product {card.address}", "bold"),
        *_fields(
            [
                ("name", card.name or ""),
                ("version", card.version or ""),
                ("status", card.status or ""),
                ("description", card.description or ""),
                ("owners", ", ".join(card.owners)),
                (card.environment, stands),
            ]
        ),
        *_listing("datasets", card.datasets),
        *_listing("ports", _port_versions(card.ports, look)),
        *_listing("consumers", card.consumers),
        *_listing("variations", card.variations),
    ]


def _port_lines(card: PortCard, look: Look) -> list[str]:
    return [
        look.paint(f"port {card.address}", "bold"),
        *_fields(
            [
                ("version", card.version or ""),
                ("contract", f"{card.contract_id} {card.contract_version}"),
                ("status", card.status or ""),
                (card.environment, f"contract revision {card.published}" if card.published else "not published yet"),
            ]
        ),
        *_listing("datasets", [f"{dataset}{_called(card, dataset)}" for dataset in card.datasets]),
        *(_listing("versions", _port_versions(card.versions, look)) if len(card.versions) > 1 else []),
        *_listing("read by", card.read_by),
        *_listing("consumers", card.consumers),
    ]


def _called(card: PortCard, dataset: str) -> str:
    """Say what readers of a port write for a dataset, where that is another name."""
    written = [f"{card.product}.{name}" for name, behind in card.names.items() if f"{card.product}.{behind}" == dataset]
    return f", read as {', '.join(written)}" if written else ""


def _port_versions(ports: Sequence[PortVersion], look: Look) -> list[str]:
    """The versions of ports; where there are several, an arrow at the one that is read where none is chosen."""
    several = {one for one, count in Counter(map(_unversioned, ports)).items() if count > 1}
    lines = []
    for port in ports:
        sign = (
            f" {look.marks.arrow} read where none is chosen"
            if port.is_default and _unversioned(port) in several
            else ""
        )
        lines.append(f"{port.address} {', '.join(filter(None, (port.version, port.status)))}{sign}")
    return lines


def _unversioned(port: PortVersion) -> str:
    return "/".join(port.address.split("/")[:2])


_A_VIEW = "none: a view, computed from what it is made from whenever it is read"


def _version_lines(card: VersionCard, look: Look) -> list[str]:
    version = card.version
    stands = (
        f"published in {', '.join(card.published_in)}"
        if card.published_in
        else "candidate: no environment points to it"
    )
    return [
        look.paint(f"version {version.id}", "bold"),
        *_fields(
            [
                ("dataset", version.dataset),
                ("state", stands),
                ("rows", number_words(version.rows)),
                (
                    "size",
                    _A_VIEW if version.view is not None else f"{bytes_words(version.size_bytes)} in {_pieces(version)}",
                ),
                (
                    "built",
                    f"{time_words(version.created_at)} in {seconds_words(version.seconds)} by run {version.run_id}",
                ),
                ("digest", version.content_digest),
                ("read", f'mw query --version {version.id} "select * from {version.dataset}"'),
            ]
        ),
        "",
        *_columns(version, look),
        "",
        *_listing("made from", [f"{dataset} {made_from}" for dataset, made_from in sorted(version.inputs.items())]),
        *_listing("for sandboxes alone", version.restricted.reasons if version.restricted is not None else ()),
        *(["", *_tests(card.tests, look), ""] if card.tests else []),
        *_listing("parts", card.parts),
        *_listing("files", card.files),
    ]


def _pieces(version: Version) -> str:
    if version.manifest is not None:
        return count_words(version.manifest.count, "part")
    return count_words(len(version.files), "file")


def _query_words(dataset: str) -> str:
    """The command that reads a dataset; the name of a variation's has to stand in quotes."""
    if variation_of(dataset) is None:
        return f'mw query "select * from {dataset} limit 10"'
    product, _, name = dataset.rpartition(".")
    return f"mw query 'select * from {product}.\"{name}\" limit 10'"


def _version_words(version: Version) -> str:
    facts = [
        count_words(version.rows, "row"),
        *([count_words(version.manifest.count, "part")] if version.manifest is not None else []),
        "a view" if version.view is not None else bytes_words(version.size_bytes),
        f"built {time_words(version.created_at)}",
    ]
    return f"{version.id}  {', '.join(facts)}"


def _columns(version: Version, look: Look) -> list[str]:
    headings = [Heading(title="column"), Heading(title="type")]
    return table_lines(headings, [[column.name, column.type] for column in version.columns], look)


def _tests(tests: Sequence[TestOutcome], look: Look) -> list[str]:
    headings = [Heading(title=title) for title in ("verdict", "action", "test")]
    rows = [[test.verdict, test.action, test.finding or test.words] for test in tests]
    lines = table_lines(headings, rows, look, cell_width=120)
    for test in tests:
        if test.verdict != "pass" and test.sample:
            lines += ["", f"{test.verdict} {one_line(test.finding or test.words)} (rule {one_line(test.id)}):"]
            lines += [f"  {line}" for line in failing_row_lines(test.sample, look)]
    return lines


def _fields(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """``label  text``; further lines of a text stand under the first."""
    lines: list[str] = []
    for label, text in pairs:
        labels = itertools.chain([label], itertools.repeat(""))
        lines += [
            f"{pad(name, _LABEL)} {one_line(line)}" for name, line in zip(labels, text.splitlines(), strict=False)
        ]
    return lines


def _listing(title: str, items: Sequence[str]) -> list[str]:
    """A short list on one line, a longer one on a line each."""
    if not items:
        return []
    if len(items) == 1:
        return [f"{pad(title, _LABEL)} {list_words(tuple(items))}"]
    return [f"{title}:", *(f"  {one_line(item)}" for item in items)]
