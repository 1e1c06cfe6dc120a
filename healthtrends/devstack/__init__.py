"""The local stack: real Kafka and real HDFS as child processes on loopback, without containers.

Jars by a committed lock file (`artifacts`, `jars`, `mirror`, made by `lock`), a Java (`java`), processes that
outlive the command (`process`), one module a server (`kafka`, `hdfs`), and `stack.LocalStack` over all.
"""
