"""Survey of a topic: what its messages are, for a person who configures; ingest never guesses."""
