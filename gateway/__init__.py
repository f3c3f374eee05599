"""What listens: processes, HTTP, sign-in, limits, settings and the embedded servers.

It may use every other room; none of them knows it. No business rule lives here.
"""
