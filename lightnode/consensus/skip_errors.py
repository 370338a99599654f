"""What can forbid a skip: each leaf with the step of `docs/verification.md` that it breaks."""

from __future__ import annotations

from lightnode.consensus.errors import ConsensusError


class SkipError(ConsensusError):
    """Base of what forbids a skip."""

    code = "SKIP"
    advice = "Verify every header instead (mode sequential), or ask another node."
    rule = "K0 skip"


class SkipUnsoundError(SkipError):
    """Skipping proves nothing here: the network's headers do not attest their validator list."""

    code = "SKIP-UNSOUND"
    rule = "K1 sound"


class TrustExpiredError(SkipError):
    """The header to skip from is older than the trusting period."""

    code = "SKIP-EXPIRED"
    advice = "Give a newer checkpoint from governance, or verify every header (mode sequential)."
    rule = "K2 trusting period"


class HeightTimeError(SkipError):
    """A header is higher than the blocks' least distance in time allows."""

    code = "SKIP-HEIGHT"
    rule = "K3 height against time"


class TooFewTrustedError(SkipError):
    """Too few of the trusted set sealed a header; a header between the two must be verified first."""

    code = "SKIP-TRUSTED"
    rule = "K4 trusted seals"


class SkipLinkError(SkipError):
    """The header before a skipped-to one is not its parent."""

    code = "SKIP-PARENT"
    rule = "K6 parent"


class BackwardsError(SkipError):
    """A header does not have the hash that the verified one above it names."""

    code = "LINK-HASH"
    advice = "Ask another node: this one's older blocks are not those of the verified chain."
    rule = "K8 backwards"


class SkippedOtherChainError(SkipError):
    """The headers below a skipped-to one do not lead to the header that was skipped from."""

    code = "SKIP-OTHER"
    advice = "Do not rely on what was skipped to: the same keys sealed another network. Report this to governance."
    rule = "K9 linked"
