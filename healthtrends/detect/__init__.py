"""Detectors: history in, alarms out. `registry` lists them; each has a module of its own."""
