"""OpenLineage: events of a run, made of the events of its stages, and their ways out of the process."""
