"""The pages that people open: one a date, and an index; plain data in, one self-contained file out."""
