"""Where uploads and downloads lie, opened from its address.

What is kept there, and for how long, is not said here.
"""

from __future__ import annotations

from obstore.store import LocalStore, ObjectStore, from_url


def open_storage(url: str) -> ObjectStore:
    """The store at `file:///…` (made where it is missing) or `s3://bucket/prefix`.

    S3 takes its credentials and region from the usual AWS variables.
    """
    if url.startswith("file:"):
        return LocalStore.from_url(url, mkdir=True)
    return from_url(url)
