"""Reports: one module each, with its columns, the days it reads and its maker; `registry` lists them all."""
