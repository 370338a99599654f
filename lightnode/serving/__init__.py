"""Serving JSON-RPC over HTTP to programs on this computer: what the local network and the verified server share.

Invariants: Host and Origin are checked before a body is read; bodies, batches, connections and time are bounded; one
request never ends the server.
"""
