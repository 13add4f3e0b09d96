"""The server: one WSGI application that mounts what the edges export, and the processes that keep it running.

It owns no screen: `settings` adds sign-in and screens to the store's Django, `urls` mounts the edges, `wsgi` is what
the web server loads.
"""
