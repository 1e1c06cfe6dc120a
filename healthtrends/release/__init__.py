"""What an audience may see. `internal` sees today's exact numbers; it is the only audience now."""
