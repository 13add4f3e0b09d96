"""Staff: who may sign in to the console and what they may see and do there; keys for programs.

It knows nothing of customers: rooms ask `roles` whether an actor may do something, by the name of a permission.
"""
