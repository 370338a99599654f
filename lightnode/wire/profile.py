"""Profiles: the signed description of one network (foundations sections 1 and 6). Kind *profile*, signed by governance.

Body: map `{0 name, 1 client, 2 chain id, 3 genesis header RLP, 4 genesis hash, 5 curve, 6 engines, 7 changes, 8 London
block or null, 9 validator contracts, 10 way of recording, 11 gas policy, 12 Keccak-256 of the genesis file, ? 13 forks,
? 14 registries, ? 15 how seals are counted, ? 16 trusting period, ? 17 least time between blocks}` (docs/adr/0012).

Invariants: training chain ids stand in training profiles only, and training profiles have no other; the scope is the
genesis hash; members from 13 on are absent where they say nothing, and a number that is not known is refused by name.
Hash and header are compared by whoever knows the consensus rules, not here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire import profile_members as members
from lightnode.wire.curve import Curve
from lightnode.wire.payload import Payload
from lightnode.wire.plain_text import is_sentence_part
from lightnode.wire.profile_members import (
    ENGINES,
    REGISTRY,
    TIMESTAMP,
    EngineSpan,
    GasPolicy,
    ProfileError,
    Recording,
    SettingChange,
    ValidatorContract,
)
from lightnode.wire.profile_terms import (
    BLOCK,
    Fork,
    Strictness,
    read_forks,
    read_spacing,
    read_strictness,
    read_trusting_period,
)
from lightnode.wire.registry_pins import ACTS, TIMESTAMP_KIND, PinnedRegistry, read_registries
from lightnode.wire.types import Address, Hash32

__all__ = [
    "CLIENTS", "ENGINES", "REGISTRY", "TIMESTAMP", "TRAINING_CHAIN_IDS", "EngineSpan", "Fork", "GasPolicy",
    "PinnedRegistry", "Profile", "ProfileError", "Recording", "SettingChange", "Strictness", "TrainingRangeError",
    "UnknownMemberError", "ValidatorContract", "demand_environment", "read_profile",
]  # fmt: skip

TRAINING_CHAIN_IDS = range(0x43480000, 0x43490000)
CLIENTS = ("besu", "goquorum")
_FIRST = range(13)
_LATER = range(13, 18)
# Of the first members, those by which headers are judged.
_RULES = range(1, 10)
_SPACING = 17


class UnknownMemberError(ProfileError):
    """A profile holds a member that this version does not know, or lacks one."""

    code = "PROFILE-MEMBER"
    advice = "Use a version of this program that knows the profile, or ask governance for another profile."


class TrainingRangeError(ProfileError):
    """A training chain id stands outside training, or the reverse."""

    code = "PROFILE-TRAINING"


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
        contracts: validator contracts with their pinned code and, where it has them, their genesis state.
        recording: where acts go; None before the registry is deployed.
        gas: policy for acts.
        genesis_digest: Keccak-256 of the genesis file.
        forks: as the genesis file has them, in the order in which they begin; none where the profile does not say.
        registries: that stand on the network, by kind and address.
        strictness: how to count seals, as governance recommends; None where it does not say: strictly.
        trusting_period: seconds for which to skip from a verified header, as governance recommends; None likewise.
        spacing_milliseconds: least time between two blocks on average, for bounds of height by time; None where the block
            periods alone tell.
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
    forks: tuple[Fork, ...] = ()
    registries: tuple[PinnedRegistry, ...] = ()
    strictness: Strictness | None = None
    trusting_period: int | None = None
    spacing_milliseconds: int | None = None

    @property
    def timestamp(self) -> Address | None:
        """The Timestamp registry; None where acts go to an act registry, or nowhere yet."""
        recording = self.recording
        return recording.contract if recording is not None and recording.way == TIMESTAMP else None

    @property
    def rules_digest(self) -> Hash32:
        """The digest that checkpoints carry: SHA-256(`chancery/profile-rules/1` || CBOR of the members 1 to 9, ? {17}).

        Everything that decides how a header is judged is in it. Name, recording, gas policy, registries and the genesis
        file's digest may change without a header being judged otherwise; how seals are counted and how long a header is
        trusted are choices, which results show; of the forks only London's, member 8, has a rule.
        """
        body = self.body()
        rules = [body[number] for number in _RULES]
        rules += [{_SPACING: body[_SPACING]}] if _SPACING in body else []
        return Hash32(hashlib.sha256(b"chancery/profile-rules/1" + cbor.encode(rules)).digest())

    def body(self) -> dict[int, cbor.Value]:
        """Give the envelope's body."""
        first: dict[int, cbor.Value] = {
            0: self.name,
            1: self.client,
            2: self.chain_id,
            3: self.genesis_header,
            4: self.genesis_hash,
            5: self.curve.value,
            6: [item.as_cbor() for item in self.engines],
            7: [item.as_cbor() for item in self.changes],
            8: self.london_block,
            9: [item.as_cbor() for item in self.contracts],
            10: None if self.recording is None else self.recording.as_cbor(),
            11: self.gas.as_cbor(),
            12: self.genesis_digest,
        }
        later = {
            13: [item.as_cbor() for item in self.forks] or None,
            14: [item.as_cbor() for item in self.registries] or None,
            15: None if self.strictness is None else self.strictness.as_cbor(),
            16: self.trusting_period,
            _SPACING: self.spacing_milliseconds,
        }
        return first | {number: value for number, value in later.items() if value is not None}


def read_profile(payload: Payload) -> Profile:
    """Read a verified profile payload.

    Raises:
        UnknownMemberError: a member is missing, or its number is not known.
        ProfileError: malformed, or scope and genesis hash differ.
        TrainingRangeError: chain id and environment do not fit.
    """
    body = payload.body
    if payload.kind != "profile" or not isinstance(body, dict):
        raise ProfileError("The body of a profile is malformed.")
    _demand_members(body)
    try:
        profile = _read(payload.environment, body)
        # Compared as bytes: true equals 1 otherwise.
        whole = cbor.encode(profile.body()) == cbor.encode(body)
    except ProfileError:
        raise
    except (WireError, TypeError, ValueError, KeyError, AttributeError) as cause:
        raise ProfileError("A member of a profile is malformed.") from cause
    if payload.scope != profile.genesis_hash or not whole:
        raise ProfileError("A profile's scope is not its genesis hash, or a member is malformed.")
    _demand_agreement(profile)
    return profile


def _demand_members(body: dict[int, Any]) -> None:
    missing = [number for number in _FIRST if number not in body]
    unknown = [number for number in sorted(body) if number not in _FIRST and number not in _LATER]
    if missing:
        raise UnknownMemberError(f"The profile lacks member {missing[0]}.")
    if unknown:
        raise UnknownMemberError(f"The profile holds member {unknown[0]}, which this version does not know.")


def _demand_agreement(profile: Profile) -> None:
    """Demand that what a profile says twice it says alike."""
    if not profile.engines or profile.engines[0].start:
        raise ProfileError("A profile names no engine for block 0.")
    if len({item.address for item in profile.contracts}) != len(profile.contracts):
        raise ProfileError("A profile pins a validator contract twice.")
    london = next((fork.at for fork in profile.forks if (fork.name, fork.way) == ("london", BLOCK)), None)
    if profile.forks and profile.client == "besu" and london != profile.london_block:
        raise ProfileError("A profile's forks and its London block differ.")
    recording = profile.recording
    for one in profile.registries:
        if recording is None or one.address != recording.contract:
            continue
        kind = ACTS if recording.way == REGISTRY else TIMESTAMP_KIND
        if (one.kind, one.code_hash) != (kind, recording.code_hash):
            raise ProfileError("A profile pins the registry that acts go to otherwise than it names it.")


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
    demand_environment(environment, members.read_uint(chain_id))
    return Profile(
        environment=environment,
        name=name,
        client=client,
        chain_id=chain_id,
        genesis_header=members.read_bytes(body[3]),
        genesis_hash=members.read_hash(body[4]),
        curve=Curve(body[5]),
        engines=tuple(members.read_engine(item) for item in body[6]),
        changes=tuple(members.read_change(item) for item in body[7]),
        london_block=None if body[8] is None else members.read_uint(body[8]),
        contracts=tuple(members.read_contract(item) for item in body[9]),
        recording=None if body[10] is None else members.read_recording(body[10]),
        gas=members.read_gas(body[11]),
        genesis_digest=members.read_hash(body[12]),
        forks=read_forks(body[13]) if 13 in body else (),
        registries=read_registries(body[14]) if 14 in body else (),
        strictness=read_strictness(body[15]) if 15 in body else None,
        trusting_period=read_trusting_period(body[16]) if 16 in body else None,
        spacing_milliseconds=read_spacing(body[_SPACING]) if _SPACING in body else None,
    )
