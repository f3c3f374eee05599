"""Long operations: what was asked, how far it is, and what became of each row.

How they are carried out is no business of this floor.
"""
