"""The same training set-up on a registry like EBSI's Timestamp, which knows no authorities, keys or states.

What the act registry would hold is said in signed statements: the authority names its keys with their roles, and lists its
records that are not in force.
"""

from __future__ import annotations

from desktop.demo.set_up import AUTHORITY, SetUp


class TimestampSetUp(SetUp):
    """Makes one set-up on the Timestamp way; only the steps that differ are here."""

    def registry(self) -> None:
        """Create the registry, and have governance sign the profile that names it."""
        self.runner.run(
            "Create a Timestamp registry like EBSI's on the network",
            ["registry", "deploy", "--way", "timestamp", "--rpc", self.rpc, "--profile",
             str(self.path("profile-1.cenv")), *self.signer, "--key", "governance-ledger", *self.debug, *self.rooted(),
             "--out", str(self.path("profile.draft"))],
        )  # fmt: skip
        self.seal("profile", "governance", "Let governance sign the profile that names the registry")
        self.load("profile")

    def authority(self) -> None:
        """Do nothing: nobody is admitted to a registry that knows nobody."""

    def statements(self) -> None:
        """Have the country name its authority, and the authority its key with its role."""
        self.country_statement()
        profile = ["--profile", str(self.path("profile.cenv"))]
        self.runner.run(
            "Draft the authority's statement about the official's key and what it may do",
            ["key", "statement", "--rpc", self.rpc, *profile, "--official", "official", *self.signer, *self.acting(),
             "--holder", "7", "--from-block", "0", "--out", str(self.path("authority.draft"))],
        )  # fmt: skip
        self.seal("authority", "authority", "Let the authority sign it")

    def acting(self) -> list[str]:
        """Say for whom the official's key acts."""
        return ["--authority", AUTHORITY]

    def lists(self) -> list[str]:
        """Name the authority's status list."""
        return ["--status", str(self.path("status.cenv"))]

    def trust(self) -> None:
        """Make the authority's status list, and the trust package that carries it."""
        self.runner.run(
            "Draft the authority's list of records that are not in force",
            ["trust", "status", "--rpc", self.rpc, "--profile", str(self.path("profile.cenv")), *self.acting(),
             "--statement", str(self.path("authority.cenv")), *self.rooted(), "--out", str(self.path("status.draft"))],
        )  # fmt: skip
        self.seal("status", "authority", "Let the authority sign it")
        super().trust()
