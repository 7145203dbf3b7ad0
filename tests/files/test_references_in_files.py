"""Where in the mesh's files which references may stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.files.documents import read_mapping
from meshwright.files.reading import MeshReader


def findings(root: Path, text: str) -> list[tuple[str, str]]:
    """Return code and fix of what is wrong with the document."""
    (root / "pipeline.yaml").write_text(text, encoding="utf-8")
    reader = MeshReader.open(root)
    assert read_mapping(reader, "pipeline.yaml", what="the pipeline", env_keys=("state",)) is not None
    return [(found.code, str(found.fix)) for found in reader.findings]


@pytest.mark.parametrize(
    "text",
    [
        "state: '${env:STATE}'",
        "tools: {airflow: {url: 'https://x', password: '${vault:kv/airflow#password}'}}",
        "tools: {shell: {variables: {A: '${keyring:a/b}'}}}",
        "openlineage: {headers: {Authorization: 'Bearer ${aws:lineage#token}'}}",
        "nodes: {a: {source: {path: 's3://x/y', options: {secret: '${gcp:projects/p/secrets/s}'}}}}",
        "nodes: {a: {source: {database: '${azure:v/db}', table: t}}}",
        "nodes: {a: {http: {url: '${env:HOOK}', json: {rows: '${node:b.rows}', p: ['${param:p}']}}}}",
        "nodes: {a: {http: '${env:HOOK}'}}",
        "nodes: {a: {shell: 'echo ${HOME} ${X:-y} ${env:TOKEN}'}}",
        "nodes: {a: {container: {image: x, command: [sh, -c, 'echo ${HOME}'], env: {A: '$${B}'}}}}",
        "nodes: {a: {shell: 'x', for_each: '${node:list.value.items}'}}",
    ],
)
def test_a_reference_stands_where_its_value_is_used_late(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "code", "fix"),
    [
        ("state: '${vault:kv/state#url}'", "MW-M404", "write ${env:NAME}"),
        ("name: '${env:X}'", "MW-M404", "write the value itself"),
        ("params: {a: '${vault:kv/a#b}'}", "MW-M404", "stored with every version"),
        ("nodes: {a: {params: {x: {type: string, default: '${env:X}'}}}}", "MW-M404", "stored with every version"),
        ("variations: {v: {params: {x: '${env:X}'}}}", "MW-M404", "write the value itself"),
        ("nodes: {a: {when: 'param.x = ${env:X}'}}", "MW-M404", "write the value itself"),
        ("nodes: {a: {component: '${env:X}'}}", "MW-M404", "write the value itself"),
        ("nodes: {a: {source: {path: x, format: '${env:X}'}}}", "MW-M404", "write the value itself"),
        ("nodes: {a: {source: {database: '${node:b.rows}'}}}", "MW-M404", "here may stand ${env:NAME}"),
        ("nodes: {a: {shell: x, for_each: '${env:X}'}}", "MW-M404", "here may stand ${param:name}"),
        ("tools: {http: {url: '${param:x}'}}", "MW-M404", "here may stand ${env:NAME}"),
        ("nodes: {a: {http: {url: '${HOOK}'}}}", "MW-X651", "write ${env:HOOK}"),
        ("nodes: {a: {http: {url: '${evn:HOOK}'}}}", "MW-X651", "did you mean 'env'"),
        ("nodes: {a: {shell: 'echo ${evn:HOOK}'}}", "MW-X651", "did you mean 'env'"),
        ("nodes: {a: {http: {url: '${env:HOOK'}}}", "MW-X651", "add '}'"),
        ("nodes: {a: {http: {json: {x: '${node:b.colour}'}}}}", "MW-X651", "${node:name.rows}"),
        ("nodes: ['${env:X}']", "MW-M404", "write the value itself"),
    ],
)
def test_a_reference_elsewhere_is_told(tmp_path: Path, text: str, code: str, fix: str) -> None:
    [(found, told)] = findings(tmp_path, text)
    assert found == code
    assert fix in told
