"""What a session is: events, commands, states and the rules that decide, free of every library."""
