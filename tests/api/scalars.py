"""What schemathesis has to know of our scalars; its command line takes this module as hooks.

Values are well-formed, of which some are refused all the same.
"""

from __future__ import annotations

from datetime import date

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

SCALARS = {
    "Decimal": st.decimals(-1_000, 1_000, places=2).map(str),
    "DateTime": st.sampled_from(["2030-01-31T09:30:00Z", "1970-01-01T00:00:00+14:00"]),
    "Date": st.dates(date(1000, 1, 1), date(9998, 12, 31)).map(str),
    "Cursor": st.text(max_size=20),
    "CurrencyCode": st.sampled_from(["USD", "EUR", "XXX"]),
    "CountryCode": st.sampled_from(["US", "DE", "ZZ"]),
    "TimeZone": st.sampled_from(["UTC", "Europe/Berlin", "Mars/Olympus"]),
    "EmailAddress": st.emails(),
    "PhoneNumber": st.from_regex(r"\+?[0-9 ()-]{0,40}", fullmatch=True),
    "IpNetwork": st.ip_addresses().map(str),
}
for _name, _strategy in SCALARS.items():
    schemathesis.graphql.scalar(_name, _strategy.map(nodes.String))
