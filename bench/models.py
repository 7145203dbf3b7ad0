"""The models of the synthetic mesh, as values: filters, joins, aggregates and windows over the real flights of 2013.

Two shapes of table: *flights* (one row a flight) and *figures* (one row a key). A model is made from one or two others, so
that chains grow from the sources; no product reads a later one, so there are no cycles of products.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Shape = Literal["flights", "figures"]
#: Models a product has, products a domain has.
PRODUCT_MODELS = 10
DOMAIN_PRODUCTS = 10
SOURCE_PRODUCT = "feeds.nyc"
#: Deeper chains of filters would run dry.
_DEEPEST = 6
_FLIGHT = (
    "flight_key", "carrier", "origin", "dest", "tailnum", "month", "day", "hour",
    "dep_delay", "arr_delay", "distance", "air_time", "extra",
)  # fmt: skip
_KEYS = ("carrier", "dest", "tailnum", "hour")


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """One model: its SQL has ``{0}`` and ``{1}`` where it reads."""

    product: str
    name: str
    shape: Shape
    sql: str
    reads: tuple[str, ...]
    #: The same model with another meaning, where it has one: what "one change" writes.
    changed_sql: str | None = None
    depth: int = 0
    #: Figures: what they are counted by.
    key: str = ""

    @property
    def address(self) -> str:
        """The dataset's address."""
        return f"{self.product}.{self.name}"

    @property
    def unique(self) -> str:
        """The column that holds each value once."""
        return "flight_key" if self.shape == "flights" else "k"

    @property
    def impossible(self) -> str:
        """A condition that holds for no row."""
        return "distance <= 0 or month not between 1 and 12" if self.shape == "flights" else "n <= 0"


def make_models(count: int, seed: int) -> tuple[Model, ...]:
    """Return `count` models, each after what it reads. The same `seed` gives the same models."""
    dice = random.Random(f"{seed}/{count}")
    made: list[Model] = []
    for index in range(count):
        number = index // PRODUCT_MODELS
        product = f"d{number // DOMAIN_PRODUCTS:03}.p{number % DOMAIN_PRODUCTS}"
        name = f"m{index:05}"
        own = [model for model in made[-PRODUCT_MODELS:] if model.product == product]
        # Most of what a model reads lies in its own product, the rest in any earlier one.
        near = own if own and dice.random() < 0.7 else made
        made.append(_make(product, name, near, dice))
    return tuple(made)


def _make(product: str, name: str, near: list[Model], dice: random.Random) -> Model:  # noqa: PLR0911 - a kind each
    flights = [model for model in near if model.shape == "flights" and model.depth < _DEEPEST]
    figures = [model for model in near if model.shape == "figures"]
    roll = dice.random()
    if not flights or roll < 0.06:
        return _staged(product, name, dice)
    parent = dice.choice(flights)
    if roll < 0.30:
        return _filtered(product, name, parent, dice)
    if roll < 0.44:
        return _joined(product, name, parent, dice)
    if roll < 0.54 and figures:
        return _enriched(product, name, parent, dice.choice(figures))
    if roll < 0.66:
        return _windowed(product, name, parent, dice)
    if roll < 0.90 or not figures:
        return _counted(product, name, parent, dice)
    return _compared(product, name, figures, dice)


def _columns(**replaced: str) -> str:
    """Return the columns of a flight, some of them computed anew."""
    return ",\n    ".join(f"{replaced[name]} as {name}" if name in replaced else f"f.{name}" for name in _FLIGHT)


def _staged(product: str, name: str, dice: random.Random) -> Model:
    month, origin, first_day = dice.randint(1, 12), dice.choice(("EWR", "JFK", "LGA")), dice.randint(1, 20)
    columns = _columns(
        flight_key="concat_ws('-', f.origin, f.carrier, f.flight, f.month, f.day)", extra="cast(f.air_time as double)"
    )
    sql = (
        f"select\n    {columns}\nfrom {{0}} as f\nwhere f.month = {month} and f.origin = '{origin}'\n"
        f"  and f.day between {first_day} and {first_day + 7}\n"
    )
    return Model(product=product, name=name, shape="flights", sql=sql, reads=(f"{SOURCE_PRODUCT}.flights",))


def _filtered(product: str, name: str, parent: Model, dice: random.Random) -> Model:
    conditions = (
        f"coalesce(f.dep_delay, 0) < {dice.randint(120, 400)}",
        f"f.hour between {dice.randint(4, 6)} and {dice.randint(20, 23)}",
        f"f.day <> {dice.randint(1, 28)}",
        f"f.distance > {dice.randint(90, 190)}",
    )
    first, second = dice.sample(conditions, 2)
    sql = f"select\n    {_columns()}\nfrom {{0}} as f\nwhere {first}\n  and {second}\n"
    return Model(
        product=product,
        name=name,
        shape="flights",
        sql=sql,
        reads=(parent.address,),
        changed_sql=sql + "  and f.flight_key <> 'never'\n",
        depth=parent.depth + 1,
    )


def _joined(product: str, name: str, parent: Model, dice: random.Random) -> Model:
    if dice.random() < 0.5:
        measure = dice.choice(("temp", "wind_speed", "visib", "precip"))
        other = f"(select origin, month, day, avg({measure}) as value from {{1}} group by origin, month, day)"
        on, read = "f.origin = o.origin and f.month = o.month and f.day = o.day", "weather"
    else:
        other = f"(select tailnum, {dice.choice(('seats', 'year', 'engines'))} as value from {{1}})"
        on, read = "f.tailnum = o.tailnum", "planes"
    columns = _columns(extra="cast(coalesce(o.value, 0) as double)")
    return Model(
        product=product,
        name=name,
        shape="flights",
        sql=f"select\n    {columns}\nfrom {{0}} as f\nleft join {other} as o\n    on {on}\n",
        reads=(parent.address, f"{SOURCE_PRODUCT}.{read}"),
        depth=parent.depth + 1,
    )


def _enriched(product: str, name: str, parent: Model, figures: Model) -> Model:
    columns = _columns(extra="coalesce(f.dep_delay - a.delay, 0)")
    on = f"cast(f.{figures.key} as varchar) = a.k"
    return Model(
        product=product,
        name=name,
        shape="flights",
        sql=f"select\n    {columns}\nfrom {{0}} as f\nleft join {{1}} as a\n    on {on}\n",
        reads=(parent.address, figures.address),
        depth=parent.depth + 1,
    )


def _windowed(product: str, name: str, parent: Model, dice: random.Random) -> Model:
    by, frame = dice.choice(("carrier", "dest", "tailnum")), dice.randint(2, 20)
    extra = (
        f"coalesce(avg(f.dep_delay) over (\n        partition by f.{by} order by f.day, f.hour, f.flight_key\n"
        f"        rows between {frame} preceding and current row\n    ), 0)"
    )
    return Model(
        product=product,
        name=name,
        shape="flights",
        sql=f"select\n    {_columns(extra=extra)}\nfrom {{0}} as f\n",
        reads=(parent.address,),
        depth=parent.depth + 1,
    )


def _counted(product: str, name: str, parent: Model, dice: random.Random) -> Model:
    key = dice.choice(_KEYS)
    sql = (
        f"select\n    coalesce(cast({key} as varchar), '?') as k,\n    count(*) as n,\n"
        "    avg(coalesce(dep_delay, 0)) as delay,\n    cast(sum(distance) as bigint) as far\n"
        "from {0}\ngroup by 1\n"
    )
    return Model(
        product=product, name=name, shape="figures", sql=sql, reads=(parent.address,), depth=parent.depth + 1, key=key
    )


def _compared(product: str, name: str, figures: list[Model], dice: random.Random) -> Model:
    left = dice.choice(figures)
    right = dice.choice([model for model in figures if model.key == left.key])
    if left is right:
        sql = "select\n    k,\n    n,\n    delay,\n    rank() over (order by delay desc, k) as far\nfrom {0}\n"
        return Model(
            product=product,
            name=name,
            shape="figures",
            sql=sql,
            reads=(left.address,),
            depth=left.depth + 1,
            key=left.key,
        )
    sql = (
        "select\n    coalesce(a.k, b.k) as k,\n    coalesce(a.n, 0) + coalesce(b.n, 0) as n,\n"
        "    greatest(a.delay, b.delay) as delay,\n    coalesce(a.far, b.far) as far\n"
        "from {0} as a\nfull join {1} as b\n    on a.k = b.k\n"
    )
    return Model(
        product=product,
        name=name,
        shape="figures",
        sql=sql,
        reads=(left.address, right.address),
        depth=max(left.depth, right.depth) + 1,
        key=left.key,
    )
