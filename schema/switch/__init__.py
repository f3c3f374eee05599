"""The switches as the administration sees and attaches them.

What a switch obeys is rows of other rooms; nothing here talks to one.
"""
