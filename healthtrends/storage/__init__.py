"""The data root: its paths, the commit log, snapshots, cubes and `verify`. Reaches files only by a port."""
