"""Metrics for Prometheus: the sink that makes them of events, and the ways out of the process."""
