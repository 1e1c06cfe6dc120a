"""Synthetic messages of the format `record`, whose rendering is the fast one of `sources/synthetic.py`."""

from healthtrends.sources.synthetic import synthetic

messages = synthetic
