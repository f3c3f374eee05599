"""What the tables promise beyond their columns: functions, checks, triggers, indexes, views.

The texts stand in `sql/`, one file a room, run in this order.
"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops

SQL = Path(__file__).parent / "sql"
ROOMS = ("accounts", "access", "panel", "ledger", "billing", "cdr", "jobs", "sip", "lists")


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    operations = [
        ops.RunSQL((SQL / f"{room}.sql").read_text())
        for room in ROOMS
        if (SQL / f"{room}.sql").exists()
    ]
