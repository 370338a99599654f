// SPDX-License-Identifier: EUPL-1.2
pragma solidity 0.8.30;

/// A contract of ours with the ABI, event and storage slots of EBSI's Timestamp registry, for training and tests.
///
/// Only timestampHashes and the two views that read it are here. First writer wins: time-stamping again changes nothing.
contract Timestamp {
    struct Hash {
        uint256 algorithm;
        bytes value;
    }

    struct Entry {
        Hash hash;
        address timestampedBy;
        uint256 blockNumber;
        bytes data;
    }

    struct Layout {
        uint256 version;
        mapping(bytes32 => Entry) timestamps;
        bytes32[] timestampIdsList;
    }

    // keccak256("diamond.standard.timestamp.storage"), as in EBSI's own contract.
    bytes32 private constant BASE = 0x122826b96f4a3e3d96200aac611934619e5931bb3c7b0bf7526f7344b1e353e4;
    uint256 private constant ALGORITHMS = 7;

    event TimestampedHashes(bytes32[] ids, uint256[] algs, bytes[] hashes, bytes[] data);

    constructor() {
        _layout().version = 1;
    }

    function timestampHashes(uint256[] calldata algs, bytes[] calldata hashes, bytes[] calldata data) external {
        require(hashes.length > 0 && hashes.length <= 3, "between one and three hashes");
        require(algs.length == hashes.length && data.length <= hashes.length, "lengths differ");
        Layout storage store = _layout();
        bytes32[] memory ids = new bytes32[](hashes.length);
        for (uint256 at = 0; at < hashes.length; ++at) {
            require(algs[at] < ALGORITHMS, "unknown algorithm");
            ids[at] = sha256(hashes[at]);
            Entry storage entry = store.timestamps[ids[at]];
            if (entry.blockNumber != 0) continue;
            entry.hash = Hash(algs[at], hashes[at]);
            entry.timestampedBy = msg.sender;
            entry.blockNumber = block.number;
            if (at < data.length) entry.data = data[at];
            store.timestampIdsList.push(ids[at]);
        }
        emit TimestampedHashes(ids, algs, hashes, data);
    }

    function getTimestampById(bytes32 id) public view returns (Entry memory) {
        return _layout().timestamps[id];
    }

    function getTimestamp(bytes calldata value) external view returns (Entry memory) {
        return getTimestampById(sha256(value));
    }

    function _layout() private pure returns (Layout storage store) {
        bytes32 base = BASE;
        assembly {
            store.slot := base
        }
    }
}
