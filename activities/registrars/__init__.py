"""How each kind of switch is told to forget.

Creating users on a switch is not done: switches look them up.
"""
