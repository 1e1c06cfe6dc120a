"""Measures a day and makes reports from its cube: arguments engine, date, output folder, Java home, files."""

import datetime as dt
import json
import sys
from dataclasses import astuple
from pathlib import Path

from healthtrends.adapters.engines.choose import open_engine
from healthtrends.adapters.engines.options import EngineOptions
from healthtrends.analyze.cube import figures, tables, totals
from healthtrends.analyze.day import make_reports
from healthtrends.analyze.figures import Past
from healthtrends.analyze.measure import measure
from healthtrends.analyze.parquet import decode


def main() -> None:
    """Write each report as a file, as if no other date had records, and print how many lines were read."""
    name, date, out, java_home, *files = sys.argv[1:]
    # Java's quick compiler: for a process this short it halves the time.
    quick = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
    engine = open_engine(
        EngineOptions(name=name, java_home=Path(java_home), work=Path(out) / "work", spark_conf=quick)
    )
    try:
        day = measure(engine, files, dt.date.fromisoformat(date))
    finally:
        engine.close()
    cube = tables(day)
    found = figures(cube, totals(day.figures))
    past = Past(frequency_7=found.frequency, frequency_28=found.frequency)
    for report, content in make_reports(dt.date.fromisoformat(date), found, past).csv.items():
        (Path(out) / f"{report}.csv").write_bytes(content)
    beyond = {"replaced": found.replaced, "recorded": [astuple(day) for day in found.recorded]}
    (Path(out) / "beyond.json").write_text(json.dumps(beyond))
    patients = decode(cube["patients-00"]).to_pylist()
    rows = [(row["patient"].hex(), row["visits"]) for row in patients]
    (Path(out) / "patients.json").write_text(json.dumps(rows))
    sys.stdout.write(f"{found.lines}\n")


if __name__ == "__main__":
    main()
