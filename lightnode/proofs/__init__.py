"""What an office asks of the ledger, each proven under a verified header: state, bodies, logs, and their absence.

Invariants: every function takes a `VerifiedHeader` and what a server claims, and gives what is proven or raises; nothing
that a server printed beside a proof is passed on. The steps are R0 to R9 of `docs/verification.md`.
"""
