"""Answers about environments as lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, list_words, seconds_words, time_words

if TYPE_CHECKING:  # a command that makes a sandbox need not know how its base is described
    from meshwright.app.promotion_answers import Promotion
    from meshwright.app.provision_cards import ProvisionedWith
    from meshwright.app.rebase import Rebase
    from meshwright.app.sandboxes import EnvironmentAnswer, ListedEnvironment
    from meshwright.app.standing import Drift, EnvironmentCard
    from meshwright.app.values import Environment, Generation, Provisioning
    from meshwright.plan.values import Step

#: Objects that a line names.
_NAMED = 6
#: Objects that are listed, a line each.
_LISTED = 20


def created_lines(answer: EnvironmentAnswer, look: Look) -> list[str]:
    """`env create`."""
    made = answer.environment
    return [
        f"{_done(look)} sandbox {made.name} over {made.base} at generation {made.base_generation}, {_end(made)}",
        *_provision_lines(answer.provisioning),
        *_sample_lines(made),
        f"next: mw run --env {made.name} builds what differs from {made.base}",
    ]


def deleted_lines(answer: EnvironmentAnswer, look: Look) -> list[str]:
    """`env delete`."""
    count = count_words(len(answer.changed), "pointer")
    undone = sum(len(each.nodes) for each in _provisioned(answer.provisioning)) - len(answer.notes)
    return [
        *(f"note: {one_line(note)}" for note in answer.notes),
        *([f"undid what it was provisioned with: {count_words(undone, 'node')}"] if undone > 0 else []),
        f"{_done(look)} gave up sandbox {answer.environment.name} with {count} of its own",
        "what it built is kept until 'mw gc' finds that nothing needs it",
    ]


def extended_lines(answer: EnvironmentAnswer, look: Look) -> list[str]:
    """`env extend`."""
    return [f"{_done(look)} sandbox {answer.environment.name} {_end(answer.environment)}"]


def promotion_lines(promotion: Promotion, look: Look) -> list[str]:
    """`promote`: the run's own lines, then what moved."""
    from meshwright.faces.text.run import run_lines  # lazy: what runs are told in

    lines = run_lines(promotion.report, look)
    if not promotion.changed:
        return lines
    moved = count_words(len(promotion.changed), "pointer")
    return [
        *lines,
        f"{_done(look)} promoted {promotion.sandbox}: {promotion.environment} is at generation {promotion.generation}, "
        f"{moved} moved at once",
        f"next: mw env delete {promotion.sandbox}, or mw env rebase {promotion.sandbox} to go on with it; "
        f"back again: mw rollback {promotion.environment}",
    ]


def moved_lines(answer: EnvironmentAnswer, look: Look) -> list[str]:
    """`rollback`."""
    found = answer.environment
    moved = f"{_done(look)} {found.name} is at generation {found.generation}: {count_words(len(answer.changed), 'pointer')} moved"
    return [
        f"{moved} in {seconds_words(answer.seconds)}, nothing was built",
        *(f"  {name}" for name in answer.changed[:_LISTED]),
        *([f"  and {len(answer.changed) - _LISTED} more"] if len(answer.changed) > _LISTED else []),
        f"what moved is pinned where it is not what stood before; mw env show {found.name} lists the pins",
        *(f"note: {one_line(note)}" for note in answer.notes),
    ]


def pinned_lines(name: str, answer: EnvironmentAnswer, look: Look) -> list[str]:
    """`pin`."""
    found = answer.environment
    moved = f"; {found.name} is at generation {found.generation}" if answer.changed else ""
    return [
        f"{_done(look)} {name} is pinned in {found.name}{moved}",
        *(f"note: {one_line(note)}" for note in answer.notes),
    ]


def unpinned_lines(name: str, answer: EnvironmentAnswer, look: Look) -> list[str]:
    """`unpin`."""
    found = answer.environment.name
    return [f"{_done(look)} {name} is free in {found}; mw run --env {found} brings it up to date"]


def rebase_lines(rebased: Rebase, look: Look) -> list[str]:
    """`env rebase`."""
    found = rebased.environment
    lines = [
        f"{_done(look)} sandbox {found.name} lies over generation {found.base_generation} of {found.base}; "
        f"{count_words(len(rebased.drift), 'object')} of it moved"
    ]
    lines += [f"  no change of its own any more: {name}" for name in rebased.changed]
    return [*lines, *rebuild_lines(rebased.rebuild, rebased.notes, found.name)]


def rebuild_lines(rebuild: Sequence[Step] | None, notes: Sequence[str], sandbox: str) -> list[str]:
    """Say what the next run into a rebased sandbox builds; nothing of it while that is not worked out."""
    lines: list[str] = []
    if rebuild:
        lines.append(f"mw run --env {sandbox} builds again:")
        lines += [f"  {step.dataset}: {one_line('; '.join(step.reasons))}" for step in rebuild[:_LISTED]]
        if len(rebuild) > _LISTED:
            lines.append(f"  and {len(rebuild) - _LISTED} more")
    elif rebuild is not None:
        lines.append("nothing has to be built again")
    return [*lines, *(f"note: {one_line(note)}" for note in notes)]


def environments_lines(environments: Sequence[ListedEnvironment], look: Look) -> list[str]:
    """`env list`."""
    titles = ("environment", "generation", "over", "made", "by", "expires")
    return table_lines([Heading(title=title) for title in titles], [_row(found) for found in environments], look)


def environment_lines(card: EnvironmentCard, look: Look) -> list[str]:
    """`env show`."""
    found = card.environment
    if card.provisioning is not None and found.touched_at is None:
        return _unmade_lines(card, look)
    over = f" over {found.base} at generation {found.base_generation}" if found.is_sandbox else ""
    lines = [look.paint(f"{'sandbox' if found.is_sandbox else 'environment'} {found.name}", "bold") + over]
    lines.append(f"generation  {found.generation}")
    if card.commit:
        lines.append(f"commit      {card.commit}")
    if found.is_sandbox:
        lines.append(f"made        {time_words(found.created_at)} by {found.created_by}; {_end(found)}")
        lines += _sample_lines(found)
    lines += _provision_lines(card.provisioning)
    kinds = [pointer.kind.value for pointer in card.pointers.values()]
    counted = ", ".join(count_words(kinds.count(kind), kind) for kind in ("dataset", "port", "product"))
    lines.append(f"points to   {counted}")
    if found.is_sandbox:
        named = list_words(tuple(sorted(card.own)), _NAMED) if card.own else "nothing: it shows what its base showed"
        lines.append(f"its own     {named}")
    lines += _pin_lines(card)
    if found.is_sandbox:
        lines += _drift_lines(card.drift, found)
    lines += [line for made in card.history for line in _generation_lines(made, look)]
    return lines


def _unmade_lines(card: EnvironmentCard, look: Look) -> list[str]:
    found = card.environment
    return [
        look.paint(f"sandbox {found.name}", "bold") + f" over {found.base}, not there",
        f"begun       {time_words(found.created_at)} by {found.created_by}",
        *_provision_lines(card.provisioning),
    ]


def _provision_lines(record: Provisioning | None) -> Iterator[str]:
    """Yield what a sandbox is provisioned with, and how far that is where it is not whole."""
    for each in _provisioned(record):
        params = ", ".join(f"{name}={_value(value)}" for name, value in each.params.items())
        yield f"provisioned {each.name}: {each.component}" + (f" ({one_line(params)})" if params else "")
        for node in each.nodes:
            values = ", ".join(f"{name}={_value(value)}" for name, value in node.values.items())
            told = [node.state, *([one_line(values)] if values else []), *([node.url] if node.url else [])]
            yield f"  {node.name:<10}{'  '.join(told)}" + (f"  {one_line(node.error)}" if node.error else "")
    if record is not None and record.state.value == "making":
        yield f"not made    mw env create {record.sandbox} goes on, mw env delete {record.sandbox} undoes what was done"
    elif record is not None and record.state.value == "leaving":
        yield f"given up    not all is undone; mw env delete {record.sandbox} goes on"


def _provisioned(record: Provisioning | None) -> tuple[ProvisionedWith, ...]:
    from meshwright.app.provision_cards import provisioned_with  # lazy: few sandboxes are provisioned with anything

    return provisioned_with(record)


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value


def _sample_lines(found: Environment) -> list[str]:
    from meshwright.app.samples import sampled  # lazy: the command that lists environments has no use for it

    sample = sampled(found)
    return [f"sees        {sample.words} of every dataset"] if sample is not None else []


def _pin_lines(card: EnvironmentCard) -> Iterator[str]:
    for pin in card.pins:
        held = f"held at {pin.revision}" if pin.revision else "held absent"
        yield f"pinned      {pin.object} {held} since {time_words(pin.at)} by {pin.by}: {one_line(pin.reason)}"


def _drift_lines(drift: Sequence[Drift], sandbox: Environment) -> Iterator[str]:
    if not drift:
        yield f"drift       none: {sandbox.base} is as it was"
        return
    yield f"drift       {sandbox.base} moved on in {count_words(len(drift), 'object')}; mw env rebase {sandbox.name} takes it over"
    for found in drift:
        change = f"{found.before or 'absent'} -> {found.after or 'absent'}"
        yield f"  {found.kind.value:<8}{found.object}  {change}{'  (changed here too)' if found.is_own else ''}"


def _generation_lines(made: Generation, look: Look) -> Iterator[str]:
    based = f", over generation {made.base_generation}" if made.base_generation is not None else ""
    yield ""
    yield look.paint(f"generation {made.number}", "bold") + f"  {made.action.value}{based}"
    yield f"  {time_words(made.at)} by {made.by}: {one_line(made.reason)}"
    for name, (before, after) in sorted(made.changed.items()):
        yield f"  {name}  {before or 'absent'} -> {after or 'absent'}"


def _row(listed: ListedEnvironment) -> list[str]:
    found = listed.environment
    over = f"{found.base} at {found.base_generation}" if found.is_sandbox else ""
    if listed.state is not None and listed.state.value != "made":
        over = f"{found.base}, being {'made' if listed.state.value == 'making' else 'given up'}"
    made = time_words(found.created_at) if found.created_at else ""
    expires = time_words(found.expires_at) if found.expires_at else ("never" if found.is_sandbox else "")
    return [found.name, str(found.generation), over, made, found.created_by, expires]


def _end(found: Environment) -> str:
    return f"expires {time_words(found.expires_at)} unless it is used" if found.expires_at else "never expires"


def _done(look: Look) -> str:
    return look.paint(look.marks.ok, "green")
