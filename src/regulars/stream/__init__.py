"""Stream: what programs send, as it happens; events and orders over HTTP, shops' webhooks, webhooks of our own.

`segment.parse -> inbox.accept (durable, once) -> applier (what operations must know) and drainer -> lake`. What can't
be used waits in quarantine. Accepted means written; everything behind the inbox can be killed and goes on from there.
"""
