"""Balances, postings and documents as the API says them.

No amount is computed here.
"""
