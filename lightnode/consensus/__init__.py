"""The rules of QBFT, IBFT 2.0 and IBFT 1 as Besu and GoQuorum keep them: headers, seals, validator sets, chains.

Invariants: a header counts only after every numbered rule of `docs/verification.md`; what a node prints beside the
header is never believed.
"""
