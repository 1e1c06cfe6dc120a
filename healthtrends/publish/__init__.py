"""Reports leave the pipeline here: CSV bytes, and issues that are published atomically."""
