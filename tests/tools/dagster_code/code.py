"""Code for the tests of the tool dagster: loaded by a Dagster in an environment of its own, never by us."""

import time

import dagster as dg


class LoadConfig(dg.Config):
    n: int


@dg.op
def load(context: dg.OpExecutionContext, config: LoadConfig):
    context.log.warning("careful\nvery")
    print("printed", config.n)
    context.add_output_metadata({"rows": config.n, "share": 0.5, "bad": float("nan"), "a.b": "dotted"})
    return config.n


@dg.op(out=dg.DynamicOut())
def spread(x):
    yield from (dg.DynamicOutput(x, mapping_key=key) for key in "ab")


@dg.op
def twice(x):
    return x * 2


@dg.op
def total(xs):
    return sum(xs)


@dg.job
def good():
    total(spread(load()).map(twice).collect())


@dg.op
def fails(context):
    context.log.info("line 1")
    raise ValueError("no rows in 'orders'")


@dg.op
def after(x):
    return x


@dg.job
def bad():
    after(fails())


@dg.op
def wait(context):
    for number in range(120):
        context.log.info(f"tick {number}")
        time.sleep(1)


@dg.job
def slow():
    wait()


@dg.op
def nothing():
    pass


@dg.job
def quick():
    nothing()


@dg.asset
def orders():
    metadata = {
        "dagster/row_count": 3,
        "names": ["a", "b"],
        "is_new": True,
        "page": dg.MetadataValue.url("http://x.example"),
    }
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(key_prefix="mart", deps=[orders])
def daily():
    return dg.MaterializeResult(metadata={"rows": 5})


@dg.asset_check(asset=orders)
def is_full():
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=orders)
def is_early():
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="3 h late")


@dg.asset_check(asset=orders)
def is_unique():
    return dg.AssetCheckResult(passed=False)


defs = dg.Definitions(
    jobs=[good, bad, slow, quick],
    assets=[orders, daily],
    asset_checks=[is_full, is_early, is_unique],
    executor=dg.in_process_executor,
)
