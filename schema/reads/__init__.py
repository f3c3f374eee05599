"""A document becomes one SQL statement.

Fields are declared here; what they mean is said by the types of the neighbouring rooms.
"""
