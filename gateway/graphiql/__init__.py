"""GraphiQL for whoever tries the API by hand.

Files of others lie in `vendor`, unchanged.
"""
