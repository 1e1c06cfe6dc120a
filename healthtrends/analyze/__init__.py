"""Analysis of one date with PySpark: data files in, the rows of every report out."""
