"""Api: the HTTP frame for programs. It knows keys, cross-origin rules, sizes, rates, repeated requests and one shape of
errors, and nothing of customers or orders.

`web.wsgi -> frame or ingest -> the room's own router (customers.api, stream.api) or stream.inbox`, and back as JSON.
"""
