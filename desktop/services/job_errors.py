"""The known troubles of a signing job (foundations section 8), each with its own advice."""

from __future__ import annotations

from desktop.errors import DesktopError, StoppedError


class JobError(DesktopError):
    """Base of everything that can stop a signing job."""

    code = "JOB"
    advice = "List the jobs and carry this one on."


class JobStepError(JobError):
    """A step was asked for that the job's state does not allow."""

    code = "JOB-STEP"
    advice = "List the jobs to see how far this one has come, then carry it on from there."


class JobFormatError(JobError):
    """A stored job cannot be read."""

    code = "JOB-FORMAT"
    advice = "Use the version of the program that stored this job, or a newer one."


class AnswerLostError(JobError):
    """The signer was asked for a signature and its answer is not known: one may exist."""

    code = "JOB-ANSWER-LOST"
    advice = "Connect the signer and carry the act on; what was signed before is fetched, not signed again."


class StoppedWhileAskedError(StoppedError):
    """The person stopped the command while the signer was asked: a signature may exist."""

    code = "JOB-STOPPED"
    advice = "Carry the act on; what was signed before is fetched, not signed again."


class StoppedWhileSentError(StoppedError):
    """The person stopped the command while it waited for the network: the act is on its way."""

    code = "JOB-STOPPED-SENT"
    advice = (
        "Nothing is lost; do not make the act again. Carry the job on with `chancery jobs resume JOB`, with the --rpc, "
        "--profile and --home used for it."
    )


class DroppedError(JobError):
    """The person gave the act up; the code of a job that was dropped."""

    code = "JOB-DROPPED"
    advice = "Make the act again if it is wanted after all."


class NonceUsedError(JobError):
    """The account has used the job's number for another transaction."""

    code = "JOB-NONCE-USED"
    advice = "Look up what else was sent with this key; if nobody did it on purpose, report the key. Then sign again."


class BalanceLowError(JobError):
    """The account cannot pay the fee."""

    code = "JOB-BALANCE-LOW"
    advice = "Ask the network's operator to credit the account of this key, then carry the job on."


class FeePolicyError(JobError):
    """The network asks a higher fee than the policy allows."""

    code = "JOB-FEE-POLICY"
    advice = (
        "Wait until the network's fee is lower, or allow it with --max-gas-price of `chancery profile make` (governance "
        "signs it) or of `chancery quickstart`."
    )


class FeeRefusedError(JobError):
    """The node takes no transaction at the fee that was signed."""

    code = "JOB-FEE-REFUSED"
    advice = (
        "Sign it again with the fee that the node asks (`chancery jobs resume JOB --raise-fee WEI`), or have the operator lower "
        "it and carry the job on."
    )


class GasRefusedError(JobError):
    """The node finds the gas limit of the transaction too low, or above that of a block."""

    code = "JOB-GAS-REFUSED"
    advice = (
        "Ask the network's operator what gas limit a block has; carry the job on when it fits, or make the act again "
        "after its time limit."
    )


class NotPermittedError(JobError):
    """The network does not let this account send transactions."""

    code = "JOB-NOT-PERMITTED"
    advice = "Ask the network's operator to permit the account of this key, then carry the job on."


class NonceGapError(JobError):
    """The node lacks earlier transactions of this account."""

    code = "JOB-NONCE-GAP"
    advice = "Carry on the earlier acts of this key first, or ask another node; then carry this one on."


class NodeBusyError(JobError):
    """The node takes no transactions at present."""

    code = "JOB-NODE-BUSY"
    advice = "Nothing is lost. Wait a little, or ask another node, and carry the job on."


class TooSoonError(JobError):
    """The time allowed for the act ends before it can be recorded."""

    code = "JOB-NOT-AFTER-NEAR"
    advice = "Make the act again with a later time limit."


class StillNetworkError(JobError):
    """The network has made no block for a long time."""

    code = "JOB-NETWORK-STILL"
    advice = "Nothing is lost. Ask the network's operator, and carry the job on when blocks are made again."


class SimulationError(JobError):
    """The register would refuse the act."""

    code = "JOB-SIMULATION"
    advice = "Read the reason; usually the key is not entitled, or the record has changed since. Nothing was signed."


class SignatureWrongError(JobError):
    """The signer gave back something other than this transaction signed by this key."""

    code = "JOB-SIGNATURE"
    advice = "Do not send it. Stop using this signer and report it with the code."


class CommitmentWrongError(JobError):
    """The calldata does not stand for the fields and the document."""

    code = "JOB-COMMITMENT"
    advice = "Make the act again; if it comes back, report it with the code."


class ProviderLiesError(JobError):
    """A node said something that its own proofs contradict."""

    code = "JOB-PROVIDER-LIES"
    advice = "Ask another node, and report this one; nothing it said was relied on."


class ExpiredError(JobError):
    """The time allowed for the act has passed without it being recorded."""

    code = "JOB-EXPIRED"
    advice = "The act can no longer take effect. Make it again."


class LateError(JobError):
    """The Timestamp registry recorded the act after its time limit, which makes it void."""

    code = "JOB-LATE"
    advice = "The act does not count, though it stands on the ledger. Make it again."


class RevertedError(JobError):
    """The register refused the act when it was recorded."""

    code = "JOB-REVERTED"
    advice = "Read the reason; the act had no effect. Correct it and make it again."


class StillPossibleError(JobError):
    """New fields were asked for while the old transaction could still take effect."""

    code = "JOB-STILL-POSSIBLE"
    advice = "Carry the old one on, raise its fee, or wait until its time limit has passed; then drop it."


class FeeLowerError(JobError):
    """A raised fee does not exceed the one before."""

    code = "JOB-FEE-LOWER"
    advice = "Give a fee at least a tenth above the last one."


class WaitedTooLongError(JobError):
    """The act was sent but not recorded in the time this command waits."""

    code = "JOB-WAITING"
    advice = "Nothing is lost. Carry the job on with `chancery jobs resume JOB`, with the --rpc, --profile and --home used for it."


class FieldValuesError(JobError):
    """The values given do not fill the template."""

    code = "JOB-FIELDS"
    advice = "Correct the fields named and try again."
