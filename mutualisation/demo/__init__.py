"""What exists only for the demonstration: its data, its accounts, its mailbox."""
