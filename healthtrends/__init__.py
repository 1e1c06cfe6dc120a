"""HealthTrends: patient records from Kafka to daily diagnosis trends."""

__version__ = "0.1.0"
