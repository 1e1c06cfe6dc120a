"""Vendor clients and nothing else: Kafka, HDFS, local files, engines; the stages see Protocols."""
