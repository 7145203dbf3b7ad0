"""A node's ``incremental:``: how it is built in parts. Three forms, told apart by their keys.

incremental: {by: time_hour, grain: day, lookback: 2d, start: 2013-01-01}       # one part for each interval of time
incremental: {append: true}                                                    # what is new is added
incremental: {key: [order_id], merge: upsert}                                  # rows meet those of the version before
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.intervals import INTERVAL_KEYS, NamedInput, read_depends, read_interval
from meshwright.files.merging import MERGE_KEYS, read_merging
from meshwright.frozen import dataclass
from meshwright.model import (
    EVERY_INPUT,
    INTERVAL_PARAMETERS,
    ByAppending,
    ByInterval,
    Depends,
    Incremental,
    dataset_name,
    product_of,
)

_KEYS = Keys(known=(*INTERVAL_KEYS, "append", *MERGE_KEYS, "forward_only"))
#: What a form is called -> the keys that tell it, and all that it may have besides `forward_only`.
_FORMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "by": (("by", "grain"), INTERVAL_KEYS),
        "append": (("append",), ("append",)),
        "key": (("key", "merge"), MERGE_KEYS),
    }
)
_FORMS_FIX = (
    "write {by: <time column>, grain: day}, {append: true} or {key: [<columns>], merge: upsert}, one of the three"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class IncrementalEntry:
    """What `pipeline.yaml` says under ``incremental``; what needs the node's inputs is not looked at yet."""

    #: None where it cannot be used.
    incremental: Incremental | None = None
    depends: tuple[NamedInput, ...] = ()
    #: Whether it cuts into intervals, readable or not: then the code may ask for the interval's start and end.
    has_intervals: bool = False


NO_INCREMENTAL = IncrementalEntry()


def read_incremental(node: Fields) -> IncrementalEntry:
    """Return what a node's ``incremental`` says, with findings for all that is wrong with it by itself."""
    mapping = node.nested("incremental")
    if mapping is None:
        return NO_INCREMENTAL
    what = f"'incremental' of {node.what}"
    fields = open_fields(mapping, _KEYS, what=what, findings=node.findings, address=node.address)
    form = _form(fields)
    if form is None:
        return IncrementalEntry(has_intervals="by" in fields or "grain" in fields)
    for key in (key for key in _KEYS.known if key in fields and key not in {*_FORMS[form][1], "forward_only"}):
        fields.find(
            "MW-M503",
            f"'{key}' of {what} has no meaning beside '{form}'",
            mapping.span_of(key),
            f"remove '{key}'; beside '{form}' there may be: {', '.join((*_FORMS[form][1], 'forward_only'))}",
        )
    is_forward_only = fields.flag("forward_only") is True
    if form == "by":
        made = read_interval(fields, is_forward_only=is_forward_only)
        return IncrementalEntry(incremental=made, depends=read_depends(fields), has_intervals=True)
    if form == "append":
        return IncrementalEntry(incremental=_by_appending(fields, is_forward_only))
    return IncrementalEntry(incremental=read_merging(fields, is_forward_only=is_forward_only))


def check_use(node: Fields, entry: IncrementalEntry, *, kind: str, reads_files: bool, is_deterministic: bool) -> bool:
    """Whether a node can be built in these parts; a finding where it cannot.

    `kind` is ``sql``, ``python``, ``source`` or ``view``; `reads_files` is about sources.
    """
    span = node.span_of("incremental")
    made = entry.incremental
    before = len(node.findings)
    if kind == "view":
        message = f"{node.what} is a view, which holds no rows that could be built in parts"
        node.find("MW-M509", message, span, "write 'as: table', or remove 'incremental'")
    elif kind == "source" and entry.has_intervals:
        node.find(
            "MW-M509",
            f"{node.what} is a source, and cannot be cut into intervals: all of it is read each time",
            span,
            "write {append: true} or {key: [...], merge: ...}, and cut a model that reads it",
        )
    elif kind == "source" and isinstance(made, ByAppending) and not reads_files:
        node.find(
            "MW-M511",
            f"{node.what} reads no files, so meshwright cannot tell which rows are new",
            span,
            "write {key: [<columns>], merge: upsert}, or remove 'incremental'",
        )
    elif entry.has_intervals and not is_deterministic:
        node.find(
            "MW-M510",
            f"{node.what} is cut into intervals and not deterministic: nobody could tell which interval is up to date",
            span,
            "remove 'deterministic: false' and what depends on when it runs, or append or merge instead",
        )
    _check_parameters(node, entry)
    return len(node.findings) == before


def _check_parameters(node: Fields, entry: IncrementalEntry) -> None:
    """Refuse parameters of the node that its code could never see."""
    for declared in node.entries("params") if entry.has_intervals else ():
        if declared.key in INTERVAL_PARAMETERS:
            node.find(
                "MW-M513",
                f"parameter '{declared.key}' of {node.what} is hidden: there ${declared.key} is a moment of the interval",
                declared.key_span,
                f"rename it, for example to '{declared.key}_day'",
            )


def with_inputs(
    entry: IncrementalEntry, reads: Collection[str], *, address: str, findings: list[Diagnostic]
) -> Incremental | None:
    """Return how a node that reads `reads` is built in parts; a finding for each name under ``depends`` that it does not."""
    if not isinstance(entry.incremental, ByInterval):
        return entry.incremental
    product = product_of(address)
    found: dict[str, Depends] = {}
    for named in entry.depends:
        read = named.name if named.name == EVERY_INPUT or "." in named.name else f"{product}.{named.name}"
        if read != EVERY_INPUT and read not in reads:
            known = [dataset_name(each) if product_of(each) == product else each for each in reads]
            findings.append(
                Diagnostic(
                    code="MW-M512",
                    message=f"'depends' names '{named.name}', which {address} does not read",
                    span=named.span,
                    fix=known_names_hint(named.name, known, what="inputs"),
                    object=address,
                )
            )
        elif read in found:
            message = f"'depends' names {read} twice"
            fix = "keep one of the two"
            findings.append(Diagnostic(code="MW-M512", message=message, span=named.span, fix=fix, object=address))
        else:
            found[read] = named.how
    return replace(entry.incremental, depends=MappingProxyType(found))


def _form(fields: Fields) -> str | None:
    """Return which of the forms it is; None, with a finding, where it is none or several."""
    told = [(form, key) for form, (keys, _) in _FORMS.items() for key in keys if key in fields]
    forms = list(dict.fromkeys(form for form, _ in told))
    if len(forms) > 1:
        first = told[0][1]
        other = next(key for form, key in told if form != forms[0])
        fields.find("MW-M501", f"{fields.what} has '{first}' and '{other}'", fields.mapping.span_of(other), _FORMS_FIX)
        return None
    if not forms:
        fields.find("MW-M502", f"{fields.what} does not say how it is built in parts", fields.mapping.span, _FORMS_FIX)
        return None
    return forms[0]


def _by_appending(fields: Fields, is_forward_only: bool) -> ByAppending | None:
    flag = fields.flag("append")
    if flag is False:
        node = fields.mapping.by_key["append"].value
        fields.wrong_value("append", node, "true", "write 'append: true', or remove 'incremental'")
    return ByAppending(is_forward_only=is_forward_only, span=fields.mapping.span) if flag else None
