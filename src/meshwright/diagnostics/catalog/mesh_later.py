"""Codes MW-M4xx: what the format defines and this version of meshwright does not support yet."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M401",
        title="setting not supported yet",
        meaning=(
            "The format defines this key, but this version of meshwright does not act on it. It is "
            "refused, because ignoring it would change results or drop a protection silently. Among "
            "them: `resource` of nodes; "
            "`environments.*.engines`, `protected: true`, `approvals` and domains in "
            "other repositories in `mesh.yaml`."
        ),
        fix="Remove it, or use a version that supports it.",
        example=(
            "MW-M401 domains/fleet/planes/pipeline.yaml:9:7 'when' of node 'planes' is not "
            "supported by this version of meshwright"
        ),
    ),
    Code(
        code="MW-M402",
        title="kind or value not supported yet",
        meaning=(
            "The format knows this type of engine or value, but this version of meshwright does not: engines are duckdb, "
            "every node runs on the mesh's `engine`."
        ),
        fix="Use one that is supported.",
        example=("MW-M402 mesh.yaml:5:8 the dialect 'snowflake' is not supported by this version of meshwright"),
    ),
    Code(
        code="MW-M403",
        title="file not supported yet",
        meaning=(
            "The format defines this file or folder (access rules), but this version of meshwright does not act on it. It is refused, so that "
            "nobody relies on a rule that is not enforced."
        ),
        fix="Remove it, or use a version that supports it.",
        example=(
            "MW-M403 domains/fleet/planes/access.yaml:1:1 file 'domains/fleet/planes/access.yaml' is not "
            "supported by this version of meshwright"
        ),
    ),
    Code(
        code="MW-M404",
        title="reference that cannot stand here",
        meaning=(
            "References are read where a value is used late: `${env:NAME}` in `store` and `state` of `mesh.yaml`; all kinds of "
            "secrets in `path`, `database`, `options`, `headers` and `catalog` of sources and in the options of tools; "
            "`${param:..}` and `${node:..}` in the options of nodes, `${param:..}` in `params` of components. A parameter is no secret: its value is stored with "
            "every version."
        ),
        fix="Write the value itself, or the reference where the value is used.",
        example=("MW-M404 domains/fleet/domain.yaml:2:10 the reference '${env:TEAM}' cannot stand here"),
    ),
    Code(
        code="MW-M405",
        title="place not supported yet",
        meaning=(
            "`store` or `state` names a place that this version of meshwright cannot use: object storage, a "
            "database that is neither SQLite nor PostgreSQL. The value is not repeated, since it may hold a password."
        ),
        fix="Use a folder for `store`, `sqlite:///...` or `postgresql+psycopg://...` for `state`.",
        example=(
            "MW-M405 mesh.yaml:5:8 this place for 'state' is not supported by this version of "
            "meshwright, which knows only a SQLite file and a PostgreSQL database"
        ),
    ),
    Code(
        code="MW-M406",
        title="setting without effect yet",
        meaning=(
            "`timeout` of a source is checked and kept for later versions: this version does not end its being read. That of every "
            "other node holds."
        ),
        fix="Do not rely on it yet.",
        example=(
            "MW-M406 domains/fleet/planes/pipeline.yaml:7:22 'timeout' of node 'planes' has no effect in "
            "this version of meshwright"
        ),
    ),
)
