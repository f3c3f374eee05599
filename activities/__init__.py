"""What touches the world: one step, one retry.

Order and waiting belong to workflows; rules belong to models.
"""
