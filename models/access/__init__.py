"""Staff, sessions, keys, idempotency and audit.

What a permission is called is a rule.
"""
