"""What is true: tables with their verbs, standing on pure rules.

Nothing here knows who asks over which wire, or which workflow carries a long operation.
"""
