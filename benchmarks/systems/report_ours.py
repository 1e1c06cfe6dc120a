"""The day's reports as the product makes them, on one engine: all CSV files and the figures into a folder.

    python benchmarks/systems/report_ours.py ENGINE MEMORY FOLDER DATE FILE...

MEMORY is what the engine may take, in bytes; 0: what fits the machine.
"""

import datetime as dt
import json
import sys
from pathlib import Path

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.compute_day import compute_day
from healthtrends.devstack.java import find_java, spark_java_home
from healthtrends.model.day_totals import DayTotals, PriorDays
from healthtrends.reports.context import ReportContext
from healthtrends.reports.registry import make_reports


def main() -> None:
    """Measure, make the reports, write."""
    name, memory, out, day, *files = sys.argv[1:]
    folder, date = Path(out), dt.date.fromisoformat(day)
    java = spark_java_home(find_java(), folder / "java") if name == "spark" else None
    engine = open_engine(
        EngineOptions(name=name, memory=int(memory) or None, java_home=java, work=folder / "work")
    )
    try:
        figures = compute_day(engine, [Path(file).as_uri() for file in files], date).figures
    finally:
        engine.close()
    prior = PriorDays(frequency_7=figures.frequency, frequency_28=figures.frequency)
    for name_of, report in make_reports(ReportContext(date, figures, prior)).items():
        (folder / f"{name_of}.csv").write_bytes(report.csv())
    (folder / "figures.json").write_text(json.dumps(as_plain(figures)), encoding="utf-8")


def as_plain(figures: DayTotals) -> dict[str, object]:
    """What the reports are made from, in the form that every system of the comparison writes."""
    return {
        "lines": [figures.lines, figures.cancellations, figures.repeated, figures.conflicts],
        "treatments": sorted(
            [cell.diagnosis, cell.treatment_code, cell.records, cell.recovered, cell.ongoing, cell.deceased,
             cell.timely]
            for cell in figures.treatments
        ),
        "diagnoses": sorted(
            [row.diagnosis, row.patients, row.visits, row.age_sum, row.twice_median_age, row.men, row.women,
             row.other]
            for row in figures.diagnoses
        ),
        "genders": [[row.gender, row.patients, row.visits, row.age_sum] for row in figures.genders],
        "bands": [
            [row.start, row.patients, row.visits, row.men, row.women, row.other] for row in figures.bands
        ],
        "frequency": list(figures.frequency),
        "recorded": [[row.day, row.records] for row in figures.recorded],
    }  # fmt: skip


if __name__ == "__main__":
    main()
