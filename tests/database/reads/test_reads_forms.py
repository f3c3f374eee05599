"""Every form of field, answered both ways."""

from typing import Any

from tests.database.reads.conftest import Shop

EVERYTHING = """
query All($first: Int = 30, $between: DateTimeRange) {
  customers(first: $first) {
    __typename totalCount
    pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor }
    totals { __typename state people balance }
    edges { __typename cursor node { __typename id number } }
    nodes {
      __typename id number state balance { __typename amount currencyCode }
      owner { id number name } plan { id name price } planRef
      name company calls rate active trusted credit endsAt madeAt ended
      address { __typename line1 city } alert { below active }
      tags limits notes { __typename word text path amount number }
      subject { __typename id ... on Device { name customer { number } } ... on Plan { price } }
      devices(first: 2) { totalCount pageInfo { hasNextPage } nodes {
        id name state madeAt customer { id }
        person { __typename id number ... on Customer { name } }
      } }
      recentCalls { totalCount nodes { at seconds cost customer { number } } }
      allCalls(between: $between) { nodes { seconds cost } pageInfo { startCursor endCursor } }
      callTotals(between: $between) { calls cost }
      taxes { id name }
    }
  }
  plans { id name price }
}
"""


async def test_every_form_of_field_is_answered_alike_both_ways(the_shop: Shop) -> None:
    for viewer in the_shop.world.viewers.values():
        answer: dict[str, Any] = await the_shop.both(EVERYTHING, viewer)
        assert [plan["name"] for plan in answer["plans"]] == ["Plan 1", "Plan 2", "Plan 3"]
        assert answer["customers"]["totalCount"] > 0 or viewer.name
