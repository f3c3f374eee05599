"""What ails an installation: each dependency and each set of books gets one finding.

It repairs nothing; a finding that is not good names the remedy.
"""
