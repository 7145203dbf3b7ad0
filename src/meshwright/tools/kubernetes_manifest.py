"""The manifest of a Kubernetes job: made from a node's options, or given, and then named and labelled by us."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.http_options import plain
from meshwright.tools.processes import find_executable
from meshwright.tools.protocol import Job, Json, Place, Problem, ToolFailed

_CLIENT = ("namespace", "context", "kubeconfig")
_MADE = (
    "image", "command", "entrypoint", "variables", "secrets", "cpus", "memory", "service_account", "pull_secret", "labels", "keep",
)  # fmt: skip
KEYS = (*_CLIENT, *_MADE, "manifest")
INSTALL = "install kubectl: kubernetes.io/docs/tasks/tools; on Debian and Ubuntu: apt-get install kubernetes-client"
#: Days that a finished job is kept in the cluster.
_KEEP = "1d"
#: A name of Kubernetes: of jobs, namespaces, secrets.
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
_DURATION = re.compile(r"([0-9]+)(s|m|h|d)")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MANIFEST_BYTES = 256 * 1024
_LABELS = "meshwright"


def name_of(job: Job) -> str:
    """Return the name of a job in the cluster: a namespace has one of a name."""
    name = f"mw-{job.id}"
    return name if _NAME.fullmatch(name) else f"mw-{hashlib.sha256(job.id.encode()).hexdigest()[:40]}"


def option_problems(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    """Find what is wrong with a node's options."""
    for name in options:
        if name not in KEYS:
            yield Problem(path=(name,), message=f"unknown key '{name}'", fix=known_names_hint(name, KEYS, what="keys"))
    for name in ("namespace", "context", "service_account", "pull_secret"):
        value = options.get(name)
        is_right = isinstance(value, str) and ("${" in value or name == "context" or _NAME.fullmatch(value))
        if value is not None and not (is_right and value):
            yield Problem(path=(name,), message=f"{value!r} is no {name.replace('_', ' ')}")
    kubeconfig = options.get("kubeconfig")
    if kubeconfig is not None and not isinstance(kubeconfig, str):
        yield Problem(path=("kubeconfig",), message="kubeconfig is the path of a file")
    elif isinstance(kubeconfig, str) and "${" not in kubeconfig and not (place.root / kubeconfig).is_file():
        yield Problem(
            path=("kubeconfig",), message=f"there is no file '{kubeconfig}'", fix="it is relative to the mesh"
        )
    if options.get("manifest") is not None:
        for name in _MADE:
            if name in options:
                yield Problem(
                    path=(name,),
                    message=f"'{name}' and a manifest are both given",
                    fix=f"write '{name}' into the manifest",
                )
        yield from _manifest_problems(options["manifest"], place)
    else:
        yield from _made_problems(options)
    if find_executable("kubectl", place) is None:
        yield Problem(message="'kubectl' is not installed", fix=INSTALL)


def manifest_of(job: Job) -> dict[str, Any]:
    """Return the manifest of a job. Raises ToolFailed where a given one cannot be read."""
    given = job.options.get("manifest")
    if given is None:
        found = _made(job)
    else:
        try:
            found = _read(given, job.place)
        except ValueError as error:
            raise ToolFailed(f"the manifest {error}", is_retryable=False) from error
    metadata = dict(found.get("metadata") or {})
    metadata.pop("generateName", None)
    labels = {
        f"{_LABELS}/job": name_of(job).removeprefix("mw-"),
        f"{_LABELS}/node": job.node.replace("@", "_")[:63].rstrip("-_."),
    }
    metadata |= {"name": name_of(job), "labels": {**(metadata.get("labels") or {}), **labels}}
    return {**found, "metadata": metadata}


def manifest_file(options: Mapping[str, Json], place: Place) -> Path | None:
    """Return the file of a manifest that is one."""
    given = options.get("manifest")
    return place.folder / given if isinstance(given, str) else None


def _made(job: Job) -> dict[str, Any]:
    options = job.options
    variables = {
        **{f"MESHWRIGHT_PARAM_{name.upper()}": value for name, value in job.params.items()},
        **_mapping(options, "variables"),
        "MESHWRIGHT_JOB": job.id,
        "MESHWRIGHT_VALUES": "/dev/termination-log",
    }
    env: list[dict[str, Any]] = [
        {"name": name, "value": value if isinstance(value, str) else json.dumps(value)}
        for name, value in variables.items()
    ]
    for name, where in _mapping(options, "secrets").items():
        secret, _, key = str(where).partition("/")
        env.append({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}})
    container: dict[str, Any] = {
        "name": "main",
        "image": str(options["image"]),
        "env": env,
        # Its values are what it writes there; where it fails without a word, the end of its log stands in for them.
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    command, entrypoint = options.get("command"), options.get("entrypoint")
    if entrypoint is not None:
        container["command"] = [entrypoint] if isinstance(entrypoint, str) else plain(entrypoint)
    if isinstance(command, str):
        container["args" if entrypoint is not None else "command"] = ["/bin/sh", "-c", command]
    elif command is not None:
        container["args"] = plain(command)
    sizes = {theirs: str(options[ours]) for ours, theirs in (("cpus", "cpu"), ("memory", "memory")) if ours in options}
    if sizes:
        container["resources"] = {"requests": sizes, "limits": sizes}
    pod: dict[str, Any] = {"restartPolicy": "Never", "containers": [container]}
    if options.get("service_account") is not None:
        pod["serviceAccountName"] = options["service_account"]
    if options.get("pull_secret") is not None:
        pod["imagePullSecrets"] = [{"name": options["pull_secret"]}]
    labels = dict(_mapping(options, "labels"))
    template: dict[str, Any] = {"spec": pod}
    if labels:
        template["metadata"] = {"labels": labels}
    found = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        # Trying again is the node's business: `retry`.
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": _seconds(options.get("keep", _KEEP)),
            "template": template,
        },
    }
    return {**found, "metadata": {"labels": labels}} if labels else found


def _made_problems(options: Mapping[str, Json]) -> Iterator[Problem]:
    image = options.get("image")
    if image is None:
        yield Problem(message="there is no image, and no manifest", fix="write for example image: python:3.13-slim")
    elif not isinstance(image, str) or not ("${" in image or _IMAGE.fullmatch(image)):
        yield Problem(path=("image",), message=f"{image!r} is no name of an image")
    for name in ("command", "entrypoint"):
        value = options.get(name)
        is_words = isinstance(value, list | tuple) and value and all(isinstance(word, str) for word in value)
        if value is not None and not isinstance(value, str) and not is_words:
            yield Problem(path=(name,), message=f"{name} is a text, or a list of texts")
    for name in ("variables", "secrets", "labels"):
        yield from _name_problems(name, options.get(name))
    for name in ("cpus", "memory"):
        value = options.get(name)
        if value is not None and (
            isinstance(value, bool) or not ("${" in str(value) or _QUANTITY.fullmatch(str(value)))
        ):
            fix = "write for example cpus: 500m, memory: 2Gi"
            yield Problem(path=(name,), message=f"{value!r} is no quantity of Kubernetes", fix=fix)
    if _seconds(options.get("keep", _KEEP)) is None:
        yield Problem(path=("keep",), message=f"{options['keep']!r} is no duration", fix="write for example keep: 1d")


def _name_problems(name: str, given: Json) -> Iterator[Problem]:
    if given is None:
        return
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        yield Problem(path=(name,), message=f"{name} are names with texts")
        return
    for key, value in given.items():
        if name != "labels" and not _VARIABLE.fullmatch(key):
            yield Problem(path=(name, key), message=f"'{key}' is no name of a variable")
        elif name == "secrets" and not all(str(value).partition("/")[::2]):
            fix = "write for example secrets: {TOKEN: warehouse/token}"
            yield Problem(path=(name, key), message=f"'{value}' is no key of a secret, SECRET/KEY", fix=fix)
        elif name == "labels" and not _LABEL_VALUE.fullmatch(str(value)):
            yield Problem(path=(name, key), message=f"'{value}' is no value of a label")


def _manifest_problems(given: Json, place: Place) -> Iterator[Problem]:
    try:
        found = _read(given, place)
    except ValueError as error:
        yield Problem(path=("manifest",), message=f"the manifest {error}")
        return
    if (found.get("apiVersion"), found.get("kind")) != ("batch/v1", "Job"):
        shown = f"{found.get('apiVersion')} {found.get('kind')}"
        yield Problem(path=("manifest",), message=f"the manifest is of a {shown}, not of a batch/v1 Job")
    spec = found.get("spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    pod = template.get("spec") if isinstance(template, dict) else None
    containers = pod.get("containers") if isinstance(pod, dict) else None
    if not isinstance(containers, list) or not containers:
        yield Problem(path=("manifest",), message="the manifest has no spec.template.spec.containers")
    elif isinstance(pod, dict) and pod.get("restartPolicy") not in {"Never", "OnFailure"}:
        fix = "write restartPolicy: Never"
        yield Problem(path=("manifest",), message="the pods of a job restart Never or OnFailure", fix=fix)
    if not isinstance(found.get("metadata", {}), dict):
        yield Problem(path=("manifest",), message="the manifest's metadata are names with values")


def _read(given: Json, place: Place) -> dict[str, Any]:
    """Return a manifest that stands in the options, or in a file. Raises ValueError, whose text goes on after 'the manifest'."""
    if isinstance(given, Mapping):
        found = plain(given)
        assert isinstance(found, dict)
        return found
    if not isinstance(given, str):
        raise ValueError("is the path of a file, or stands here")  # noqa: TRY004 - one kind of error for all that is wrong
    import yaml  # lazy: only for manifests in files

    path = place.folder / given
    try:
        with path.open("rb") as file:
            data = file.read(_MANIFEST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{given} cannot be read: {error.strerror}") from error
    if len(data) > _MANIFEST_BYTES:
        raise ValueError(f"{given} is larger than {_MANIFEST_BYTES // 1024} KB")
    try:
        text = data.decode()
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise ValueError(f"{given} has aliases (*name), which are not read")
        found = yaml.safe_load(text)
    except RecursionError as error:
        raise ValueError(f"{given} is nested too deep") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise ValueError(f"{given}{where} is no YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{given} is no mapping")  # noqa: TRY004
    return found


def _seconds(value: Json) -> int | None:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) * _UNITS_S[found[2]] if found and len(found[1]) < 8 else None


def _mapping(options: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = options.get(name)
    return found if isinstance(found, Mapping) else {}
