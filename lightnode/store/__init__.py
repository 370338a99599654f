"""The encrypted cache on a laptop (foundations section 10): headers, checkpoints, jobs, records, openings, evidence.

Invariants:
- One folder per environment and genesis hash, mode 0700; the database key is random and lies only in the sidecar's
  key slots.
- Everything is committed with `synchronous=FULL`: what a method returned from survives kill -9.
- Wrong key, damaged file and not-a-database are three different errors.
"""
