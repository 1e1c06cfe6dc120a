"""The only place where adapters and the local stack meet the stages: settings in, working objects out.

The command line takes everything that talks to a server from here. The modules are imported by the commands
that need them, so that `--help` is fast and `doctor` works without packages that are missing.
"""
