"""Producer stage: sends records to the topic, confirms and counts every delivery."""
