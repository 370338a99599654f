"""Following a network by its headers: fetch, verify each in order, keep what is verified.

Invariants: a header is used only after `lightnode.consensus.HeaderChain` accepted it and all before it; what was once
verified is never given up for what a node says later.
"""
