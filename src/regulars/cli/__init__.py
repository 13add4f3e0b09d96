"""The command line: each command loads only what it needs, and shows errors and figures to people or machines."""
