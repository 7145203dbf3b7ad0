"""Tables of diagnostic codes, one module an area; the letter after ``MW-`` is the area."""

from meshwright.diagnostics.catalog import (
    checks,
    cli,
    engine,
    graph,
    mesh,
    plan,
    run,
    sources,
    sql,
    standards,
    state,
    types,
    yaml,
)

TABLES = (
    checks.CODES,
    cli.CODES,
    engine.CODES,
    graph.CODES,
    mesh.CODES,
    plan.CODES,
    run.CODES,
    sources.CODES,
    sql.CODES,
    standards.CODES,
    state.CODES,
    types.CODES,
    yaml.CODES,
)
