"""Codes MW-M4xx: what the format defines and this version of meshwright does not support yet."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M401",
        title="setting not supported yet",
        meaning=(
            "The format defines this key, but this version of meshwright does not act on it. It is "
            "refused, because ignoring it would change results or drop a protection silently. Among "
            "them: `incremental`, `when`, `for_each`, `inputs`, `pool`, `effects`, `sandbox` of nodes; "
            "`variations`, `triggers`, `schedule` of pipelines; `python` of domains; "
            "`environments.*.engines`, `protected: true`, `approvals`, `sandboxes.mask` and domains in "
            "other repositories in `mesh.yaml`."
        ),
        fix="Remove it, or use a version that supports it.",
        example=(
            "MW-M401 domains/fleet/planes/pipeline.yaml:9:1 'variations' of the pipeline is not "
            "supported by this version of meshwright"
        ),
    ),
    Code(
        code="MW-M402",
        title="kind or value not supported yet",
        meaning=(
            "The format knows this kind of node, type of engine or value, but this version of "
            "meshwright does not: nodes are models and file sources, engines are duckdb, every node runs on "
            "the mesh's `engine`, `as` is table, `refresh` is on_change."
        ),
        fix="Use one that is supported.",
        example=(
            "MW-M402 domains/fleet/planes/pipeline.yaml:3:5 node 'planes' is of kind 'python', which is"
            " not supported by this version of meshwright"
        ),
    ),
    Code(
        code="MW-M403",
        title="file not supported yet",
        meaning=(
            "The format defines this file or folder (policies, components, access rules, exemptions, "
            "unit tests), but this version of meshwright does not act on it. It is refused, so that "
            "nobody relies on a rule that is not enforced."
        ),
        fix="Remove it, or use a version that supports it.",
        example=(
            "MW-M403 domains/fleet/policies:1:1 folder 'domains/fleet/policies' is not supported by "
            "this version of meshwright"
        ),
    ),
    Code(
        code="MW-M404",
        title="reference not supported here",
        meaning=(
            "`${env:NAME}` is read in `store` and `state` of `mesh.yaml`; other places and other "
            "references (`${file:..}`, `${vault:..}`, `${param:..}`, `${node:..}`) are not supported "
            "yet."
        ),
        fix="Write the value itself.",
        example=(
            "MW-M404 domains/fleet/domain.yaml:2:10 the reference '${env:TEAM}' is not supported here "
            "by this version of meshwright"
        ),
    ),
    Code(
        code="MW-M405",
        title="place not supported yet",
        meaning=(
            "`store`, `state` or the path of a source names a place that this version of meshwright "
            "cannot use: object storage, a database server, a web address. The value is not repeated, "
            "since it may hold a password."
        ),
        fix="Use a folder for `store`, `sqlite:///...` for `state`, files for sources.",
        example=(
            "MW-M405 mesh.yaml:5:8 this place for 'state' is not supported by this version of "
            "meshwright, which knows only a SQLite file"
        ),
    ),
    Code(
        code="MW-M406",
        title="setting without effect yet",
        meaning=(
            "`retry`, `timeout` and `concurrency` are checked and kept for later versions; this version "
            "runs every step once, without a limit of time, and as many at a time as the machine has cores."
        ),
        fix="Do not rely on it yet.",
        example=(
            "MW-M406 domains/fleet/planes/pipeline.yaml:7:1 'timeout' of the pipeline has no effect in "
            "this version of meshwright"
        ),
    ),
)
