"""The signer's firmware: parser, trusted display, policy, approval, audit log; the same code on a board and as a process."""
