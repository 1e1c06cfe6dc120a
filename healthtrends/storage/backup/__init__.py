"""Copies of a root at one commit, in any file store; incremental, verified, and whole or not there."""
