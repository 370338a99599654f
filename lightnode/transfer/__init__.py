"""Headers, a checkpoint and proofs in one file, for an office without a line (T1 to T5 of `docs/verification.md`).

Invariants: a file is a source like a node and no more is believed of it; it is read and written in pieces of bounded size.
"""
