"""The ledger, documents, numbers and currencies.

Prices of calls come from the switch.
"""
