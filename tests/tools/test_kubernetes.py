"""Jobs of Kubernetes: manifests against its published schema, the real kubectl against a fake of its API."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.tools.kubernetes import Kubernetes
from meshwright.tools.kubernetes_manifest import manifest_of, name_of
from meshwright.tools.protocol import Job, JobState, ToolFailed
from tests.tools.driving import drive, follow, job_of, place_of
from tests.tools.installed import tool_bin
from tests.tools.kube_api import Cluster, failed, running_cluster

TOOL = Kubernetes()
WHOLE = {
    "image": "python:3.13", "command": ["-m", "load"], "entrypoint": ["python", "-I"], "variables": {"A": "1"},
    "secrets": {"TOKEN": "warehouse/token"}, "cpus": "500m", "memory": "2Gi", "service_account": "loader",
    "pull_secret": "registry", "labels": {"team": "sales"}, "keep": "2h",
}  # fmt: skip
MANIFEST = """
apiVersion: batch/v1
kind: Job
metadata: {generateName: mine-, labels: {team: sales}}
spec:
  template:
    spec:
      restartPolicy: OnFailure
      containers: [{name: it, image: "busybox:1", command: ["true"]}]
"""
#: The oldest and the newest version whose schema we look at.
VERSIONS = ("1.25", "1.37")
needs_kubectl = [
    pytest.mark.tools,
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed"),
]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as found:
        yield found


def wanted(tmp_path: Path, cluster: Cluster, **more: object) -> Job:
    return job_of(tmp_path, {"image": "x", "command": "true", "kubeconfig": cluster.kubeconfig(tmp_path), **more})


def ended(code: int, message: str = "") -> dict:
    return {"terminated": {"exitCode": code, "reason": "Completed" if code == 0 else "Error", "message": message,
                           "finishedAt": "2026-11-30T11:00:09Z"}}  # fmt: skip


class TestKubectl:
    pytestmark = needs_kubectl

    def test_a_job_is_created_watched_and_collected(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        handle = TOOL.start(job)
        assert cluster.jobs[handle]["spec"]["template"]["spec"]["containers"][0]["command"] == ["/bin/sh", "-c", "true"]
        first = TOOL.poll(job, handle, "")
        assert first.state is JobState.WAITING
        cluster.move(handle, "Running", {"running": {}})
        cluster.logs[f"{handle}-x1"] = ["2026-11-30T11:00:01.25Z one", "2026-11-30T11:00:02Z two"]
        second = TOOL.poll(job, handle, first.cursor)
        assert (second.state, second.lines, second.steps[0].state) == (JobState.RUNNING, ("one", "two"), "running")
        cluster.logs[f"{handle}-x1"] += ["2026-11-30T11:00:02Z two again", "2026-11-30T11:00:03Z three"]
        cluster.move(handle, "Succeeded", ended(0, '{"rows": 3}'), {"type": "Complete"})
        third = TOOL.poll(job, handle, second.cursor)
        assert (third.state, third.lines) == (JobState.SUCCEEDED, ("two again", "three"))
        outcome = TOOL.collect(job, handle)
        assert outcome.values == {"rows": 3}
        assert [(step.name, step.kind, step.state) for step in outcome.steps] == [(f"{handle}-x1", "pod", "succeeded")]

    def test_a_job_whose_results_were_taken_is_not_created_again(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        handle = TOOL.start(job)
        cluster.move(handle, "Succeeded", ended(0, '{"rows": 3}'), {"type": "Complete"})
        drive(TOOL, job)
        cluster.jobs.clear()  # its time in the cluster was over
        assert TOOL.find(job) == TOOL.start(job) == handle
        assert TOOL.poll(job, handle, "").state is JobState.SUCCEEDED
        assert TOOL.collect(job, handle).values == {"rows": 3}
        assert cluster.created == 1

    def test_a_failure_is_told_in_the_clusters_words(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        handle = TOOL.start(job)
        said = {
            "type": "Failed",
            "reason": "BackoffLimitExceeded",
            "message": "Job has reached the specified backoff limit",
        }
        cluster.move(handle, "Failed", ended(3, "no such table\n"), said)
        driven = drive(TOOL, job)
        assert (driven.state, driven.error) == (
            JobState.FAILED,
            "BackoffLimitExceeded: Job has reached the specified backoff limit\n"
            f"{handle}-x1: main ended with status 3 (Error)\nno such table",
        )

    def test_why_a_job_does_not_begin_is_told_once(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        handle = TOOL.start(job)
        cluster.move(
            handle, "Pending", {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x"'}}
        )
        first = TOOL.poll(job, handle, "")
        assert (first.state, first.lines) == (
            JobState.WAITING,
            ('Kubernetes: ImagePullBackOff: Back-off pulling image "x"',),
        )
        assert TOOL.poll(job, handle, first.cursor).lines == ()

    def test_a_job_is_created_once_however_often(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        assert {TOOL.start(job), TOOL.start(job), TOOL.find(job)} == {name_of(job)}
        assert cluster.created == 1

    @pytest.mark.parametrize("moment", ["asked", "created"])
    def test_a_job_is_created_once_though_its_starter_is_killed(
        self, tmp_path: Path, cluster: Cluster, moment: str
    ) -> None:
        job = wanted(tmp_path, cluster)
        code = textwrap.dedent(
            f"""
            import os, pathlib, signal
            from meshwright.tools import kubernetes
            from tests.tools.driving import job_of
            said = kubernetes._said
            def killed(job, words, **more):
                if {moment!r} == "created":
                    said(job, words, **more)
                os.kill(os.getpid(), signal.SIGKILL)
            kubernetes._said = killed
            kubernetes.Kubernetes().start(job_of(pathlib.Path({str(tmp_path)!r}), {dict(job.options)!r}))
            """
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
        assert done.returncode == -9
        assert (TOOL.find(job) is not None) is (moment == "created")
        TOOL.start(job)
        assert cluster.created == 1

    def test_a_cancelled_job_is_deleted(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        handle = TOOL.start(job)
        TOOL.cancel(job, handle)
        TOOL.cancel(job, handle)
        assert cluster.jobs == {}
        assert follow(TOOL, job, handle).state is JobState.CANCELLED
        assert TOOL.find(job) == TOOL.start(job) == handle
        assert cluster.created == 1

    def test_a_job_that_somebody_deleted_is_lost(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        handle = TOOL.start(job)
        cluster.jobs.clear()
        assert TOOL.poll(job, handle, "").state is JobState.LOST

    @pytest.mark.parametrize(
        ("code", "reason", "is_retryable"),
        [
            (403, "Forbidden", False),
            (422, "Invalid", False),
            (503, "ServiceUnavailable", True),
            (500, "InternalError", True),
        ],
    )
    def test_a_refusal_is_told_in_the_clusters_words(
        self, tmp_path: Path, cluster: Cluster, code: int, reason: str, is_retryable: bool
    ) -> None:
        cluster.fault = failed(code, reason, 'User "ana" is not allowed')
        with pytest.raises(
            ToolFailed, match=r'(Error from server|The request is invalid).*: User "ana" is not allowed'
        ) as caught:
            TOOL.start(wanted(tmp_path, cluster))
        assert caught.value.is_retryable is is_retryable

    def test_a_cluster_that_cannot_be_reached_can_be_tried_again(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        config = tmp_path / "kubeconfig"
        config.write_text(config.read_text().replace(str(cluster.web.port), "1"))
        with pytest.raises(ToolFailed, match="was refused") as caught:
            TOOL.find(job)
        assert caught.value.is_retryable

    def test_values_that_are_no_object_are_refused(self, tmp_path: Path, cluster: Cluster) -> None:
        job = wanted(tmp_path, cluster)
        handle = TOOL.start(job)
        cluster.move(handle, "Succeeded", ended(0, "{rows"), {"type": "Complete"})
        with pytest.raises(ToolFailed, match="the values it left are not JSON"):
            TOOL.collect(job, handle)

    def test_a_given_manifest_keeps_what_it_says_but_its_name(self, tmp_path: Path, cluster: Cluster) -> None:
        (tmp_path / "job.yaml").write_text(MANIFEST)
        job = job_of(tmp_path, {"manifest": "job.yaml", "kubeconfig": cluster.kubeconfig(tmp_path)})
        created = cluster.jobs[TOOL.start(job)]
        assert created["metadata"]["name"] == name_of(job)
        assert created["metadata"]["labels"]["team"] == "sales"
        assert created["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure"


@pytest.mark.tools
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "options", [WHOLE, {"image": "x"}, {"image": "x", "command": "true"}, {"manifest": "job.yaml"}]
)
def test_manifests_are_valid_to_kubernetes_own_schema(tmp_path: Path, version: str, options: dict) -> None:
    (tmp_path / "job.yaml").write_text(MANIFEST)
    manifest = manifest_of(job_of(tmp_path, options, params={"day": 7, "name": "x", "on": True}))
    validate = [tool_bin("kubernetes") / "kubernetes-validate", "--strict", "--kubernetes-version", version, "-"]
    good = subprocess.run(validate, input=json.dumps(manifest), capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout + good.stderr
    manifest["spec"]["template"]["spec"]["containers"][0]["imagge"] = "x"
    bad = subprocess.run(validate, input=json.dumps(manifest), capture_output=True, text=True, check=False)
    assert bad.returncode != 0


def test_every_option_stands_in_the_manifest(tmp_path: Path) -> None:
    manifest = manifest_of(job_of(tmp_path, WHOLE, job_id="job-1", params={"day": 7}))
    assert manifest == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "mw-job-1",
            "labels": {"team": "sales", "meshwright/job": "job-1", "meshwright/node": "sales.orders.task"},
        },
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": 7200,
            "template": {
                "metadata": {"labels": {"team": "sales"}},
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": "loader",
                    "imagePullSecrets": [{"name": "registry"}],
                    "containers": [
                        {
                            "name": "main",
                            "image": "python:3.13",
                            "command": ["python", "-I"],
                            "args": ["-m", "load"],
                            "terminationMessagePolicy": "FallbackToLogsOnError",
                            "resources": {
                                "requests": {"cpu": "500m", "memory": "2Gi"},
                                "limits": {"cpu": "500m", "memory": "2Gi"},
                            },
                            "env": [
                                {"name": "MESHWRIGHT_PARAM_DAY", "value": "7"},
                                {"name": "A", "value": "1"},
                                {"name": "MESHWRIGHT_JOB", "value": "job-1"},
                                {"name": "MESHWRIGHT_VALUES", "value": "/dev/termination-log"},
                                {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "warehouse", "key": "token"}}},
                            ],
                        }
                    ],
                },
            },
        },
    }


def test_a_given_manifest_has_our_name_and_keeps_its_labels(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(MANIFEST)
    assert manifest_of(job_of(tmp_path, {"manifest": "job.yaml"}, job_id="job-1"))["metadata"] == {
        "name": "mw-job-1",
        "labels": {"team": "sales", "meshwright/job": "job-1", "meshwright/node": "sales.orders.task"},
    }


@pytest.mark.parametrize("job_id", ["a" * 64, "Job-A", "job-", "x" * 60 + "-"])
def test_the_name_is_one_that_kubernetes_takes(tmp_path: Path, job_id: str) -> None:
    name = name_of(job_of(tmp_path, {}, job_id=job_id))
    assert len(name) <= 63
    assert name == name.lower()
    assert name[-1].isalnum()


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program that stands for kubectl."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "kubectl").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}/bin{os.pathsep}/usr/bin:/bin")


def test_the_client_is_given_where_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, f'printf "%s\\n" "$@" > {tmp_path}/words')
    (tmp_path / "kube").touch()
    job = job_of(tmp_path, {"image": "x", "kubeconfig": "kube", "context": "my ctx", "namespace": "data"})
    assert TOOL.find(job) is None
    assert (tmp_path / "words").read_text().splitlines() == [
        "--request-timeout=10s", f"--kubeconfig={tmp_path}/kube", "--context=my ctx", "--namespace=data",
        "get", "job", name_of(job), "--ignore-not-found", "-o", "json",
    ]  # fmt: skip


@pytest.mark.parametrize("printed", ["[]", "hello", "3"])
def test_an_answer_of_another_shape_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    fake(tmp_path, monkeypatch, f"echo '{printed}'")
    with pytest.raises(ToolFailed, match="kubectl does not answer in JSON"):
        TOOL.poll(job_of(tmp_path, {"image": "x"}), "x", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "the manifest job.yaml:1:5 is no YAML: expected the node content, but found '<stream end>'"),
        ("- 1", "the manifest job.yaml is no mapping"),
        ("a: &x 1\nb: *x", "the manifest job.yaml has aliases (*name), which are not read"),
        ("[" * 5000, "the manifest job.yaml is nested too deep"),
        ("a: " + "x" * 300_000, "the manifest job.yaml is larger than 256 KB"),
        (
            MANIFEST.replace("kind: Job", "kind: CronJob"),
            "the manifest is of a batch/v1 CronJob, not of a batch/v1 Job",
        ),
        (MANIFEST.replace("OnFailure", "Always"), "the pods of a job restart Never or OnFailure"),
        (MANIFEST.replace("containers:", "container:"), "the manifest has no spec.template.spec.containers"),
    ],
)
def test_a_wrong_manifest_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    fake(tmp_path, monkeypatch, "true")
    (tmp_path / "job.yaml").write_text(text)
    assert [problem.message for problem in TOOL.problems({"manifest": "job.yaml"}, place_of(tmp_path))] == [message]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "there is no image, and no manifest"),
        ({"image": "x y"}, "'x y' is no name of an image"),
        ({"image": "x", "imge": "y"}, "unknown key 'imge'"),
        ({"image": "x", "command": []}, "command is a text, or a list of texts"),
        ({"image": "x", "variables": {"A": 1}}, "variables are names with texts"),
        ({"image": "x", "variables": {"a-b": "1"}}, "'a-b' is no name of a variable"),
        ({"image": "x", "secrets": {"A": "token"}}, "'token' is no key of a secret, SECRET/KEY"),
        ({"image": "x", "labels": {"a": "b c"}}, "'b c' is no value of a label"),
        ({"image": "x", "memory": "2 gigabytes"}, "'2 gigabytes' is no quantity of Kubernetes"),
        ({"image": "x", "keep": "long"}, "'long' is no duration"),
        ({"image": "x", "namespace": "Data"}, "'Data' is no namespace"),
        ({"image": "x", "kubeconfig": "none"}, "there is no file 'none'"),
        ({"manifest": "none.yaml"}, "the manifest none.yaml cannot be read: No such file or directory"),
        ({"manifest": 3}, "the manifest is the path of a file, or stands here"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict, message: str) -> None:
    fake(tmp_path, monkeypatch, "true")
    assert message in [problem.message for problem in TOOL.problems(options, place_of(tmp_path))]


def test_options_beside_a_manifest_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, "true")
    (tmp_path / "job.yaml").write_text(MANIFEST)
    (problem,) = TOOL.problems({"manifest": "job.yaml", "image": "x"}, place_of(tmp_path))
    assert problem.message == "'image' and a manifest are both given"
    assert list(TOOL.fingerprint_files({"manifest": "job.yaml"}, place_of(tmp_path))) == [Path("job.yaml")]


def test_a_client_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = TOOL.problems({"image": "x"}, place_of(tmp_path))
    assert problem.message == "'kubectl' is not installed"
