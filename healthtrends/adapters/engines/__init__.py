"""Query engines: Sail in this process, Apache Spark on its own Java, or a Connect server elsewhere.

All three are spoken to as Spark Connect, with the one client of PySpark. So a process may use several,
one after the other or side by side, which a classic Spark session would rule out.
"""
