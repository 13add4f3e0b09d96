"""Reactions: what rooms do when something happened, without the room in which it happened knowing them.

A room records an event (`platform.events`) in its own transaction; another registers a `Reaction` to events of that
name (`platform.registry.reactions`). `dispatcher.dispatch` brings them together, in the worker: each reaction works in
a transaction of its own which also marks it as done for that event. `queries.given_up` shows what failed too often,
`actions.restart` takes it back.
"""
