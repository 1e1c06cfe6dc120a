"""Sources of records: synthetic with a known truth, or read from files; iterables of SourceRecord."""
