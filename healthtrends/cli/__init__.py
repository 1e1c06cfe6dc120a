"""The command line: parses, shows, and leaves the work to orchestrate."""
