"""A JSON-RPC server that answers from what it proved (docs/verified-rpc.md): asked as Besu is, believed as nobody else.

Invariants:
- Every member of an answer is rebuilt from bytes that stand under a verified header; nothing a node said is passed on.
- What cannot be proven is refused with one error, "not provable"; null is answered only where absence is proven.
"""
