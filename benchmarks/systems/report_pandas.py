"""The figures of the day's reports in pandas: the text read by pyarrow, then `groupby`.

python benchmarks/systems/report_pandas.py FOLDER DATE FILE...
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

BITS = {"M": 1, "F": 2, "O": 4, "U": 0}
OPTIONAL = ("visit_id", "record_id", "status")
OUTCOMES = ("recovered", "ongoing", "deceased")


def main() -> None:
    """Ask and write."""
    out, date, *files = sys.argv[1:]
    read = [pd.read_json(file, lines=True, engine="pyarrow", dtype_backend="pyarrow") for file in files]
    lines = pd.concat(read, ignore_index=True)
    del read
    for name in OPTIONAL:
        if name not in lines:
            lines[name] = None
    (Path(out) / "figures.json").write_text(json.dumps(figures(lines, date)), encoding="utf-8")


def figures(lines: pd.DataFrame, date: str) -> dict[str, object]:
    """As `report_ours.as_plain`."""
    repeated = int(lines.duplicated().sum())
    for outcome in OUTCOMES:
        lines[outcome] = lines["outcome"] == outcome
    told = pd.to_datetime(lines["recorded_at"], utc=True, format="ISO8601")
    lines["timely"] = told <= pd.Timestamp(date, tz="UTC") + pd.Timedelta(days=2)
    lines["bits"] = lines["gender"].map(BITS).astype("int64")
    lines["age"] = lines["age"].astype("int64")
    # A record without a visit is one of its own.
    lines["visit"] = lines["visit_id"].where(lines["visit_id"].notna(), lines.index.astype("string"))
    by_code = settled(lines, ["diagnosis_code", "patient_id"])
    patients = settled(lines, ["patient_id"])
    patients["band"] = np.minimum(patients["age"], 90) // 5 * 5
    patients["settled"] = patients["bits"].map({1: "M", 2: "F", 4: "O"}).fillna("U")
    classes = np.minimum(patients["visits"], 5).value_counts()
    recorded = told.dt.strftime("%Y-%m-%d").value_counts().sort_index()
    return {
        "lines": [len(lines), int(lines["status"].notna().sum()), repeated,
                  int((~patients["bits"].isin(list(BITS.values()))).sum())],
        "treatments": treatments(lines),
        "diagnoses": diagnoses(by_code),
        "genders": genders(patients),
        "bands": bands(patients),
        "frequency": [int(classes.get(number, 0)) for number in range(1, 6)],
        "recorded": [[day, int(count)] for day, count in recorded.items()],
    }  # fmt: skip


def settled(lines: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """One row per patient (and code): age, visits, and the bits of all genders named."""
    groups = lines.groupby(key, sort=False)
    found = groups.agg(age=("age", "max"), visits=("visit", "nunique"))
    named = {bit: lines["bits"].eq(bit).groupby([lines[name] for name in key], sort=False).any()
             for bit in (1, 2, 4)}  # fmt: skip
    found["bits"] = sum(each.astype("int64") * bit for bit, each in named.items())
    return found.reset_index()


def treatments(lines: pd.DataFrame) -> list[list[object]]:
    """Records by code and treatment."""
    groups = lines.groupby(["diagnosis_code", "treatment_code"])
    sums = groups[[*OUTCOMES, "timely"]].sum()
    sums.insert(0, "records", groups.size())
    return [[*key, *map(int, row)] for key, row in zip(sums.index, sums.to_numpy(), strict=True)]


def diagnoses(by_code: pd.DataFrame) -> list[list[object]]:
    """Patients by code."""
    groups = by_code.groupby("diagnosis_code")
    found = groups.agg(
        patients=("age", "size"), visits=("visits", "sum"), years=("age", "sum"), middle=("age", "median")
    )
    found["middle"] *= 2
    for bit in (1, 2, 4):
        found[str(bit)] = by_code["bits"].eq(bit).groupby(by_code["diagnosis_code"]).sum()
    return [[code, *map(int, row)] for code, row in zip(found.index, found.to_numpy(), strict=True)]


def genders(patients: pd.DataFrame) -> list[list[object]]:
    """Patients by settled gender."""
    found = patients.groupby("settled").agg(n=("age", "size"), visits=("visits", "sum"), years=("age", "sum"))
    return [[name, *map(int, row)] for name, row in found.reindex(list("MFOU"), fill_value=0).T.items()]


def bands(patients: pd.DataFrame) -> list[list[int]]:
    """Patients by band of five years."""
    found = patients.groupby("band").agg(n=("age", "size"), visits=("visits", "sum"))
    for bit in (1, 2, 4):
        found[str(bit)] = patients["bits"].eq(bit).groupby(patients["band"]).sum()
    return [[start, *map(int, row)] for start, row in found.reindex(range(0, 91, 5), fill_value=0).T.items()]


if __name__ == "__main__":
    main()
