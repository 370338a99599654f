"""Profiles: the signed description of one network (foundations sections 1 and 6). Kind *profile*, signed by governance.

Body: map `{0 name, 1 client, 2 chain id, 3 genesis header RLP, 4 genesis hash, 5 curve, 6 engines, 7 changes, 8 London
block or null, 9 validator contracts, 10 way of recording, 11 gas policy, 12 Keccak-256 of the genesis file}`.

Invariants: training chain ids stand in training profiles only, and training profiles have no other; the scope is the
genesis hash. Hash and header are compared by whoever knows the consensus rules, not here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve
from lightnode.wire.payload import Payload
from lightnode.wire.plain_text import is_sentence_part
from lightnode.wire.types import Address, Hash32, address, hash32

TRAINING_CHAIN_IDS = range(0x43480000, 0x43490000)
CLIENTS = ("besu", "goquorum")
ENGINES = ("qbft", "ibft2", "ibft1")
REGISTRY = 1
TIMESTAMP = 2


class ProfileError(WireError):
    """A profile is malformed or contradicts itself."""

    code = "PROFILE"
    advice = "Ask governance for the signed profile of your network."


class TrainingRangeError(ProfileError):
    """A training chain id stands outside training, or the reverse."""

    code = "PROFILE-TRAINING"


@dataclass(frozen=True, slots=True)
class EngineSpan:
    """An engine from a height on, as `[start, engine, epoch length, epoch base]`."""

    start: int
    engine: str
    epoch_length: int
    epoch_base: int


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A change of settings from a height on, as `[start, period, contract, validators]`; null leaves it."""

    start: int
    period_seconds: int | None
    contract: Address | None
    validators: tuple[Address, ...] | None


@dataclass(frozen=True, slots=True)
class ValidatorContract:
    """A validator contract in the genesis state, as `[address, code hash, [members]]`."""

    address: Address
    code_hash: Hash32
    members: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """How acts are recorded: `[way, contract, code hash]`.

    Attributes:
        way: `REGISTRY` or `TIMESTAMP`.
        contract: address that acts are sent to.
        code_hash: Keccak-256 of its code, pinned.
    """

    way: int
    contract: Address
    code_hash: Hash32


@dataclass(frozen=True, slots=True)
class GasPolicy:
    """What an act's transaction may cost: `[type, highest gas price, gas limit]`.

    Attributes:
        type: 0 or 2.
        max_price: wei a gas; 0 where gas is free.
        limit: gas units.
    """

    type: int
    max_price: int
    limit: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A network.

    Attributes:
        environment: training, test or production.
        name: for people.
        client: besu or goquorum.
        chain_id: of transactions.
        genesis_header: RLP of block 0.
        genesis_hash: its hash; the scope of everything about this network.
        curve: of every signature on it.
        engines: by height.
        changes: of settings, by height.
        london_block: first height with a base fee, if any.
        contracts: validator contracts with their genesis state.
        recording: where acts go; None before the registry is deployed.
        gas: policy for acts.
        genesis_digest: Keccak-256 of the genesis file.
    """

    environment: str
    name: str
    client: str
    chain_id: int
    genesis_header: bytes
    genesis_hash: Hash32
    curve: Curve
    engines: tuple[EngineSpan, ...]
    changes: tuple[SettingChange, ...]
    london_block: int | None
    contracts: tuple[ValidatorContract, ...]
    recording: Recording | None
    gas: GasPolicy
    genesis_digest: Hash32

    @property
    def timestamp(self) -> Address | None:
        """The Timestamp registry; None where acts go to an act registry, or nowhere yet."""
        recording = self.recording
        return recording.contract if recording is not None and recording.way == TIMESTAMP else None

    @property
    def rules_digest(self) -> Hash32:
        """The digest that checkpoints carry: SHA-256(`chancery/profile-rules/1` || CBOR of the members 1 to 9).

        Name, recording, gas policy and the genesis file's digest may change without a header being judged otherwise.
        """
        body = self.body()
        rules = [body[number] for number in range(1, 10)]
        return Hash32(hashlib.sha256(b"chancery/profile-rules/1" + cbor.encode(rules)).digest())

    def body(self) -> dict[int, cbor.Value]:
        """Give the envelope's body."""
        recording = self.recording
        return {
            0: self.name,
            1: self.client,
            2: self.chain_id,
            3: self.genesis_header,
            4: self.genesis_hash,
            5: self.curve.value,
            6: [[item.start, item.engine, item.epoch_length, item.epoch_base] for item in self.engines],
            7: [
                [item.start, item.period_seconds, item.contract,
                 None if item.validators is None else list(item.validators)]
                for item in self.changes
            ],
            8: self.london_block,
            9: [[item.address, item.code_hash, list(item.members)] for item in self.contracts],
            10: None if recording is None else [recording.way, recording.contract, recording.code_hash],
            11: [self.gas.type, self.gas.max_price, self.gas.limit],
            12: self.genesis_digest,
        }  # fmt: skip


def read_profile(payload: Payload) -> Profile:
    """Read a verified profile payload.

    Raises:
        ProfileError: malformed, or scope and genesis hash differ.
        TrainingRangeError: chain id and environment do not fit.
    """
    body = payload.body
    if payload.kind != "profile" or not isinstance(body, dict) or set(body) != set(range(13)):
        raise ProfileError("The body of a profile is malformed.")
    try:
        profile = _read(payload.environment, body)
    except (ProfileError, TrainingRangeError):
        raise
    except (WireError, TypeError, ValueError, KeyError, AttributeError) as cause:
        raise ProfileError("A member of a profile is malformed.") from cause
    if payload.scope != profile.genesis_hash or profile.body() != body:
        raise ProfileError("A profile's scope is not its genesis hash, or a member is malformed.")
    return profile


def demand_environment(environment: str, chain_id: int) -> None:
    """Demand that training chain ids and the training environment go together.

    Raises:
        TrainingRangeError: they do not.
    """
    if (environment == "training") != (chain_id in TRAINING_CHAIN_IDS):
        raise TrainingRangeError(f"Chain id {chain_id} does not belong to the environment {environment}.")


def _read(environment: str, body: dict[int, Any]) -> Profile:
    name, client, chain_id = body[0], body[1], body[2]
    if not isinstance(name, str) or len(name) > 40 or not is_sentence_part(name) or client not in CLIENTS:
        raise ProfileError("The name or client of a profile is malformed.")
    demand_environment(environment, _uint(chain_id))
    return Profile(
        environment=environment,
        name=name,
        client=client,
        chain_id=chain_id,
        genesis_header=_bytes(body[3]),
        genesis_hash=hash32(_bytes(body[4])),
        curve=Curve(body[5]),
        engines=tuple(_engine(item) for item in body[6]),
        changes=tuple(_change(item) for item in body[7]),
        london_block=None if body[8] is None else _uint(body[8]),
        contracts=tuple(
            ValidatorContract(address(where), hash32(code), tuple(address(m) for m in members))
            for where, code, members in body[9]
        ),
        recording=None if body[10] is None else _recording(body[10]),
        gas=_gas(body[11]),
        genesis_digest=hash32(_bytes(body[12])),
    )


def _uint(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ProfileError("A number of a profile is malformed.")
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise ProfileError("Bytes of a profile are missing.")
    return value


def _engine(item: Any) -> EngineSpan:
    start, engine, length, base = item
    if engine not in ENGINES or _uint(length) == 0:
        raise ProfileError("An engine of a profile is malformed.")
    return EngineSpan(_uint(start), engine, length, _uint(base))


def _change(item: Any) -> SettingChange:
    start, period, contract, validators = item
    return SettingChange(
        _uint(start),
        None if period is None else _uint(period),
        None if contract is None else address(_bytes(contract)),
        None if validators is None else tuple(address(_bytes(member)) for member in validators),
    )


def _recording(item: Any) -> Recording:
    way, contract, code = item
    if _uint(way) not in (REGISTRY, TIMESTAMP):
        raise ProfileError("A profile names an unknown way of recording.")
    return Recording(way, address(_bytes(contract)), hash32(_bytes(code)))


def _gas(item: Any) -> GasPolicy:
    kind, price, limit = item
    if _uint(kind) not in (0, 2):
        raise ProfileError("The gas policy of a profile is malformed.")
    return GasPolicy(kind, _uint(price), _uint(limit))
