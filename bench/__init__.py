"""Measures the figures that the helpdesk promises, each beside the raw floor of the same run."""
