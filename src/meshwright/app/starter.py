"""The starter set: policies that ship with meshwright, shown by `policy list --available` and written by `policy add`.

What is written is the mesh's own from then on: it is edited like any other policy, and nothing writes over it.
"""

from __future__ import annotations

import contextlib
import importlib.resources
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.policy_reports import AddedPolicies, StarterPolicy, StarterReport
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, WorldError, known_names_hint
from meshwright.files.discovery import EXAMPLES_SUFFIX, MODEL_SUFFIX
from meshwright.files.headers import read_header
from meshwright.files.places import POLICIES_FOLDER
from meshwright.files.policies import HEADERS, LEVELS
from meshwright.frozen import dataclass

_PACKAGE = "meshwright.templates"
_LEVEL_LINE = re.compile(r"^-- level: \w+$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyWish:
    """What `policy add` is asked for, as written."""

    names: tuple[str, ...] = ()
    is_all: bool = False
    #: The domain that they are to judge; None for the whole mesh.
    domain: str | None = None
    #: In place of the level that they come with.
    level: str | None = None


def starter_policies() -> tuple[StarterPolicy, ...]:
    """Return the starter set, by name."""
    folder = importlib.resources.files(_PACKAGE).joinpath("policies")
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    return tuple(
        _starter(name.removesuffix(MODEL_SUFFIX), text, texts[name.removesuffix(MODEL_SUFFIX) + EXAMPLES_SUFFIX])
        for name, text in sorted(texts.items())
        if name.endswith(MODEL_SUFFIX)
    )


def list_starter_policies(workspace: Workspace) -> StarterReport:
    """Return the starter set, each with where the mesh has it. Raises InputError where the mesh cannot be used at all."""
    with open_mesh(workspace, "prod") as opened:
        places: dict[str, list[str]] = {}
        for policy in opened.mesh.all_policies():
            if policy.span is not None:
                places.setdefault(policy.name, []).append(policy.span.file)
        return StarterReport(policies=tuple((each, tuple(places.get(each.name, ()))) for each in starter_policies()))


def add_policies(workspace: Workspace, wish: PolicyWish) -> AddedPolicies:
    """Write starter policies with their examples into the folder of policies of the mesh, or of a domain.

    All that are asked for are written, or none. Raises InputError (MW-L039, MW-L040, MW-L031, MW-V202), WorldError (MW-L036).
    """
    chosen = _chosen(wish)
    if wish.level is not None and wish.level not in LEVELS:
        message, fix = (
            f"'{wish.level[:60]}' is no level of a policy",
            known_names_hint(wish.level, LEVELS, what="levels"),
        )
        raise InputError(Diagnostic(code="MW-V202", message=message, fix=fix))
    with open_mesh(workspace, "prod") as opened:
        folder = _folder(opened, wish.domain)
        taken = {policy.name: why for policy in chosen if (why := _taken(opened, folder, policy.name, wish.domain))}
        if taken and not wish.is_all:
            fix = "edit what is there, or remove it first"
            raise InputError(*(Diagnostic(code="MW-L040", message=why, fix=fix) for why in taken.values()))
        added = [policy for policy in chosen if policy.name not in taken]
        texts: dict[str, str] = {}
        for policy in added:
            texts[f"{folder}/{policy.name}{MODEL_SUFFIX}"] = _with_level(policy.text, wish.level)
            texts[f"{folder}/{policy.name}{EXAMPLES_SUFFIX}"] = policy.examples
        return AddedPolicies(
            files=_write(workspace.root, texts),
            added=tuple(policy.name for policy in added),
            left=tuple(sorted(taken.items())),
        )


def _starter(name: str, text: str, examples: str) -> StarterPolicy:
    header = {key: value.text for key, value in read_header(text, name, HEADERS, []).items()}
    return StarterPolicy(name=name, text=text, examples=examples, **header)


def _chosen(wish: PolicyWish) -> tuple[StarterPolicy, ...]:
    known = {policy.name: policy for policy in starter_policies()}
    if wish.is_all:
        return tuple(known.values())
    unknown = [name for name in wish.names if name not in known]
    if unknown:
        raise InputError(
            *(
                Diagnostic(
                    code="MW-L039",
                    message=f"no starter policy is called '{name[:60]}'",
                    fix=f"{known_names_hint(name, known, what='starter policies')}; mw policy list --available says why",
                )
                for name in unknown
            )
        )
    return tuple(known[name] for name in dict.fromkeys(wish.names))


def _folder(opened: OpenedMesh, domain: str | None) -> str:
    if domain is None:
        return POLICIES_FOLDER
    found = opened.mesh.domains.get(domain)
    if found is None or found.span is None:
        fix = known_names_hint(domain, opened.mesh.domains, what="domains")
        raise InputError(Diagnostic(code="MW-L031", message=f"there is no domain '{domain[:60]}'", fix=fix))
    return f"{found.span.file.rpartition('/')[0]}/{POLICIES_FOLDER}"


def _taken(opened: OpenedMesh, folder: str, name: str, domain: str | None) -> str | None:
    """Say why a policy cannot be written; None where it can."""
    path = f"{folder}/{name}{MODEL_SUFFIX}"
    if (opened.workspace.root / path).exists():
        return f"{path} is there already"
    for policy in opened.mesh.all_policies():
        # The mesh's judges the domains too; a domain's of the same name would be refused beside it.
        if policy.name == name and (policy.domain is None or domain is None):
            return f"{policy.span.file if policy.span else policy.address} is a policy '{name}' already"
    return None


def _with_level(text: str, level: str | None) -> str:
    return text if level is None else _LEVEL_LINE.sub(f"-- level: {level}", text, count=1)


def _write(root: Path, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Write files that are not there yet, all of them or none; examples that are there already are left. Raises WorldError."""
    written: list[str] = []
    try:
        for name, text in texts.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            is_kept = name.endswith(EXAMPLES_SUFFIX)
            with (
                contextlib.suppress(*([FileExistsError] if is_kept else [])),
                file.open("x", encoding="utf-8") as opened,
            ):
                written.append(name)
                opened.write(text)
    except OSError as error:
        _take_back(root, written)
        raise WorldError(
            Diagnostic(
                code="MW-L036",
                message=f"cannot write {error.filename or root}: {error.strerror or error}; nothing was added",
                fix="make room, or let the user that runs meshwright write there",
            )
        ) from error
    except BaseException:
        _take_back(root, written)
        raise
    return tuple(sorted(written))


def _take_back(root: Path, written: Sequence[str]) -> None:
    for name in written:
        (root / name).unlink(missing_ok=True)
