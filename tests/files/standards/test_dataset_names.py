"""One dataset has one name, however producers spell it; and two datasets have two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshwright.files.standards.dataset_names import name_of_text, normal_name
from meshwright.model.told import ToldName

SAME = [
    # normal form, other spellings
    [("postgres://db:5432", "shop.public.orders"), ("postgresql://DB", "shop.public.orders"),
     ("postgres://db:5432/", "shop.public.orders"), ("postgresql+psycopg://me:secret@db", "shop.public.orders")],
    [("mysql://db:3306", "shop.orders"), ("mariadb://db", "shop.orders")],
    [("mssql://db:1433", "a.dbo.t"), ("sqlserver://db", "a.dbo.t")],
    [("postgres://[::1]:5432", "a.b.c"), ("postgres://[::1]", "a.b.c")],
    [("s3://lake", "marts/orders"), ("s3a://lake", "/marts/orders/"), ("s3n://lake/", "marts/orders"),
     ("s3://lake/marts", "orders"), ("s3a://lake", "s3a://lake/marts/orders")],
    [("s3://lake", "/"), ("s3://lake", ""), ("s3a://lake/", "/")],
    [("gs://lake", "a/b"), ("gcs://lake", "a/b")],
    [("abfss://box@store.dfs.core.windows.net", "a"), ("abfs://box@store.dfs.core.windows.net/", "/a")],
    [("hdfs://name:8020", "data/a"), ("hdfs://NAME:8020", "/data/a/")],
    [("file", "/data/a.csv"), ("file://", "/data/a.csv"), ("file:///", "data/a.csv"), ("FILE", "/data/./x/../a.csv/"),
     ("file://localhost", "/data/a.csv"), ("file", "file:///data/a.csv"), ("file", "file:/data/a.csv"),
     ("file:///data", "a.csv"), ("file", "//data//a.csv")],
    [("file://host", "/data/a.csv"), ("file://HOST/", "data/a.csv"), ("file", "file://host/data/a.csv")],
    [("duckdb:///data/a.duckdb", "a.main.t"), ("duckdb:///data/./a.duckdb/", "a.main.t")],
    [("snowflake://org-acc", "DB.S.T"), ("snowflake://ORG-acc/", "DB.S.T"), ("snowflake://org-acc", "db.s.T"),
     ("snowflake://org-acc.snowflakecomputing.com", '"DB"."S"."T"')],
    [("snowflake://org-acc", 'DB.S."t"'), ("snowflake://org-acc", 'db.s."t"')],
    [("s3://lake", "days"), ("s3://lake", "days/dt=2026-01-31"), ("s3a://lake", "/days/dt=2026-01-31/hour=7/"),
     ("s3://lake", "days/dt=2026-01-31/part-0.c000.snappy.parquet"), ("s3://lake/days", "dt=1/000000_0")],
    [("file", "/data/days"), ("file", "/data/days/dt=2026-01-31/a.csv"), ("file", "file:/data/days/dt=*/*.csv")],
    [("s3://lake", "x/a=b.csv")],
    [("s3://lake", "dt=1/a.csv")],
    [("file", "/work/env=prod/mesh/data/a.csv")],
    [("file", "/work/env=prod/environments")],
    [("duckdb:///work/env=prod/a.duckdb", "main.t")],
    [("redshift://h:5439", "dev.public.t"), ("redshift://h/dev", "public.t"), ("redshift://h/dev?ssl=1", "dev.public.t")],
    [("mysql://db:3306", "shop.things"), ("mysql://db/shop", "things"), ("mysql://db/shop/", "shop.things")],
    [("kafka://a:9092,b:9092", "orders"), ("kafka://B,a:9092", "orders")],
    [("sqlmesh://reports", "wh.lake.orders"), ("sqlmesh://reports", '"wh"."lake"."orders"'),
     ("sqlmesh://reports", '`wh`.lake."orders"')],
    [("mysql://db:3306", "a.b"), ("mysql://db", "`a`.`b`")],
    [("x", '"a.b"."c"')],
    [("x", 'a"b".c')],
    [("bigquery", "p.d.t"), ("bigquery", "`p`.d.`t`"), (" bigquery ", "p.d.t"),
     ("bigquery", "p.d.t$20260131")],
    [("kafka://k:9092", "orders"), ("kafka://k", "orders")],
    [("meshwright://aviation", "operations.flights.departures"), ("meshwright://aviation/", "operations.flights.departures")],
    [("meshwright://aviation/qa", "a.b.c"), ("meshwright://aviation/qa/", "a.b.c")],
    [("arn:aws:glue:eu-west-1:1", "table/a/b")],
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda each: each[0][0])
def test_spellings_of_one_dataset_are_one_name(spellings: list[tuple[str, str]]) -> None:
    normal = ToldName(namespace=spellings[0][0], name=spellings[0][1])
    for namespace, name in spellings:
        assert normal_name(ToldName(namespace=namespace, name=name)) == normal


def test_different_datasets_stay_different() -> None:
    names = {normal_name(ToldName(namespace=each[0][0], name=each[0][1])) for each in SAME}
    assert len(names) == len(SAME)
    others = [
        ("postgres://db:5433", "shop.public.orders"),
        ("postgres://db:5432", "shop.public.Orders"),
        ("s3://lake", "Marts/orders"),
        ("s3://lake2", "marts/orders"),
        ("file", "/data/A.csv"),
        ("abfss://other@store.dfs.core.windows.net", "a"),
    ]
    for namespace, name in others:
        assert normal_name(ToldName(namespace=namespace, name=name)) not in names


@given(
    st.sampled_from(
        [
            *(
                "file",
                "file://h",
                "s3a://b",
                "s3://b/x",
                "postgres://H",
                "postgres://H/db?x",
                "mysql://h/a.b",
                "duckdb:///a",
                "x",
            ),
            *("hdfs://a/b", "file:", "snowflake://A/b", "bigquery", "kafka://B,,a"),
        ]
    ),
    st.text('ab/.:@ \n"`=$1_', max_size=14),
)
def test_a_normal_form_is_its_own(namespace: str, name: str) -> None:
    normal = normal_name(ToldName(namespace=namespace, name=name))
    assert normal_name(normal) == normal


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_has_a_normal_form(namespace: str, name: str) -> None:
    normal = normal_name(ToldName(namespace=namespace, name=name))
    assert normal_name(normal) == normal


@pytest.mark.parametrize(
    ("text", "namespace", "name"),
    [
        ("/data/a.csv", "file", "/data/a.csv"),
        ("file:/data/a.csv", "file", "/data/a.csv"),
        ("s3a://lake/marts/orders", "s3://lake", "marts/orders"),
        ("postgres://db/shop.public.orders", "postgres://db:5432", "shop.public.orders"),
        ("snowflake://acme/A.B.C", "snowflake://acme", "A.B.C"),
    ],
)
def test_a_text_is_a_name(text: str, namespace: str, name: str) -> None:
    assert name_of_text(text) == ToldName(namespace=namespace, name=name)


@pytest.mark.parametrize("text", ["", "orders", "s3://lake", "s3://lake/", "a.b.c", "duckdb:///a/b.duckdb/main.t"])
def test_a_text_that_may_mean_several_things_is_no_name(text: str) -> None:
    assert name_of_text(text) is None
