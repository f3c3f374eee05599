"""What the entries of the customer screen keep.

Money lives in the ledger, accounts next door.
"""
