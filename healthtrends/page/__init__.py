"""HTML pages for readers: one a date, and an index; plain values in, one self-contained file out."""
