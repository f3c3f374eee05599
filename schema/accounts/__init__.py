"""Accounts, resellers and rate groups as the API says them.

No rule about an account is decided here.
"""
