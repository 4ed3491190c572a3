"""Reads a ticket: redacts personal data, says what the customer's problem is, how it is felt and what is at risk."""
