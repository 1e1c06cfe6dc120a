"""The read API: what is published and stored, as Arrow tables, for programs and notebooks.

`healthtrends.open("healthtrends.toml")` gives `Data`; its methods give `Table`, which reads when it is asked.
It reads by the same code as the commands `report`, `release`, `alarms` and a run.
"""

from healthtrends.errors import HealthTrendsError
from healthtrends.read.data import Data
from healthtrends.read.opening import open  # noqa: A004  `healthtrends.open`, as other libraries have it
from healthtrends.read.spark import SparkData
from healthtrends.read.table import Records, Table

__all__ = ["Data", "HealthTrendsError", "Records", "SparkData", "Table", "open"]
