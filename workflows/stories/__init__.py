"""One file a story, told in order.

No table, clock, randomness or environment: activities know those.
"""
