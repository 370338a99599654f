"""What can go wrong with the local network."""

from __future__ import annotations

from lightnode.errors import LightNodeError


class DevnetError(LightNodeError):
    """Base of everything the local network raises."""

    code = "DEVNET"
    advice = "Look into the network's log file, then start it again."


class EngineMissingError(DevnetError):
    """The environment with the EVM engine is not installed."""

    code = "DEVNET-ENGINE"
    advice = "Run ./dev setup, or name its interpreter in CHANCERY_ENGINE_PYTHON."


class EngineFailedError(DevnetError):
    """The EVM engine stopped or answered something unreadable."""

    code = "DEVNET-ENGINE-FAILED"


class CallTimeError(DevnetError):
    """A call ran longer than calls may, and was ended."""

    code = "DEVNET-CALL-TIME"
    advice = "Ask for less in one call, or give it less gas."


class DevnetStartError(DevnetError):
    """The network's process did not come up."""

    code = "DEVNET-START"


class DevnetRunsError(DevnetError):
    """Another process serves the folder."""

    code = "DEVNET-RUNS"
    advice = "Use the network that runs, or stop it first with chancery devnet stop."


class DevnetPortError(DevnetError):
    """The port for JSON-RPC cannot be opened: another program has it, or it needs rights."""

    code = "DEVNET-PORT"
    advice = "Choose another one with --port, or leave it out for any free one."


class DevnetStatusError(DevnetError):
    """A network runs, but the file that says where is damaged."""

    code = "DEVNET-STATUS"
    advice = "Stop the network with chancery devnet stop, then start it again."


class DevnetStopError(DevnetError):
    """The network's process cannot be ended."""

    code = "DEVNET-STOP"
    advice = "End the process that holds network.lock in the folder, then start the network again."


class DevnetFolderError(DevnetError):
    """A folder holds no network, or a damaged one."""

    code = "DEVNET-FOLDER"
    advice = "Give the folder of a network, or an empty one for a new network."


class DevnetSettingError(DevnetError):
    """A setting of a new network is out of range."""

    code = "DEVNET-SETTING"
    advice = "Choose a value within the range that the message names."


class TransactionRefusedError(DevnetError):
    """A transaction was refused before it entered a block, with Besu's code and words."""

    code = "DEVNET-REFUSED"
    advice = "Correct the transaction and send it again."

    def __init__(self, text: str, rpc_code: int = -32000) -> None:
        """Store the words and the JSON-RPC code."""
        super().__init__(text)
        self.rpc_code = rpc_code
