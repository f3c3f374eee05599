"""Stories that need a worker share the house of the tests of durable work."""

from tests.temporal.conftest import connection, house

__all__ = ["connection", "house"]
