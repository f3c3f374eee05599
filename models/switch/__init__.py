"""The switches that serve our devices, and what each of them has applied."""
