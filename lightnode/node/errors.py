"""What can go wrong while the verified server answers or starts."""

from __future__ import annotations

from lightnode.errors import LightNodeError


class NodeError(LightNodeError):
    """Base of what the verified server raises."""

    code = "NODE"
    advice = "Report this with the code."


class UnprovableError(NodeError):
    """What was asked cannot be proven under a verified header."""

    code = "NODE-UNPROVABLE"
    advice = "Ask in a way that docs/verified-rpc.md names; what a ledger cannot prove, ask a node of your own."


class UpstreamLieError(NodeError):
    """The node behind the server gave something that its verified block contradicts."""

    code = "NODE-UPSTREAM"
    advice = "Do not rely on the node behind this server; give another one with --rpc."


class NodePortError(NodeError):
    """The address that the server should listen on cannot be opened."""

    code = "NODE-PORT"
    advice = "Choose another --port, or stop the program that uses this one."


class NodeTokenError(NodeError):
    """The file with the server's token is not private, or holds no token."""

    code = "NODE-TOKEN"
    advice = "Delete the file and start the server again: it makes a new one that only you can read."


class NodeStoppedError(NodeError):
    """The server is being stopped, or its light client has ended."""

    code = "NODE-STOPPED"
    advice = "Start the server again."
