"""Example code location: the reports of each day, the morning after.

The program has an environment of its own; the code location needs the package without its dependencies, as
docs/how-to/schedule.md says.
"""

from dagster import Definitions, build_schedule_from_partitioned_job, define_asset_job

from healthtrends.adapters.schedulers.dagster_assets import build_reports_asset

COMMAND = ("/srv/healthtrends/.venv/bin/healthtrends", "run")
CONFIG = "/srv/healthtrends/healthtrends.toml"

reports = build_reports_asset(first="2025-12-01", command=COMMAND, config=CONFIG)
daily = define_asset_job("healthtrends_daily", selection=[reports])
definitions = Definitions(
    assets=[reports],
    jobs=[daily],
    schedules=[build_schedule_from_partitioned_job(daily, hour_of_day=5, minute_of_hour=15)],
)
