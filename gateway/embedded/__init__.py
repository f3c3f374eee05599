"""The servers that run on this machine when none is named in the environment.

They are direct children of the supervisor and keep their files in the data directory.
"""
