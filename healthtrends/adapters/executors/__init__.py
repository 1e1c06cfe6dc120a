"""Executors of a Spark cluster that stage pieces of the topic: the driver's side and their own.

Spark's Kafka source fetches a piece, this project's Python decodes and writes it where it was fetched, and
only facts about files come back.
"""
