"""What belongs to a customer: one file an entry of the customer screen's left panel."""
