"""Jobs, their rows and their progress as the API says them.

No job is run here.
"""
