"""Where records come from: made up with a known truth, or read from files; iterables of SourceRecord."""
