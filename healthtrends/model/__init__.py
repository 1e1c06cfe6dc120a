"""The domain core: what a record is, which rules it must keep, and why one is rejected. No I/O, no clock."""
