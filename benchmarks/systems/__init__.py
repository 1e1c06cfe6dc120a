"""The systems that `benchmarks/peers.py` compares with: their ingest, their jars, what became of a record."""
