"""Query engines: Sail in this process, Apache Spark on its own Java, or a Connect server elsewhere.

All three are used over Spark Connect, with the one client of PySpark. So a process may use several, one
after the other or at once, which a classic Spark session does not allow.
"""
