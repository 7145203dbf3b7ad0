"""DAGs for the tests of the tool airflow: read by an Airflow in an environment of its own, never by us."""

import datetime as dt
import logging
import sys
import time

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, Param, dag, task, task_group

COMMON = {"schedule": None, "start_date": dt.datetime(2024, 1, 1), "is_paused_upon_creation": False}


@dag(**COMMON, params={"n": Param(3, type="integer", minimum=1)})
def good():
    """Tasks one after another, mapped, in a group; with values, a warning, an asset."""

    @task(multiple_outputs=True)
    def load(**context):
        print("loading", context["params"]["n"], context["dag_run"].conf["meshwright"]["environment"])
        logging.getLogger(__name__).warning("careful\nvery")
        return {"rows": 7, "nested": {"l": [1, 2.5, None, True]}}

    @task
    def twice(x):
        return {"x": x * 2}

    @task(outlets=[Asset("s3://bucket/rows")])
    def total(xs):
        return sum(each["x"] for each in xs)

    @task_group
    def tail():
        first = EmptyOperator(task_id="a")
        first >> EmptyOperator(task_id="b")
        return first

    loaded = load()
    doubled = twice.expand(x=[1, 2])
    loaded >> doubled
    total(doubled) >> tail()


@dag(**COMMON)
def bad():
    """Fails at its second try as at its first."""

    @task(retries=1, retry_delay=dt.timedelta(seconds=0))
    def load():
        print("line 1")
        print("line 2", file=sys.stderr)
        raise ValueError("no rows in 'orders'")

    @task
    def after(x):
        return x

    after(load())


@dag(**COMMON)
def slow():
    """Prints a line a second."""

    @task
    def wait():
        for number in range(120):
            print("tick", number, flush=True)
            time.sleep(1)

    wait()


@dag(**COMMON)
def quick():
    """Nothing to do."""
    EmptyOperator(task_id="nothing")


@dag(**{**COMMON, "is_paused_upon_creation": True})
def paused():
    """Waits for ever."""
    EmptyOperator(task_id="nothing")


good()
bad()
slow()
quick()
paused()
