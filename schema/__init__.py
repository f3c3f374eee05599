"""What is said: GraphQL types, inputs, permissions and the compiled reads.

It stands on models alone; it starts no work and opens no transaction. Whatever room is entered
first, the closed lists of words are GraphQL enums by then.
"""

import schema.jobs.words
import schema.money.words
import schema.words  # noqa: F401 - importing them is the effect
