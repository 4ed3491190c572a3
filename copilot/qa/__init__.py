"""What is looked at once a conversation is over: its score against the SOP, and its summary."""
