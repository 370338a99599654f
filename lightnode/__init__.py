"""What the ledger means: wire formats, consensus rules, proofs, evidence, verdicts and the encrypted store.

Nothing in here imports another package of this project, and nothing imports Qt. Cores are sans-I/O: bytes,
time and randomness are arguments.
"""
