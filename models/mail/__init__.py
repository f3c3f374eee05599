"""Mails: what is to be said to whom, and what became of it.

Nothing here opens a connection to a mail server.
"""
