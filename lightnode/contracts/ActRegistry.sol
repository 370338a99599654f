// SPDX-License-Identifier: EUPL-1.2
pragma solidity 0.8.30;

/// The act registry: authorities, their keys, six verbs on records, and an append-only log of every call.
///
/// Every call has static words only; the first is the genesis hash of the network, the last two are notAfter and
/// approval; any other calldata length is refused. Callers are known by msg.sender alone. There is no proxy and no
/// upgrade: a new version is a new address. docs/registry.md lists functions, storage and rules.
contract ActRegistry {
    // Layout: slots 0 to 2 are fixed for ever; the others are listed in docs/registry.md and held by a test.
    bytes32 private genesis; // 0
    uint256 private logSize; // 1
    bytes32 private logRoot; // 2
    uint256 private recordCount; // 3
    uint256 private changeCount; // 4
    uint256 private governanceThreshold; // 5
    uint256 private governanceHolders; // 6: how many distinct holders are in office
    mapping(address => uint256) private governance; // 7: holder + 1
    mapping(uint256 => uint256) private governanceHolderKeys; // 8: keys of a holder in office
    mapping(bytes32 => Authority) private authorities; // 9
    bytes32[] private authorityIds; // 10
    mapping(bytes32 => uint256) private administrators; // 11: by keccak(id, generation, address): holder + 1
    mapping(bytes32 => uint256) private administratorHolderKeys; // 12: by keccak(id, generation, holder)
    mapping(address => Key) private keys; // 13
    mapping(uint256 => Record) private records; // 14
    Batch[] private batches; // 15
    mapping(bytes32 => uint256) private used; // 16: by keccak(authority, commitment): first record number + 1
    mapping(bytes32 => Change) private changes; // 17
    bytes32[32] private frontier; // 18 to 49: roots of the complete subtrees, by height

    struct Authority {
        // One slot: 1 admitted or 2 closed; index in authorityIds; generation of its administrators; their threshold
        // and distinct holders.
        uint8 state;
        uint32 index;
        uint32 generation;
        uint32 threshold;
        uint32 holders;
        bytes32 successor;
    }

    struct Key {
        bytes32 authority;
        // One slot.
        uint8 verbs;
        uint64 first;
        uint64 last; // type(uint64).max while open
        uint32 holder;
    }

    struct Record {
        // Never zero for a single record. From the lowest bit: state (8), acts since registration (32), last day (32),
        // owner's index + 1 (32), acknowledged (8). One word, written once by a call.
        uint256 word;
        bytes32 template;
        bytes32 commitment;
        bytes32 receiver;
    }

    struct Batch {
        // From the lowest bit: first (64), count (32), last day (32), owner's index + 1 (32).
        uint256 word;
        bytes32 template;
        bytes32 root;
        bytes32 receiver;
    }

    struct Change {
        uint64 lapses;
        address[] consents;
    }

    uint256 private constant IN_FORCE = 1;
    uint256 private constant SUSPENDED = 2;
    uint256 private constant SUPERSEDED = 3;
    uint256 private constant REVOKED = 4;

    uint256 private constant REGISTER = 1;
    uint256 private constant SUPERSEDE = 2;
    uint256 private constant SUSPEND = 3;
    uint256 private constant REINSTATE = 4;
    uint256 private constant REVOKE = 5;
    uint256 private constant ACKNOWLEDGE = 6;
    uint256 private constant RESTORE = 7;

    uint256 private constant ADMIT = 1;
    uint256 private constant CLOSE = 2;
    uint256 private constant RESET_ADMINISTRATORS = 3;
    uint256 private constant ADD_GOVERNOR = 4;
    uint256 private constant REMOVE_GOVERNOR = 5;
    uint256 private constant SET_GOVERNANCE_THRESHOLD = 6;
    uint256 private constant ADD_ADMINISTRATOR = 7;
    uint256 private constant REMOVE_ADMINISTRATOR = 8;
    uint256 private constant SET_ADMINISTRATORS_THRESHOLD = 9;
    uint256 private constant ADD_KEY = 10;
    uint256 private constant RESTORE_RECORD = 11;

    uint256 private constant SPAN = 30 days;
    uint256 private constant LAPSE = 7 days;
    uint256 private constant MAX_CONSENTS = 64;
    uint256 private constant MAX_SUCCESSIONS = 16;

    /// The 16 words of the log leaf that the call appended.
    event Logged(bytes32[16] leaf);
    /// A change was proposed; its hash is what others consent to.
    event Proposed(bytes32 indexed change, uint256 number, address by);
    /// A change took effect.
    event Executed(bytes32 indexed change, uint256 operation, bytes32 subject);

    error CalldataLength();
    error OtherNetwork();
    error Late();
    error TooFarAhead();
    error NotDirect();
    error NotEntitled();
    error OtherActCount();
    error OtherState();
    error UnknownRecord();
    error AlreadyRegistered();
    error Malformed();
    error UnknownChange();
    error Lapsed();
    error NotInOffice();
    error Exists();
    error LogFull();

    constructor(bytes32 genesisHash, address[] memory members, uint256[] memory holders, uint256 threshold) {
        if (genesisHash == 0 || members.length == 0 || members.length != holders.length) revert Malformed();
        genesis = genesisHash;
        for (uint256 at = 0; at < members.length; ++at) _addGovernor(members[at], holders[at]);
        _setGovernanceThreshold(threshold);
        // The root of the empty log, so that slot 2 is never zero.
        logRoot = sha256("");
    }

    modifier call(uint256 words, bytes32 genesisHash, uint256 notAfter) {
        if (msg.data.length != 4 + 32 * words) revert CalldataLength();
        if (genesisHash != genesis) revert OtherNetwork();
        if (block.timestamp > notAfter) revert Late();
        if (notAfter > block.timestamp + SPAN) revert TooFarAhead();
        if (msg.sender != tx.origin) revert NotDirect();
        _;
    }

    // Acts

    function register(
        bytes32 genesisHash,
        bytes32 authority,
        bytes32 template,
        bytes32 commitment,
        bytes32 receiver,
        uint256 validUntil,
        uint256 notAfter,
        bytes32 approval
    ) external call(8, genesisHash, notAfter) {
        if (_entitled(REGISTER) != authority) revert NotEntitled();
        uint256 number = _create(authority, template, commitment, receiver, validUntil);
        bytes32[16] memory leaf = _leaf(REGISTER, number, authority, notAfter, approval);
        leaf[5] = template;
        leaf[6] = commitment;
        leaf[8] = receiver;
        leaf[9] = bytes32(validUntil);
        _append(leaf);
    }

    function registerBatch(
        bytes32 genesisHash,
        bytes32 authority,
        bytes32 template,
        bytes32 root,
        uint256 count,
        bytes32 receiver,
        uint256 validUntil,
        uint256 notAfter,
        bytes32 approval
    ) external call(9, genesisHash, notAfter) {
        if (_entitled(REGISTER) != authority) revert NotEntitled();
        if (count < 2 || count > 4096 || root == 0 || template == 0 || validUntil > type(uint32).max) revert Malformed();
        uint256 first = recordCount;
        _claim(authority, root, first);
        recordCount = first + count;
        batches.push(
            Batch(first | count << 64 | validUntil << 96 | _index(authority) << 128, template, root, receiver)
        );
        bytes32[16] memory leaf = _leaf(REGISTER, first, authority, notAfter, approval);
        leaf[3] = bytes32(count);
        leaf[5] = template;
        leaf[6] = root;
        leaf[8] = receiver;
        leaf[9] = bytes32(validUntil);
        _append(leaf);
    }

    function supersede(
        bytes32 genesisHash,
        uint256 number,
        uint256 actCount,
        bytes32 template,
        bytes32 commitment,
        bytes32 receiver,
        uint256 validUntil,
        uint256 notAfter,
        bytes32 approval
    ) external call(9, genesisHash, notAfter) {
        bytes32 authority = _entitled(SUPERSEDE);
        (Record storage record, uint256 before) = _owned(number, actCount, authority);
        if (uint8(before) != IN_FORCE && uint8(before) != SUSPENDED) revert OtherState();
        record.word = _after(before, SUPERSEDED);
        uint256 successor = _create(authority, template, commitment, receiver, validUntil);
        bytes32[16] memory leaf = _leaf(SUPERSEDE, number, authority, notAfter, approval);
        leaf[5] = template;
        leaf[6] = commitment;
        leaf[8] = receiver;
        leaf[9] = bytes32(validUntil);
        leaf[10] = bytes32(successor);
        leaf[11] = bytes32(actCount);
        _append(leaf);
    }

    function suspend(bytes32 genesisHash, uint256 number, uint256 actCount, uint256 notAfter, bytes32 approval)
        external
        call(5, genesisHash, notAfter)
    {
        _change(SUSPEND, number, actCount, notAfter, approval);
    }

    function reinstate(bytes32 genesisHash, uint256 number, uint256 actCount, uint256 notAfter, bytes32 approval)
        external
        call(5, genesisHash, notAfter)
    {
        _change(REINSTATE, number, actCount, notAfter, approval);
    }

    function revoke(bytes32 genesisHash, uint256 number, uint256 actCount, uint256 notAfter, bytes32 approval)
        external
        call(5, genesisHash, notAfter)
    {
        _change(REVOKE, number, actCount, notAfter, approval);
    }

    function acknowledge(bytes32 genesisHash, uint256 number, uint256 actCount, uint256 notAfter, bytes32 approval)
        external
        call(5, genesisHash, notAfter)
    {
        bytes32 authority = _entitled(ACKNOWLEDGE);
        (Record storage record, uint256 before) = _at(number, actCount);
        // Only the receiver named at registration, or the body that succeeded it.
        (, , bytes32 receiver) = _content(record, number);
        if (receiver == 0 || _owner(receiver) != authority) revert NotEntitled();
        if (before >> 104 != 0 || uint8(before) != IN_FORCE) revert OtherState();
        _finish(ACKNOWLEDGE, record, before | 1 << 104, IN_FORCE, number, authority, notAfter, approval);
    }

    // Governance and administrators

    /// Proposes a change and consents to it; it takes effect at once where the threshold is met.
    function propose(
        bytes32 genesisHash,
        uint256 operation,
        bytes32 subject,
        uint256 a,
        uint256 b,
        uint256 c,
        uint256 d,
        uint256 e,
        uint256 notAfter,
        bytes32 approval
    ) external call(10, genesisHash, notAfter) {
        uint256 number = ++changeCount;
        bytes32 id = keccak256(abi.encode(operation, subject, a, b, c, d, e, number));
        changes[id].lapses = uint64(block.timestamp + LAPSE);
        emit Proposed(id, number, msg.sender);
        _consent(id, operation, subject);
        if (_counts(id, operation, subject)) _execute(id, operation, subject, [a, b, c, d, e], notAfter, approval);
    }

    /// Consents to a proposed change, named whole, and lets it take effect where the threshold is met.
    function consent(
        bytes32 genesisHash,
        uint256 operation,
        bytes32 subject,
        uint256 a,
        uint256 b,
        uint256 c,
        uint256 d,
        uint256 e,
        uint256 number,
        uint256 notAfter,
        bytes32 approval
    ) external call(11, genesisHash, notAfter) {
        bytes32 id = keccak256(abi.encode(operation, subject, a, b, c, d, e, number));
        _consent(id, operation, subject);
        if (_counts(id, operation, subject)) _execute(id, operation, subject, [a, b, c, d, e], notAfter, approval);
    }

    /// Ends a key's interval with this block; any one administrator may.
    function stopKey(bytes32 genesisHash, address key, uint256 notAfter, bytes32 approval)
        external
        call(4, genesisHash, notAfter)
    {
        Key storage slot = keys[key];
        if (slot.authority == 0 || _administrator(slot.authority, msg.sender) == 0) revert NotInOffice();
        if (slot.last != type(uint64).max && slot.last <= block.number) revert OtherState();
        slot.last = uint64(block.number);
        _append(_keyLeaf(2, key, slot, notAfter, approval));
    }

    // Views; nothing rests on them: verifiers read slots by proof.

    function head() external view returns (bytes32, uint256, bytes32, uint256) {
        return (genesis, logSize, logRoot, recordCount);
    }

    function recordAt(uint256 number)
        external
        view
        returns (uint8 state, uint32 acts, uint32 validUntil, bytes32 authority, bytes32 template, bytes32 commitment, bytes32 receiver)
    {
        if (number >= recordCount) revert UnknownRecord();
        Record storage record = records[number];
        uint256 word = record.word == 0 ? _fresh(batches[_batchOf(number)]) : record.word;
        (template, commitment, receiver) = _content(record, number);
        authority = _owner(_authority(word));
        return (uint8(word), uint32(word >> 8), uint32(word >> 40), authority, template, commitment, receiver);
    }

    function keyAt(address key) external view returns (bytes32, uint8, uint64, uint64, uint32) {
        Key memory slot = keys[key];
        return (slot.authority, slot.verbs, slot.first, slot.last, slot.holder);
    }

    function authorityAt(bytes32 id) external view returns (uint8, uint32, uint32, bytes32) {
        Authority memory body = authorities[id];
        return (body.state, body.threshold, body.holders, body.successor);
    }

    function changeNumber() external view returns (uint256) {
        return changeCount;
    }

    // Records

    function _create(bytes32 authority, bytes32 template, bytes32 commitment, bytes32 receiver, uint256 validUntil)
        private
        returns (uint256 number)
    {
        if (commitment == 0 || template == 0 || validUntil > type(uint32).max) revert Malformed();
        number = recordCount;
        _claim(authority, commitment, number);
        recordCount = number + 1;
        Record storage record = records[number];
        record.word = IN_FORCE | validUntil << 40 | _index(authority) << 72;
        record.template = template;
        record.commitment = commitment;
        if (receiver != 0) record.receiver = receiver;
    }

    /// Within one authority a commitment or batch root stands once; another authority's is another's.
    function _claim(bytes32 authority, bytes32 commitment, uint256 number) private {
        bytes32 slot = keccak256(abi.encode(authority, commitment));
        if (used[slot] != 0) revert AlreadyRegistered();
        used[slot] = number + 1;
    }

    function _change(uint256 verb, uint256 number, uint256 actCount, uint256 notAfter, bytes32 approval) private {
        bytes32 authority = _entitled(verb);
        (Record storage record, uint256 before) = _owned(number, actCount, authority);
        uint256 state = uint8(before);
        uint256 next = verb == SUSPEND ? SUSPENDED : verb == REINSTATE ? IN_FORCE : REVOKED;
        if (verb != REINSTATE && state == IN_FORCE) {} // in force: suspend, revoke
        else if (verb != SUSPEND && state == SUSPENDED) {} // suspended: reinstate, revoke
        else revert OtherState();
        _finish(verb, record, before, next, number, authority, notAfter, approval);
    }

    function _finish(
        uint256 verb,
        Record storage record,
        uint256 before,
        uint256 state,
        uint256 number,
        bytes32 authority,
        uint256 notAfter,
        bytes32 approval
    ) private {
        record.word = _after(before, state);
        bytes32[16] memory leaf = _leaf(verb, number, authority, notAfter, approval);
        (leaf[5], leaf[6], leaf[8]) = _content(record, number);
        leaf[9] = bytes32(uint256(uint32(before >> 40)));
        leaf[11] = bytes32(uint256(uint32(before >> 8)));
        _append(leaf);
    }

    /// A record's word after one more act that leaves it in a state.
    function _after(uint256 before, uint256 state) private pure returns (uint256) {
        if (uint32(before >> 8) == type(uint32).max) revert OtherActCount();
        return (before & ~uint256(0xff)) + (1 << 8) | state;
    }

    /// The word of a record of a batch before its first act.
    function _fresh(Batch storage batch) private view returns (uint256) {
        uint256 entry = batch.word;
        return IN_FORCE | uint256(uint32(entry >> 96)) << 40 | uint256(uint32(entry >> 128)) << 72;
    }

    function _index(bytes32 authority) private view returns (uint256) {
        return uint256(authorities[authority].index) + 1;
    }

    /// Who owned the record at registration, from its word.
    function _authority(uint256 word) private view returns (bytes32) {
        return authorityIds[uint32(word >> 72) - 1];
    }

    /// The record and its word; one of a batch gets a word of its own with its first act, its content stays in the entry.
    function _at(uint256 number, uint256 actCount) private view returns (Record storage record, uint256 word) {
        if (number >= recordCount) revert UnknownRecord();
        record = records[number];
        word = record.word;
        if (word == 0) word = _fresh(batches[_batchOf(number)]);
        if (uint32(word >> 8) != actCount) revert OtherActCount();
    }

    /// Template, commitment or batch root, and receiver: of the record, or of the batch that it belongs to.
    function _content(Record storage record, uint256 number) private view returns (bytes32, bytes32, bytes32) {
        bytes32 template = record.template;
        if (template != 0) return (template, record.commitment, record.receiver);
        Batch storage batch = batches[_batchOf(number)];
        return (batch.template, batch.root, batch.receiver);
    }

    function _owned(uint256 number, uint256 actCount, bytes32 authority)
        private
        view
        returns (Record storage record, uint256 word)
    {
        (record, word) = _at(number, actCount);
        if (_owner(_authority(word)) != authority) revert NotEntitled();
    }

    function _batchOf(uint256 number) private view returns (uint256) {
        uint256 low = 0;
        uint256 high = batches.length;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (uint64(_entry(middle)) <= number) low = middle;
            else high = middle;
        }
        return low;
    }

    /// The word of a batch entry, without reading the length of the list again.
    function _entry(uint256 index) private view returns (uint256 word) {
        assembly ("memory-safe") {
            mstore(0, batches.slot)
            word := sload(add(keccak256(0, 32), mul(4, index)))
        }
    }

    /// Who owns an authority's records today: itself, or its last successor.
    function _owner(bytes32 id) private view returns (bytes32) {
        for (uint256 step = 0; step < MAX_SUCCESSIONS; ++step) {
            bytes32 next = authorities[id].successor;
            if (next == 0) return id;
            id = next;
        }
        revert OtherState();
    }

    /// The authority for which the caller's key may use a verb in this block.
    function _entitled(uint256 verb) private view returns (bytes32) {
        Key storage slot = keys[msg.sender];
        if (slot.authority == 0 || authorities[slot.authority].state != 1) revert NotEntitled();
        if (slot.verbs & (1 << verb) == 0) revert NotEntitled();
        if (block.number < slot.first || block.number > slot.last) revert NotEntitled();
        return slot.authority;
    }

    // Changes

    function _office(uint256 operation, bytes32 subject, address who) private view returns (uint256) {
        if (operation >= ADMIT && operation <= SET_GOVERNANCE_THRESHOLD) return governance[who];
        if (operation <= RESTORE_RECORD && operation != 0) return _administrator(subject, who);
        revert Malformed();
    }

    function _administrator(bytes32 id, address who) private view returns (uint256) {
        Authority storage body = authorities[id];
        if (body.state != 1) return 0;
        return administrators[keccak256(abi.encode(id, body.generation, who))];
    }

    function _consent(bytes32 id, uint256 operation, bytes32 subject) private {
        Change storage change = changes[id];
        if (change.lapses == 0) revert UnknownChange();
        if (block.timestamp > change.lapses) revert Lapsed();
        if (_office(operation, subject, msg.sender) == 0) revert NotInOffice();
        if (change.consents.length >= MAX_CONSENTS) revert Malformed();
        for (uint256 at = 0; at < change.consents.length; ++at) {
            if (change.consents[at] == msg.sender) return;
        }
        change.consents.push(msg.sender);
    }

    /// Counts distinct holders among those who consented and are in office now.
    function _counts(bytes32 id, uint256 operation, bytes32 subject) private view returns (bool) {
        Change storage change = changes[id];
        uint256 needed = operation <= SET_GOVERNANCE_THRESHOLD ? governanceThreshold : authorities[subject].threshold;
        uint256[] memory seen = new uint256[](change.consents.length);
        uint256 found = 0;
        for (uint256 at = 0; at < seen.length; ++at) {
            uint256 holder = _office(operation, subject, change.consents[at]);
            bool fresh = holder != 0;
            for (uint256 other = 0; fresh && other < found; ++other) fresh = seen[other] != holder;
            if (fresh) seen[found++] = holder;
        }
        return found >= needed;
    }

    function _execute(
        bytes32 id,
        uint256 operation,
        bytes32 subject,
        uint256[5] memory words,
        uint256 notAfter,
        bytes32 approval
    ) private {
        delete changes[id];
        if (operation == ADMIT) _admit(subject, _address(words[0]), words[1]);
        else if (operation == CLOSE) _close(subject, bytes32(words[0]));
        else if (operation == RESET_ADMINISTRATORS) _resetAdministrators(subject, _address(words[0]), words[1]);
        else if (operation == ADD_GOVERNOR) _addGovernor(_address(words[0]), words[1]);
        else if (operation == REMOVE_GOVERNOR) _removeGovernor(_address(words[0]));
        else if (operation == SET_GOVERNANCE_THRESHOLD) _setGovernanceThreshold(words[0]);
        else if (operation == ADD_ADMINISTRATOR) _addAdministrator(subject, _address(words[0]), words[1]);
        else if (operation == REMOVE_ADMINISTRATOR) _removeAdministrator(subject, _address(words[0]));
        else if (operation == SET_ADMINISTRATORS_THRESHOLD) _setThreshold(subject, words[0]);
        else if (operation == ADD_KEY) _addKey(subject, words, notAfter, approval);
        else _restore(subject, words, notAfter, approval);
        emit Executed(id, operation, subject);
    }

    function _address(uint256 word) private pure returns (address) {
        if (word == 0 || word > type(uint160).max) revert Malformed();
        return address(uint160(word));
    }

    function _addGovernor(address who, uint256 holder) private {
        if (who == address(0) || holder > type(uint32).max) revert Malformed();
        if (governance[who] != 0) revert Exists();
        governance[who] = holder + 1;
        if (governanceHolderKeys[holder]++ == 0) ++governanceHolders;
    }

    function _removeGovernor(address who) private {
        uint256 holder = governance[who];
        if (holder == 0) revert NotInOffice();
        delete governance[who];
        if (--governanceHolderKeys[holder - 1] == 0) --governanceHolders;
        if (governanceThreshold > governanceHolders) revert Malformed();
    }

    function _setGovernanceThreshold(uint256 threshold) private {
        if (threshold == 0 || threshold > governanceHolders) revert Malformed();
        governanceThreshold = threshold;
    }

    function _admit(bytes32 id, address administrator, uint256 holder) private {
        Authority storage body = authorities[id];
        if (id == 0) revert Malformed();
        if (body.state != 0) revert Exists();
        body.state = 1;
        body.index = uint32(authorityIds.length);
        authorityIds.push(id);
        body.threshold = 1;
        _addAdministrator(id, administrator, holder);
    }

    function _close(bytes32 id, bytes32 successor) private {
        Authority storage body = authorities[id];
        // A closed body may get its successor later, once. A successor is in office itself: no circle can arise.
        if (body.state != 1 && (body.state != 2 || body.successor != 0 || successor == 0)) revert OtherState();
        if (successor != 0 && (authorities[successor].state != 1 || successor == id)) revert OtherState();
        body.state = 2;
        body.successor = successor;
    }

    function _resetAdministrators(bytes32 id, address administrator, uint256 holder) private {
        Authority storage body = authorities[id];
        if (body.state != 1) revert OtherState();
        body.generation += 1;
        body.holders = 0;
        body.threshold = 1;
        _addAdministrator(id, administrator, holder);
    }

    function _addAdministrator(bytes32 id, address who, uint256 holder) private {
        Authority storage body = authorities[id];
        if (holder > type(uint32).max) revert Malformed();
        bytes32 slot = keccak256(abi.encode(id, body.generation, who));
        if (administrators[slot] != 0) revert Exists();
        administrators[slot] = holder + 1;
        if (administratorHolderKeys[keccak256(abi.encode(id, body.generation, holder))]++ == 0) body.holders += 1;
    }

    function _removeAdministrator(bytes32 id, address who) private {
        Authority storage body = authorities[id];
        bytes32 slot = keccak256(abi.encode(id, body.generation, who));
        uint256 holder = administrators[slot];
        if (holder == 0) revert NotInOffice();
        delete administrators[slot];
        if (--administratorHolderKeys[keccak256(abi.encode(id, body.generation, holder - 1))] == 0) body.holders -= 1;
        if (body.threshold > body.holders) revert Malformed();
    }

    function _setThreshold(bytes32 id, uint256 threshold) private {
        Authority storage body = authorities[id];
        if (threshold == 0 || threshold > body.holders) revert Malformed();
        body.threshold = uint32(threshold);
    }

    function _addKey(bytes32 id, uint256[5] memory words, uint256 notAfter, bytes32 approval) private {
        address who = _address(words[0]);
        Key storage slot = keys[who];
        if (slot.authority != 0) revert Exists();
        if (words[1] == 0 || words[1] > 127 || words[1] & 1 != 0 || words[4] > type(uint32).max) revert Malformed();
        uint256 first = words[2] < block.number ? block.number : words[2];
        uint256 last = words[3] == 0 ? type(uint64).max : words[3];
        if (last < first || last > type(uint64).max) revert Malformed();
        slot.authority = id;
        slot.verbs = uint8(words[1]);
        slot.first = uint64(first);
        slot.last = uint64(last);
        slot.holder = uint32(words[4]);
        _append(_keyLeaf(1, who, slot, notAfter, approval));
    }

    /// Brings back what a key not entitled withdrew: record, state to bring back (in force or suspended), act count.
    function _restore(bytes32 id, uint256[5] memory words, uint256 notAfter, bytes32 approval) private {
        (Record storage record, uint256 before) = _owned(words[0], words[2], id);
        if (uint8(before) == IN_FORCE) revert OtherState();
        if (words[1] != IN_FORCE && words[1] != SUSPENDED) revert Malformed();
        record.word = _after(before, words[1]);
        bytes32[16] memory leaf = _leaf(RESTORE, words[0], id, notAfter, approval);
        (leaf[5], leaf[6], leaf[8]) = _content(record, words[0]);
        leaf[9] = bytes32(uint256(uint32(before >> 40)));
        leaf[10] = bytes32(words[1]);
        leaf[11] = bytes32(words[2]);
        _append(leaf);
    }

    // Log

    function _leaf(uint256 verb, uint256 number, bytes32 authority, uint256 notAfter, bytes32 approval)
        private
        view
        returns (bytes32[16] memory leaf)
    {
        leaf[0] = sha256("chancery/log/1");
        leaf[1] = bytes32(verb);
        leaf[2] = bytes32(number);
        leaf[3] = bytes32(uint256(1));
        leaf[4] = authority;
        leaf[7] = bytes32(uint256(uint160(msg.sender)));
        leaf[12] = bytes32(notAfter);
        leaf[13] = approval;
        leaf[14] = bytes32(block.number);
        leaf[15] = bytes32(block.timestamp);
    }

    /// A key's leaf: domain, 1 added or 2 stopped, key, verbs, authority, first, last, sender, holder, then zeros.
    function _keyLeaf(uint256 what, address who, Key storage slot, uint256 notAfter, bytes32 approval)
        private
        view
        returns (bytes32[16] memory leaf)
    {
        leaf = _leaf(what, uint256(uint160(who)), slot.authority, notAfter, approval);
        leaf[0] = sha256("chancery/log-key/1");
        leaf[3] = bytes32(uint256(slot.verbs));
        leaf[5] = bytes32(uint256(slot.first));
        leaf[6] = bytes32(uint256(slot.last));
        leaf[8] = bytes32(uint256(slot.holder));
    }

    /// Appends to the RFC 6962 tree: carries complete subtrees up, then folds them into the root.
    function _append(bytes32[16] memory leaf) private {
        uint256 size = logSize;
        if (size >= 2 ** 32 - 1) revert LogFull();
        bytes32 node = sha256(abi.encodePacked(uint8(0), leaf));
        uint256 height = 0;
        uint256 rest = size;
        while (rest & 1 == 1) {
            node = _parent(frontier[height], node);
            rest >>= 1;
            ++height;
        }
        frontier[height] = node;
        rest = (size + 1) >> (height + 1);
        for (uint256 level = height + 1; rest != 0; ++level) {
            if (rest & 1 == 1) node = _parent(frontier[level], node);
            rest >>= 1;
        }
        logSize = size + 1;
        logRoot = node;
        emit Logged(leaf);
    }

    /// SHA-256 over 0x01, left and right, in memory that nothing else keeps (it is not allocated).
    function _parent(bytes32 left, bytes32 right) private view returns (bytes32 node) {
        bool done;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore8(at, 1)
            mstore(add(at, 1), left)
            mstore(add(at, 33), right)
            done := staticcall(gas(), 2, at, 65, 0, 32)
            done := and(done, eq(returndatasize(), 32))
            node := mload(0)
        }
        require(done);
    }
}
