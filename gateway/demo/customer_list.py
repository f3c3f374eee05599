"""A list of customers is imported as anybody would do it: some rows are good, some are not."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gateway.demo.cast import FULL
from gateway.demo.stage import Stage
from gateway.uploads import Uploads
from models.accounts.rate_group import RateGroup
from models.jobs.import_plan import ImportPlan, start_import
from models.jobs.job import Job
from models.jobs.upload import Upload
from models.rules.csv_text import csv_line
from models.rules.customer_columns import ORIGINAL_COLUMNS
from models.rules.customer_csv import ImportDefaults
from models.rules.enums import AccountType

FILE_NAME = "customers-from-the-old-system.csv"
# Number, first name, last name, e-mail, balance, credit limit; the last five are refused.
ROWS = (
    ("3001", "Paula", "Archer", "paula@old.example", "12.50", ""),
    ("3002", "Quincy", "Brand", "quincy@old.example", "0", ""),
    ("3003", "Ruth", "Calder", "ruth@old.example", "7.25", ""),
    ("3004", "Stan", "Dyer", "stan@old.example", "", ""),
    ("3005", "Tess", "Ellis", "tess@old.example", "100", ""),
    ("3006", "", "", "unnamed@old.example", "", ""),
    ("3007", "Ugo", "Ferri", "ugo@old.example", "1.00", ""),
    ("3001", "Again", "Archer", "again@old.example", "", ""),
    (FULL, "Taken", "Number", "taken@old.example", "", ""),
    ("3010", "No", "Address", "not an address", "", ""),
    ("3011", "Prepaid", "Limit", "limit@old.example", "", "50"),
    ("30 12", "Broken", "Balance", "broken@old.example", "much", ""),
)


async def hand_in(stage: Stage) -> None:
    """Upload the file and queue its import; the worker does the rest."""
    upload = await Upload.filter(file_name=FILE_NAME, completed_at__not_isnull=True).first()
    if upload is None:
        upload = await Upload.begin(stage.viewer, FILE_NAME)
        await Uploads(stage.store).keep(upload, _pieces())
    if not await Job.filter(upload_id=upload.id).exists():
        standard = await RateGroup.get(name="Standard", reseller_id=None)
        defaults = ImportDefaults(type=AccountType.PREPAID, rate_group_id=standard.id)
        await start_import(ImportPlan(upload_id=upload.id, defaults=defaults), stage.viewer)


async def _pieces() -> AsyncIterator[bytes]:
    yield csv_line(ORIGINAL_COLUMNS).encode()
    for number, first, last, email, balance, limit in ROWS:
        said = {
            "Account": number,
            "First Name": first,
            "Last Name": last,
            "Email": email,
            "Balance": balance,
            "Credit Limit": limit,
        }
        yield csv_line(said.get(column, "") for column in ORIGINAL_COLUMNS).encode()
