"""What the benchmark scripts share: servers of their own, one measured process, one table."""
