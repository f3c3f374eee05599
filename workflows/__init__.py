"""What must finish: stories in order, their timeouts, the relay and the worker.

Activities touch the world; nothing here reads settings or speaks HTTP.
"""
