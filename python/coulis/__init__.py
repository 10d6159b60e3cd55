"""Images into compact vectors; coulis.spark has the stages for Apache Spark."""

__version__ = "0.1.0"
