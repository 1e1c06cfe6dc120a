"""Starts Apache Spark's own Connect server on loopback, behind the token in $TOKEN, until its input ends.

Prints its port and the process of its Java. Argument: a folder to work in.
"""

import os
import sys
from pathlib import Path

from healthtrends.adapters.engines.driver import Driver
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.spark import spark_settings
from healthtrends.devstack.java import find_java, spark_java_home


def main() -> None:
    """Serve."""
    work = Path(sys.argv[1])
    java = spark_java_home(find_java(), work / "java")
    # Java's quick compiler: for a server this short-lived it halves the time.
    quick = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
    options = EngineOptions(name="spark", java_home=java, work=work, memory=2**30, spark_conf=quick)
    driver = Driver(spark_settings(options, os.environ["TOKEN"]), {"JAVA_HOME": str(java)}, work)
    sys.stdout.write(f"{driver.port} {driver._process.pid}\n")
    sys.stdout.flush()
    sys.stdin.read()
    driver.stop()


if __name__ == "__main__":
    main()
