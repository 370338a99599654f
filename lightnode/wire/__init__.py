"""Pure wire formats that the light node and the signer share (foundations section 2).

Nothing below this package opens a file, a socket or a clock. It imports only the standard library, the
curve and hash libraries, cbor2 and `lightnode.errors`.
"""
