"""Proposal of a mapping: looks at rows of another table and writes `[source.mapping]` for a person to edit.

It guesses, and says of each guess why; nothing but `healthtrends map` uses it. Ingest never guesses.
"""
