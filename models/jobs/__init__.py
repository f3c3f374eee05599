"""Jobs, their rows, uploads and the outbox.

Running a job is the work of workflows.
"""
