"""The platform: the workspace and its settings, Django for the operations store, and what every room above needs.

`workspace.open_workspace(home)` gives paths and settings without Django; `store.start(workspace)` sets Django up and
brings the store's tables up to date. `events`, `audit`, `locks` and `sql` are used by rooms; `registry` is how an upper
room adds to a lower one. Rooms above bring their own models.
"""
