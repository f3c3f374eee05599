"""Customers, providers, resellers, their logins and what prices them.

Money lives in the ledger, devices in the panel.
"""
