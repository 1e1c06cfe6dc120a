"""Example DAG: the reports of each day, the morning after.

The program has an environment of its own; the worker needs the package without its dependencies, as
docs/how-to/schedule.md says.
"""

import datetime as dt

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from healthtrends.adapters.schedulers.airflow_operator import HealthTrendsOperator

COMMAND = ("/srv/healthtrends/.venv/bin/healthtrends", "run")
CONFIG = "/srv/healthtrends/healthtrends.toml"

with DAG(
    dag_id="healthtrends",
    # The date of a run, `ds`, is the day that has just ended.
    schedule=CronDataIntervalTimetable("15 5 * * *", timezone="UTC"),
    start_date=dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": dt.timedelta(minutes=10)},
):
    HealthTrendsOperator(
        task_id="reports",
        date="{{ ds }}",
        command=COMMAND,
        config=CONFIG,
    )
