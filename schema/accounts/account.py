"""What every account shows: number, state and wallet, whatever kind it is.

Customers and resellers add what is theirs.
"""

from models.rules.enums import AccountStatus
from schema.reads import Money, Node, column, embedded, interface
from schema.scalars import CurrencyCode


@interface(description="What has a wallet: a customer, provider or reseller.")
class Account(Node):
    """Fields with the same meaning in every kind of account."""

    number: str = column(
        description="The account number: unique among accounts not deleted, also a login."
    )
    status: AccountStatus = column(description="Where the account is in its life.")
    currency_code: CurrencyCode = column(description="The currency of its wallet.")
    balance: Money = embedded(
        amount="w.balance",
        currency_code="currency_code",
        description="The account's funds; negative: owed.",
    )
    available_balance: Money = embedded(
        amount="{w}.balance + {t}.credit_limit",
        currency_code="currency_code",
        description="What it may still spend: prepaid its balance, postpaid with the credit limit.",
    )
