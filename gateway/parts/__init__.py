"""The processes of Trunkline: one file each, started alone or by the supervisor.

A file says what its process needs and runs it; what the process does stands elsewhere.
"""
