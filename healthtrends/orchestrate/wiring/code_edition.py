"""Edition of ICD-10 that is configured, opened before anything starts."""

from pathlib import Path

from healthtrends.config import check_trusted, expanded
from healthtrends.config.settings import Diagnosis
from healthtrends.errors import ConfigError
from healthtrends.icd import table_file, who
from healthtrends.icd.edition import Edition, icd10cm


def open_edition(diagnosis: Diagnosis) -> Edition:
    """Open the edition of `diagnosis.system`; a file goes before what is bundled. Raises ConfigError."""
    if diagnosis.table_file is not None:
        return table_file.parse_table(diagnosis.system, _content(diagnosis.table_file), diagnosis.table_file)
    if diagnosis.system == "icd10":
        return who.icd10()
    if diagnosis.system == "icd10gm":
        raise ConfigError(
            'diagnosis.system = "icd10gm" needs a table',
            "the tables of ICD-10-GM have terms of their own and do not come with the program",
            'write diagnosis.table_file = "icd10gm.csv"; docs/how-to/icd-10-tables.md tells its columns',
        )
    return icd10cm()


def _content(name: str) -> bytes:
    file = Path(name)
    check_trusted(file, "the table of codes")
    try:
        return expanded(file).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"diagnosis.table_file names {file}, which cannot be read",
            error.strerror or "",
            "correct the path, which begins at the folder of the configuration",
        ) from error
