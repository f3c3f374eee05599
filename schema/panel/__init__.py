"""The entries of the customer screen as the API says them.

No rule about an entry is decided here.
"""
