"""What runs before anything is installed.

Standard library only; nothing of the product imports it.
"""
