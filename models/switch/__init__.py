"""Registrar nodes and what each has applied.

Talking to them is an activity.
"""
