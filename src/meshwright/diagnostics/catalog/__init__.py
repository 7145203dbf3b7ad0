"""Tables of diagnostic codes, one module an area; the letter after ``MW-`` is the area."""

from meshwright.diagnostics.catalog import (
    checks,
    cli,
    engine,
    graph,
    mesh,
    places,
    plan,
    policies,
    python,
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
    places.CODES,
    plan.CODES,
    policies.CODES,
    python.CODES,
    run.CODES,
    sources.CODES,
    sql.CODES,
    standards.CODES,
    state.CODES,
    types.CODES,
    yaml.CODES,
)
