"""Drives the stages for a day or a range: steps that ask "done?" first, retries, the run record."""
