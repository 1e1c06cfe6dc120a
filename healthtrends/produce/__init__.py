"""Records into the topic: every delivery confirmed and counted, and nothing sent twice when asked so."""
