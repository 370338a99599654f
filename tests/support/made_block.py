"""Headers with roots that a test chooses, sealed and verified like any other."""

from __future__ import annotations

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.header import decode_header
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.wire import rlp
from tests.support.made_chain import MadeChain

_FIELDS = {"state_root": 3, "transactions_root": 4, "receipts_root": 5, "logs_bloom": 6}


def made_header(**roots: bytes) -> VerifiedHeader:
    """Give the verified header of block 1 of a chain of its own.

    Args:
        roots: state_root, transactions_root, receipts_root, logs_bloom; the others are those of an empty block.
    """
    return made_run([roots])[0]


def made_run(blocks: list[dict[str, bytes]]) -> list[VerifiedHeader]:
    """Give the verified headers of block 1 and those after it, each with roots as for `made_header`."""
    chain = MadeChain()
    for roots in blocks:
        chain.block(changes={_FIELDS[name]: value for name, value in roots.items()})
    verifier = HeaderChain(load_genesis(chain.genesis(), "besu"))
    return [verifier.append(decode_header(rlp.encode(fields)), 1 << 40) for fields in chain.fields[1:]]
