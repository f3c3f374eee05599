"""The steps that bring a database to today's tables; written by `make migration`, never edited."""
