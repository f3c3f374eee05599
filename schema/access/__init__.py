"""Sign-in, people and keys as the API says them.

No password is checked here.
"""
