"""An office on a real local network: a registry, an entitled key, a stand-in for its signer; for tests of signing jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desktop.services import deployment, registry_calls, signing
from desktop.services.job import Job
from desktop.services.loaded_profile import LoadedProfile
from desktop.services.network_session import NetworkSession
from desktop.services.signer_access import SignerAddress
from desktop.services.signing import Desk, RecordRequest
from desktop.services.workspace import StoredStep
from lightnode.consensus.genesis import load_genesis
from lightnode.devnet import control
from lightnode.devnet.settings import DevnetSettings
from lightnode.light_client.network_profile import profile_of
from lightnode.rpc.client import JsonRpcClient
from lightnode.templates import built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.profile import GasPolicy, Profile
from tests.support.stand_in_signer import StandInSigner

OFFICE = authority_id("LU", "0001")
FIELDS = {
    "carnet_number": "LU-2026/1", "issuing_association": "Chamber", "holder": "A holder", "voucher_set": "1",
    "event_code": "EXP", "item_numbers": "1-3", "office_code": "LU000001", "event_date": "2026-11-20",
    "valid_until": "2027-03-01",
}  # fmt: skip


class CrashError(RuntimeError):
    """The program ends here."""


def crash_at(state: str) -> Any:
    """Give what ends the program when a job has reached a state."""

    def tell(job: Job) -> None:
        if job.state.value == state:
            raise CrashError

    return tell


class Office:
    """A network with a registry and an entitled key, and a fresh desk for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = StandInSigner("office")
        funded = (self.signer.address("official"),)
        self.network = control.start(folder / "network", DevnetSettings(on_demand=True, funded=funded))
        self.home = folder / "home"
        genesis = load_genesis(self.network.genesis_path.read_bytes())
        bare = profile_of(genesis, environment="training", name="Test", gas=GasPolicy(0, 0, 8_000_000))
        self.profile: Profile = bare
        self.steps = 0
        with pytest.MonkeyPatch.context() as patch:
            self.signer.install(patch)
            self.mine()
            with self.open() as session:
                self.profile, _, _ = deployment.deploy(
                    session, self.desk(), "governance", {self.signer.address("governance"): 1}, 1
                )
            with self.open() as session:
                self.do(session, "governance", lambda limit: registry_calls.admit(
                    session, OFFICE, self.signer.address("administrator"), 1, limit))  # fmt: skip
                slot = registry_calls.KeySlot(OFFICE, registry_calls.ALL_VERBS, 0, None, 7)
                self.do(session, "administrator", lambda limit: registry_calls.add_key(
                    session, OFFICE, slot, self.signer.address("official"), limit))  # fmt: skip

    def mine(self, blocks: int = 1) -> None:
        """Make blocks."""
        JsonRpcClient(self.network.rpc_url).call("training_mine", [blocks])

    def open(self, url: str | None = None, profile: Profile | None = None, **more: Any) -> NetworkSession:
        """Open the network, through another address or under another profile where they are given."""
        loaded = LoadedProfile(profile or self.profile, b"", False, False, 1)
        return NetworkSession.open(url or self.network.rpc_url, loaded, self.home, **more)

    def close(self) -> None:
        """Stop the network."""
        control.stop(self.folder / "network")

    def desk(self, *, wait_seconds: int = 5, **more: Any) -> Desk:
        return Desk(SignerAddress("stand-in"), lambda _: None, wait_seconds=wait_seconds, **more)

    def do(self, session: NetworkSession, label: str, make: Any) -> Job:
        return signing.complete(session, self.desk(), signing.draft_intent(session, self.desk(), label, make)).job

    def draft(self, session: NetworkSession, label: str = "official") -> StoredStep:
        request = RecordRequest(built_in("customs.ata-event.v1"), FIELDS, b"document")
        return signing.draft_record(session, self.desk(), label, request)
