"""Rows of a file as they wait: what is not read stays for the report, secrets stay with nobody."""

import orjson
import pytest

from models import seal
from models.jobs.import_lines import CELLS_PURPOSE
from models.jobs.staging import staged
from models.rules.csv_text import Record
from models.rules.customer_columns import recognised
from models.rules.enums import CustomerImportField, ImportMatch
from tests.people import install_key

NUMBER_ALONE = {"Nr": CustomerImportField.NUMBER}
SECRET = "planted-Secret-77"


@pytest.mark.parametrize(
    "title",
    [
        *("Password", "password", " PASSWORD ", "SIP Password", "sip_password", "SIPPassword"),
        *("Portal-Password", "SIP Secret", "secret", "Pin", "sip pin", "Voicemail PIN"),
    ],
)
def test_a_secret_in_a_column_that_is_not_read_is_kept_nowhere(title: str) -> None:
    layout = recognised(["Nr", title, "Note"], ImportMatch.NUMBER, NUMBER_ALONE)
    (row,) = staged([Record(2, ["1001", SECRET, "keep"])], layout)
    assert row.cells == ["1001", "", "keep"]
    assert row.sealed_cells is None


@pytest.mark.parametrize("title", ["Note", "Secretary", "Pin Code", "Password expires", "Spin"])
def test_other_cells_that_are_not_read_stay_for_the_report(title: str) -> None:
    layout = recognised(["Nr", title], ImportMatch.NUMBER, NUMBER_ALONE)
    (row,) = staged([Record(2, ["1001", "keep", "more"])], layout)
    assert row.cells == ["1001", "keep", "more"]


def test_passwords_that_are_read_are_sealed_and_blank_and_others_gone() -> None:
    install_key()
    header = ["Account", "Password", "password", "SIP Password"]
    layout = recognised(header, ImportMatch.NUMBER)
    record = Record(2, ["1001", SECRET, "other", ""])
    (row, short) = staged([record, Record(3, ["1002"])], layout)
    assert row.cells == ["1001", "", "", ""]
    assert record.cells[1] == SECRET
    assert orjson.loads(seal.unseal(CELLS_PURPOSE, row.sealed_cells or b"")) == [[1, SECRET]]
    assert (short.cells, short.sealed_cells) == (["1002"], None)
