"""Topic to HDFS, exactly once: plan, consume, decode, split by date, stage, commit."""
