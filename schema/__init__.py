"""What is said: GraphQL types, inputs, permissions and the compiled reads.

It stands on models alone; it starts no work and opens no transaction.
"""
