"""What the tables promise beyond their columns: functions, checks, triggers, indexes, views.

The texts stand in `sql/`, one file a matter, run in this order.
"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops

SQL = Path(__file__).parent / "sql"
MATTERS = (
    "accounts",
    "access",
    "panel",
    "ledger",
    "billing",
    "cdr",
    "jobs",
    "sip",
    "kamailio",
    "lists",
)


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    operations = [ops.RunSQL((SQL / f"{matter}.sql").read_text()) for matter in MATTERS]
