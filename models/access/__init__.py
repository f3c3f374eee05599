"""Who may come in and what they did: staff, sessions, API keys, repeats, audit."""
