"""Runs `analyze_day` in a process of its own: arguments engine, date, output folder, Java home, files."""

import datetime as dt
import json
import sys
from dataclasses import astuple
from pathlib import Path

from healthtrends.adapters.engines.choose import open_engine
from healthtrends.adapters.engines.options import EngineOptions
from healthtrends.analyze.day import analyze_day


def main() -> None:
    """Write each report as a file, and print how many lines were read."""
    name, date, out, java_home, *files = sys.argv[1:]
    # Java's quick compiler: for a process this short it halves the time.
    quick = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
    engine = open_engine(
        EngineOptions(name=name, java_home=Path(java_home), work=Path(out) / "work", spark_conf=quick)
    )
    try:
        reports = analyze_day(engine, files, dt.date.fromisoformat(date))
    finally:
        engine.close()
    for report, content in reports.csv.items():
        (Path(out) / f"{report}.csv").write_bytes(content)
    beyond = {"replaced": reports.replaced, "recorded": [astuple(day) for day in reports.recorded]}
    (Path(out) / "beyond.json").write_text(json.dumps(beyond))
    sys.stdout.write(f"{reports.input_records}\n")


if __name__ == "__main__":
    main()
