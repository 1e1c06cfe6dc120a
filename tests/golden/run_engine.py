"""Measures a day and makes reports from its cube: arguments engine, date, output folder, Java home, files."""

import json
import sys
from pathlib import Path

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.parquet import decode
from tests.parity.outcome import outcome


def main() -> None:
    """Write each report as a file, as if no other date had records, and print how many lines were read."""
    name, date, out, java_home, *files = sys.argv[1:]
    # Java's quick compiler: for a process this short it halves the time.
    quick = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
    engine = open_engine(
        EngineOptions(name=name, java_home=Path(java_home), work=Path(out) / "work", spark_conf=quick)
    )
    try:
        day = outcome(engine, files, date)
    finally:
        engine.close()
    for report, content in day.from_cube.items():
        (Path(out) / f"{report}.csv").write_bytes(content)
    beyond = {"replaced": day.replaced, "recorded": day.recorded}
    (Path(out) / "beyond.json").write_text(json.dumps(beyond))
    patients = decode(day.cube["patients-00"]).to_pylist()
    rows = [(row["patient"].hex(), row["visits"]) for row in patients]
    (Path(out) / "patients.json").write_text(json.dumps(rows))
    sys.stdout.write(f"{day.totals['lines'][0]}\n")


if __name__ == "__main__":
    main()
