"""The platform: the workspace and its settings, and Django for the operations store.

`workspace.open_workspace(home)` gives paths and settings without Django; `django.start(workspace)` sets Django up and
brings the store's tables up to date. Rooms above bring their own models.
"""
