"""A house with people in it, to try everything on: made by the verbs that everybody uses.

It is made once; what people change or remove afterwards stays changed or removed.
"""
