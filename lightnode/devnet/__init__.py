"""A local QBFT network for demonstration, training and tests: its own process, real blocks, a real EVM.

The EVM is the Ethereum execution specification (EELS) in an environment of its own (docs/adr/0001); sealing, tries,
storage and JSON-RPC are ours. Nothing here is for anything but training chain ids.
"""
