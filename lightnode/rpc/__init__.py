"""Asking a node over JSON-RPC: bounded in time, size and depth, and believed in nothing.

Invariants:
- What a node answers is input to be proven (`lightnode.consensus`, `lightnode.wire.trie`), never a fact.
- No redirect, no proxy from the environment, no compressed answer; one deadline for a whole call.
"""
