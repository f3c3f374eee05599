"""Where a mailed link leads: one page on which somebody sets a password."""
