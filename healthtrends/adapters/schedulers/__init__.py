"""Wrappers for schedulers: each starts the installed command and reads its exit code.

They import nothing of the program and no package but that of their scheduler, so that an environment of a
scheduler needs this package alone (`pip install --no-deps`), and the program has one of its own.
"""
