"""The opaque ids that people see of rows, unique across types, and which fields hold them.

Who may see the row is no matter of its id: it proves nothing and grants nothing.
"""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

REFERS_TO: Final[Mapping[str, str]] = MappingProxyType(
    {
        "resellerId": "Reseller",
        "parentId": "Reseller",
        "rateGroupId": "RateGroup",
        "nonCliRateGroupId": "RateGroup",
        "localizationId": "Localization",
        "taxIds": "Tax",
        "logoUploadId": "Upload",
        "productId": "Product",
        "didId": "Did",
    }
)
"""Fields that name other rows, by their names in the API, and the GraphQL type of those."""


def global_id(type_name: str, row_id: UUID) -> str:
    """The opaque id of a row of a GraphQL type: unpadded base64url of `<type>:<uuid>`."""
    return base64.urlsafe_b64encode(f"{type_name}:{row_id}".encode()).decode().rstrip("=")
