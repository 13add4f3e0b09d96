"""Settings of what comes in and goes out by program: the stream's state, what was refused, webhooks both ways."""
