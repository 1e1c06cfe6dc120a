"""Every path, the commit log and what it proves; knows a file store only by its port."""
