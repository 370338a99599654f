"""What public registries on the ledger say, read from proven storage and proven logs: EBSI's and the act registry's.

Nothing here asks a server: plans name the slots they need, whoever proves them hands the words back, and every answer
carries the block it holds for.
"""
