"""Settings of a local network, its genesis file in Besu's format, and its validators' keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import coincurve

from lightnode.consensus.constants import MIX_HASH
from lightnode.consensus.extra_data import BftRules, ExtraData, encode_extra_data
from lightnode.devnet.errors import DevnetSettingError
from lightnode.wire.curve import address_of
from lightnode.wire.profile import TRAINING_CHAIN_IDS
from lightnode.wire.types import Address

DEFAULT_CHAIN_ID = 0x43480001
GAS_LIMIT = 30_000_000
_PREFUND = 10**24


@dataclass(frozen=True, slots=True)
class DevnetSettings:
    """How a network is made.

    Attributes:
        validators: how many seal.
        period_seconds: between blocks; ignored on demand.
        on_demand: a block is mined when a transaction comes.
        chain_id: within the training range.
        epoch_length: blocks.
        funded: addresses that begin with a balance; gas is free for everyone.
    """

    validators: int = 4
    period_seconds: int = 1
    on_demand: bool = False
    chain_id: int = DEFAULT_CHAIN_ID
    epoch_length: int = 30_000
    funded: tuple[Address, ...] = ()

    def check(self) -> None:
        """Demand that every setting is within its range.

        Raises:
            DevnetSettingError: one is not.
        """
        if not 1 <= self.validators <= 40:
            raise DevnetSettingError("A network has 1 to 40 validators.")
        if self.chain_id not in TRAINING_CHAIN_IDS:
            raise DevnetSettingError("A local network has a training chain id, 0x43480000 to 0x4348FFFF.")
        if not 1 <= self.period_seconds <= 3600 or not 1 <= self.epoch_length <= 1 << 31:
            raise DevnetSettingError("A period has 1 to 3600 seconds, an epoch at least one block.")


def address_of_key(secret: bytes) -> Address:
    """Give a validator's address."""
    return address_of(coincurve.PrivateKey(secret).public_key.format(compressed=False))


def genesis_file(settings: DevnetSettings, members: Sequence[Address], timestamp: int) -> bytes:
    """Make the genesis file that our verifier and a genuine Besu read alike.

    Args:
        settings: of the network.
        members: the first validators.
        timestamp: unix seconds of block 0.
    """
    extra = ExtraData(bytes(32), tuple(sorted(members)), None, 0, ())
    engine: dict[str, Any] = {
        "epochlength": settings.epoch_length,
        "blockperiodseconds": settings.period_seconds,
        "requesttimeoutseconds": max(4, 2 * settings.period_seconds),
    }
    if settings.on_demand:
        # With a period in milliseconds two blocks may share a second.
        engine["xblockperiodmilliseconds"] = 100
    document = {
        "config": {
            "chainId": settings.chain_id,
            "berlinBlock": 0,
            "londonBlock": 0,
            "zeroBaseFee": True,
            "qbft": engine,
        },
        "nonce": "0x0",
        "timestamp": hex(timestamp),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": f"0x{MIX_HASH.hex()}",
        "coinbase": f"0x{bytes(20).hex()}",
        "baseFeePerGas": "0x0",
        "extraData": f"0x{encode_extra_data(BftRules.QBFT, extra).hex()}",
        "alloc": {f"0x{address.hex()}": {"balance": hex(_PREFUND)} for address in settings.funded},
    }
    return json.dumps(document, indent=1).encode()
