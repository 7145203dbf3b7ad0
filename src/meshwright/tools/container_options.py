"""Options of ``container`` nodes, and the arguments of docker and podman that they stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.processes import find_executable
from meshwright.tools.protocol import Job, Json, Place, Problem

PROGRAMS = ("docker", "podman")
KEYS = (
    "image", "command", "entrypoint", "variables", "mounts", "network", "memory", "cpus", "user", "folder", "pull", "platform",
    "gpus", "program", "arguments",
)  # fmt: skip
INSTALL = "install Docker or Podman, on Debian and Ubuntu: apt-get install podman"
#: Where a container finds what is its own.
INSIDE = "/meshwright"
_PULLS = ("missing", "always", "never")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MEMORY = re.compile(r"[0-9]+[bkmg]?", re.IGNORECASE)
#: Options that are one text, and the argument of each.
_TEXTS = {"network": "--network", "user": "--user", "folder": "--workdir", "platform": "--platform", "gpus": "--gpus"}
#: Arguments that we set ourselves, or that would end what makes a job one.
_OURS = ("--name", "--rm", "-d", "--detach", "-i", "-t", "-it", "--restart", "--env-file", "--cidfile", "--label", "-l")


def option_problems(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    """Find what is wrong with a node's options."""
    for name in options:
        if name not in KEYS:
            yield Problem(path=(name,), message=f"unknown key '{name}'", fix=known_names_hint(name, KEYS, what="keys"))
    image = options.get("image")
    if image is None:
        yield Problem(message="there is no image", fix="write for example image: python:3.13-slim")
    elif not isinstance(image, str) or not ("${" in image or _IMAGE.fullmatch(image)):
        yield Problem(path=("image",), message=f"{image!r} is no name of an image")
    for name in ("command", "entrypoint"):
        value = options.get(name)
        if value is not None and not isinstance(value, str) and not _is_words(value):
            yield Problem(path=(name,), message=f"{name} is a text, or a list of texts")
    yield from _variable_problems(options)
    yield from _mount_problems(options, place)
    yield from _limit_problems(options)
    yield from _argument_problems(options.get("arguments", ()))
    program = options.get("program")
    if program is not None and program not in PROGRAMS:
        yield Problem(path=("program",), message=f"program is docker or podman, not {program!r}")
    elif program_of(options, place) is None:
        wanted = f"'{program}' is" if program is not None else "'docker' and 'podman' are"
        yield Problem(message=f"{wanted} not installed", fix=INSTALL)


def program_of(options: Mapping[str, Json], place: Place) -> str | None:
    """Return the program that runs containers: the one that is named, else the first that is installed; None for neither."""
    named = options.get("program")
    return next((each for each in PROGRAMS if named in (None, each) and find_executable(each, place)), None)


def name_of(job: Job) -> str:
    """Return the name of the job's container: an engine has one of a name."""
    return f"meshwright-{job.id}"


def create_words(job: Job) -> list[str]:
    """Return the arguments that make the container of a job, without starting it. Values of variables are not among them."""
    options = job.options
    words = ["create", "--name", name_of(job)]
    for name, value in (("job", job.id), ("node", job.node), ("run", job.run_id)):
        words += ["--label", f"meshwright.{name}={value}"]
    for name in sorted(variables_of(job)):
        words += ["--env", name]  # its value comes from the client's own environment
    words += ["--volume", f"{job.scratch / 'container'}:{INSIDE}"]
    for folder in sorted({str(file.parent.resolve()) for table in job.inputs.values() for file in table.files}):
        words += ["--volume", f"{folder}:{folder}:ro"]
    mounts = options.get("mounts")
    if isinstance(mounts, Mapping):
        for inside, outside in mounts.items():
            path, _, mode = str(outside).partition(":")
            words += ["--volume", f"{(job.place.root / path).resolve()}:{inside}:{mode or 'ro'}"]
    for name, argument in _TEXTS.items():
        if options.get(name) is not None:
            words += [argument, str(options[name])]
    for name in ("memory", "cpus", "pull"):
        if options.get(name) is not None:
            words += [f"--{name}", str(options[name])]
    command, entrypoint = options.get("command"), options.get("entrypoint")
    after: list[str] = []
    if isinstance(entrypoint, str):
        words += ["--entrypoint", entrypoint]
    elif isinstance(entrypoint, list | tuple):  # the client takes one word; the others go before the command
        words += ["--entrypoint", str(entrypoint[0])]
        after = [str(word) for word in entrypoint[1:]]
    given = options.get("arguments")
    words += [str(word) for word in given] if isinstance(given, list | tuple) else []
    words.append(str(options["image"]))
    if isinstance(command, str):
        return [*words, *after, "/bin/sh", "-c", command]
    return [*words, *after, *(str(word) for word in command)] if isinstance(command, list | tuple) else [*words, *after]


def variables_of(job: Job) -> dict[str, str]:
    """Return the environment of the container."""
    given = job.options.get("variables", {})
    assert isinstance(given, Mapping)
    found = {str(name): str(value) for name, value in given.items()}
    for name, table in job.inputs.items():
        found[f"MESHWRIGHT_INPUT_{name.upper()}"] = "\n".join(str(file.resolve()) for file in table.files)
    for name, value in job.params.items():
        found[f"MESHWRIGHT_PARAM_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return found | {
        "MESHWRIGHT_JOB": job.id,
        "MESHWRIGHT_VALUES": f"{INSIDE}/values.json",
        "MESHWRIGHT_TABLES": f"{INSIDE}/tables",
    }


def _limit_problems(options: Mapping[str, Json]) -> Iterator[Problem]:
    for name in (*_TEXTS, "memory"):
        value = options.get(name)
        if value is not None and (not isinstance(value, str) or not value or value.startswith("-")):
            yield Problem(path=(name,), message=f"{value!r} is no {name}")
        elif name == "memory" and isinstance(value, str) and not ("${" in value or _MEMORY.fullmatch(value)):
            fix = "write for example memory: 512m, or 2g"
            yield Problem(path=(name,), message=f"'{value}' is no size of memory", fix=fix)
    cpus = options.get("cpus")
    if cpus is not None and (isinstance(cpus, bool) or not isinstance(cpus, int | float) or cpus <= 0):
        yield Problem(path=("cpus",), message=f"{cpus!r} is no number of processors")
    if options.get("pull", "missing") not in _PULLS:
        yield Problem(path=("pull",), message="pull is missing, always or never")


def _argument_problems(arguments: Json) -> Iterator[Problem]:
    if not arguments:
        return
    if not isinstance(arguments, list | tuple) or not all(isinstance(word, str) for word in arguments):
        yield Problem(path=("arguments",), message="arguments are a list of texts")
        return
    for word in arguments:
        if str(word).partition("=")[0] in _OURS:
            yield Problem(path=("arguments",), message=f"{word} is set by meshwright", fix="remove it")


def _variable_problems(options: Mapping[str, Json]) -> Iterator[Problem]:
    variables = options.get("variables", {})
    if not isinstance(variables, Mapping) or not all(isinstance(value, str) for value in variables.values()):
        yield Problem(path=("variables",), message="variables are names with texts")
        return
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            yield Problem(path=("variables", name), message=f"'{name}' is no name of a variable")


def _mount_problems(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    mounts = options.get("mounts")
    if mounts is None:
        return
    if not isinstance(mounts, Mapping):
        yield Problem(
            path=("mounts",), message="mounts are folders inside with folders of the mesh", fix="mounts: {/data: data}"
        )
        return
    for inside, outside in mounts.items():
        path, _, mode = str(outside).partition(":")
        if not inside.startswith("/") or ":" in inside:
            yield Problem(path=("mounts", inside), message=f"'{inside}' is no folder inside: it begins with /")
        elif mode not in {"", "ro", "rw"}:
            yield Problem(path=("mounts", inside), message=f"a mount is ro or rw, not '{mode}'")
        elif "${" not in path and not (place.root / path).exists():
            yield Problem(path=("mounts", inside), message=f"there is no '{path}'", fix="it is relative to the mesh")


def _is_words(value: Json) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(word, str) for word in value)
