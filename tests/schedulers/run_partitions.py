# ruff: noqa: T201  a script for the environment of Dagster
"""Runs a job of definitions for some partitions, and prints how each ended as a line of JSON.

python run_partitions.py FILE JOB DATE...
"""

import json
import runpy
import sys

from dagster import DagsterInstance

file, job, *dates = sys.argv[1:]
definitions = runpy.run_path(file)["definitions"]
with DagsterInstance.get() as instance:
    for date in dates:
        done = definitions.resolve_job_def(job).execute_in_process(
            partition_key=date, instance=instance, raise_on_error=False
        )
        events = done.all_events
        checks = [
            event.asset_check_evaluation_data
            for event in events
            if event.event_type_value == "ASSET_CHECK_EVALUATION"
        ]
        found = {
            "date": date,
            "success": done.success,
            "retries": sum(event.is_step_restarted for event in events),
            "records": [
                event.materialization.metadata["records"].value
                for event in events
                if event.is_step_materialization
            ],
            "gate_passed": [check.passed for check in checks],
            "failures": [
                event.step_failure_data.user_failure_data.description
                for event in events
                if event.is_step_failure and event.step_failure_data.user_failure_data
            ],
        }
        print(json.dumps(found))
