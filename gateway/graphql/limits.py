"""Every limit on a request and a document, in one place, each with its reason.

The limits of a principal over time (points a minute, tries to sign in) are in `gateway.limits`.
"""

from typing import Final

BODY_BYTES: Final = 1 << 20  # the largest sensible input is a filter with some hundred ids
JSON_DEPTH: Final = 64  # filters nest in pairs of levels; deeper is an attack on recursion
JSON_VALUES: Final = 20_000  # bounds the time of coercion
DOCUMENT_CHARACTERS: Final = 15_000  # the whole introspection query has 1,700
DOCUMENT_TOKENS: Final = 2_000
DOCUMENT_NESTING: Final = 64  # brackets of any kind, those of literals included
DEPTH: Final = 12  # nested fields; introspection is bounded by a validation rule of its own
SELECTION_NESTING: Final = 100  # selections within selections and fragments: our walks recurse
ALIASES: Final = 30
ROOT_FIELDS: Final = 20
DIRECTIVES: Final = 20
COST: Final = 10_000  # about fifty rows with ten panels of twenty rows
PAGE: Final = 100  # rows of one connection
DEFAULT_PAGE: Final = 25  # where neither `first` nor `last` says otherwise
IDS: Final = 100  # ids of one `nodes(ids)`
SCHEMA_COST: Final = 2_500  # a whole introspection takes about 0.1 s
TYPE_COST: Final = 250
PLANNING_STEPS: Final = 20_000  # merging selections can grow exponentially; legitimate: hundreds
MERGE_BUDGET: Final = 100_000  # of graphql-core's check of overlapping fields: about 80 ms
REPORTED_ERRORS: Final = 20  # of one document
OPERATION_SECONDS: Final = 10
