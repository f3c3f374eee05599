"""Pure rules: the standard library and nothing else, safe inside a workflow sandbox.

No table, environment or network is touched; what only a database can tell comes in as a fact.
"""
