"""A profile with every member, the later ones included, for tests; `full_profile()` makes it of fixed bytes."""

from __future__ import annotations

from dataclasses import replace

from lightnode.wire.curve import Curve
from lightnode.wire.profile import (
    REGISTRY,
    EngineSpan,
    Fork,
    GasPolicy,
    PinnedRegistry,
    Profile,
    Recording,
    SettingChange,
    Strictness,
    ValidatorContract,
)
from lightnode.wire.registry_pins import ERC1967, OWNED, VERSIONED_BEACON
from lightnode.wire.types import Address, Hash32

GENESIS = Hash32(b"\x55" * 32)
DAY = 86_400


def account(number: int) -> Address:
    """An address of one byte repeated."""
    return Address(bytes([number]) * 20)


def code(number: int) -> Hash32:
    """A code hash of one byte repeated."""
    return Hash32(bytes([number]) * 32)


def plain_profile() -> Profile:
    """A profile of the members 0 to 12 alone, as all were at first: two engines, a validator contract, an act registry."""
    member = account(7)
    return Profile(
        "training", "Bench network", "besu", 0x43480001, b"\xc0", GENESIS, Curve.SECP256K1,
        (EngineSpan(0, "ibft2", 30000, 0), EngineSpan(90, "qbft", 10, 5)),
        (SettingChange(0, 1, None, None), SettingChange(10, 2, account(5), (member,))), 12,
        (ValidatorContract(account(5), code(6), (member,)),),
        Recording(REGISTRY, account(0x77), code(0x78)), GasPolicy(0, 7, 1_000_000), code(0x11),
    )  # fmt: skip


def full_profile() -> Profile:
    """The same with every member that came later, each kind of registry and each form of proxy."""
    return replace(
        plain_profile(),
        contracts=(
            ValidatorContract(account(5), code(6), (account(7),), 2),
            ValidatorContract(account(7), code(6), None, 1 << 255),
        ),
        forks=(Fork("berlin", "block", 0), Fork("london", "block", 12), Fork("shanghai", "time", 1_800_000_000)),
        registries=(
            PinnedRegistry("acts", account(0x77), code(0x78), born=40),
            PinnedRegistry("timestamp", account(0x21), code(0x41), OWNED, account(0x22), code(0x42)),
            PinnedRegistry("did", account(0x23), code(0x43), ERC1967, account(0x24), code(0x44), born=7),
            PinnedRegistry(
                "issuers",
                account(0x25),
                code(0x45),
                VERSIONED_BEACON,
                account(0x26),
                code(0x46),
                account(0x27),
                code(0x47),
            ),
            PinnedRegistry("track-and-trace", account(0x28), code(0x48)),
        ),
        strictness=Strictness("tolerant", "GoQuorum nodes write unreadable seals."),
        trusting_period=7 * DAY,
        spacing_milliseconds=500,
    )
