"""Who is served: customers, providers and resellers in one table, and what their form offers."""
