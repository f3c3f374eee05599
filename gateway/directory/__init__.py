"""The switches' listener: who may sign in, decided within milliseconds from rows.

A port of its own, without GraphQL; switches sign in here, people never.
"""
