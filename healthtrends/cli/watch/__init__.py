"""`watch`: what the screen knows, as lines, on a terminal; looks at the servers go on beside it."""
