"""Where keys live: one token contract, its back ends, and the adapter that makes their signatures fit for the ledger.

Only a signer process imports this package. It knows bytes and digests, no ledger and no bridge.
"""
