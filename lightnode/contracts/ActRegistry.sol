// SPDX-License-Identifier: EUPL-1.2
pragma solidity 0.8.30;

/// The act registry: authorities, their keys, six verbs on records, and an append-only log of every call.
///
/// Every call has static words only; the first is the genesis hash of the network, the last two are notAfter and
/// approval; any other calldata length is refused. Callers are known by msg.sender alone. There is no proxy and no
/// upgrade: a new version is a new address. docs/registry.md lists functions, storage and rules.
contract ActRegistry {
    // Layout: slots 0 to 2 are fixed for ever; the others are listed in docs/registry.md and held by a test. What an act
    // touches is packed: a slot opened costs 22 100 gas, one read 2 100, and no act may cost more than 250 000.
    bytes32 private genesis; // 0
    uint64 private logSize; // 1, with the record count above it
    uint64 private recordCount;
    bytes32 private logRoot; // 2
    mapping(uint256 => uint256) private owners; // 3: by authority's number: whose its records are today, if another's
    uint256 private changeCount; // 4
    uint256 private governanceThreshold; // 5
    uint256 private governanceHolders; // 6: how many distinct holders are in office
    mapping(address => uint256) private governance; // 7: holder + 1
    mapping(uint256 => uint256) private governanceHolderKeys; // 8: keys of a holder in office
    mapping(bytes32 => Authority) private authorities; // 9
    bytes32[] private authorityIds; // 10: by authority's number - 1
    mapping(bytes32 => uint256) private administrators; // 11: by keccak(id, generation, address): holder + 1
    mapping(bytes32 => uint256) private administratorHolderKeys; // 12: by keccak(id, generation, holder)
    mapping(address => Key) private keys; // 13
    mapping(uint256 => Record) private records; // 14
    mapping(uint256 => Batch) private batches; // 15: by first record number
    // 16: by owner's number at registration and commitment or batch root: the template, whose being there says "used".
    mapping(uint256 => mapping(bytes32 => bytes32)) private templates;
    mapping(bytes32 => Change) private changes; // 17
    bytes32[32] private frontier; // 18 to 49: roots of the complete subtrees, by height; others hold what is left there
    mapping(uint256 => uint256[]) private inherited; // 50: by authority's number: whose records came to it
    // 51, 52: where batches of at most 256 records begin, a bit for each record number; where longer ones begin, 16 bits
    // for each 256 numbers (place among them + 1, for no two begin there). So any number of batches needs few reads.
    mapping(uint256 => uint256) private shortBatches;
    mapping(uint256 => uint256) private longBatches;

    struct Authority {
        // One slot, from the lowest bit: 1 admitted or 2 closed; its number - 1; generation of its administrators; their
        // threshold and distinct holders.
        uint8 state;
        uint32 index;
        uint32 generation;
        uint32 threshold;
        uint32 holders;
        bytes32 successor;
    }

    struct Key {
        bytes32 authority;
        // From the lowest bit: verbs (8), first block (64), last block (64; all ones while open), holder (32).
        uint256 word;
    }

    struct Record {
        // Never zero for a single record. From the lowest bit: state (8), acts since registration (32), last day (32),
        // owner's number at registration (32), acknowledged (8). One word, written once by a call.
        uint256 word;
        bytes32 commitment;
        bytes32 receiver;
    }

    struct Batch {
        // From the lowest bit: first (64), count (32), last day (32), owner's number at registration (32).
        uint256 word;
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
    uint256 private constant OPEN = type(uint64).max;
    uint256 private constant LONG = 256; // the longest batch that counts as short
    // SHA-256 of "chancery/log/1", of "chancery/log-key/1" and of nothing.
    bytes32 private constant LOG_DOMAIN = 0xa8ccbf6a37fc15705e036899de3bda347b83ccd5c7aed8c1882fc82c6191e3d1;
    bytes32 private constant KEY_LOG_DOMAIN = 0xbb69f62bfb49e97c23f0c9126a1ff7439fc8d6d609b26bbb9b6f127ab18be160;
    bytes32 private constant EMPTY = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

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
        // The root of the empty log, so that slot 2 is never zero. The frontier's slots are opened here, not by the one
        // act in 2^n that would have to pay for it.
        logRoot = EMPTY;
        for (uint256 level = 0; level < 32; ++level) frontier[level] = EMPTY;
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
        (bytes32 body, uint256 owner) = _entitled(REGISTER);
        if (body != authority) revert NotEntitled();
        uint256 number = _create(owner, template, commitment, receiver, validUntil);
        bytes32[17] memory leaf = _leaf(REGISTER, number, authority, notAfter, approval);
        _tell(leaf, template, commitment, receiver, validUntil);
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
        (bytes32 body, uint256 owner) = _entitled(REGISTER);
        if (body != authority) revert NotEntitled();
        if (count < 2 || count > 4096) revert Malformed();
        uint256 first = _claim(owner, template, root, validUntil, count);
        _mark(first, count);
        Batch storage batch = batches[first];
        batch.word = first | count << 64 | validUntil << 96 | owner << 128;
        batch.root = root;
        if (receiver != 0) batch.receiver = receiver;
        bytes32[17] memory leaf = _leaf(REGISTER, first, authority, notAfter, approval);
        leaf[COUNT] = bytes32(count);
        _tell(leaf, template, root, receiver, validUntil);
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
        (bytes32 authority, uint256 owner) = _entitled(SUPERSEDE);
        (Record storage record, uint256 before) = _owned(number, actCount, owner);
        if (uint8(before) != IN_FORCE && uint8(before) != SUSPENDED) revert OtherState();
        record.word = _after(before, SUPERSEDED);
        uint256 successor = _create(owner, template, commitment, receiver, validUntil);
        bytes32[17] memory leaf = _leaf(SUPERSEDE, number, authority, notAfter, approval);
        _tell(leaf, template, commitment, receiver, validUntil);
        leaf[SUCCESSOR] = bytes32(successor);
        leaf[ACTS] = bytes32(actCount);
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
        (bytes32 authority, uint256 owner) = _entitled(ACKNOWLEDGE);
        (Record storage record, uint256 before) = _at(number, actCount);
        bytes32[17] memory leaf = _leaf(ACKNOWLEDGE, number, authority, notAfter, approval);
        _recall(leaf, record, before, number);
        // Only the receiver named at registration, or the body that succeeded it.
        bytes32 receiver = leaf[RECEIVER];
        if (receiver != authority && (receiver == 0 || !_succeeded(_numberOf(receiver), owner))) revert NotEntitled();
        if (before >> 104 != 0 || uint8(before) != IN_FORCE) revert OtherState();
        record.word = _after(before | 1 << 104, IN_FORCE);
        _append(leaf);
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
        bytes32 authority = slot.authority;
        uint256 word = slot.word;
        if (authority == 0 || _administrator(authority, msg.sender) == 0) revert NotInOffice();
        if (uint64(word >> 72) != OPEN && uint64(word >> 72) <= block.number) revert OtherState();
        word = (word & ~(OPEN << 72)) | block.number << 72;
        slot.word = word;
        _append(_keyLeaf(2, key, authority, word, notAfter, approval));
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
        uint256 word = record.word;
        if (word == 0) word = _fresh(batches[_batchOf(number)].word);
        (template, commitment, receiver) = _content(record, word, number);
        uint256 owner = uint32(word >> 72);
        if (owners[owner] != 0) owner = owners[owner];
        return (uint8(word), uint32(word >> 8), uint32(word >> 40), authorityIds[owner - 1], template, commitment, receiver);
    }

    function keyAt(address key) external view returns (bytes32, uint8, uint64, uint64, uint32) {
        uint256 word = keys[key].word;
        return (keys[key].authority, uint8(word), uint64(word >> 8), uint64(word >> 72), uint32(word >> 136));
    }

    function authorityAt(bytes32 id) external view returns (uint8, uint32, uint32, bytes32) {
        Authority memory body = authorities[id];
        return (body.state, body.threshold, body.holders, body.successor);
    }

    function changeNumber() external view returns (uint256) {
        return changeCount;
    }

    // Records

    function _create(uint256 owner, bytes32 template, bytes32 commitment, bytes32 receiver, uint256 validUntil)
        private
        returns (uint256 number)
    {
        number = _claim(owner, template, commitment, validUntil, 1);
        Record storage record = records[number];
        record.word = IN_FORCE | validUntil << 40 | owner << 72;
        record.commitment = commitment;
        if (receiver != 0) record.receiver = receiver;
    }

    /// Takes the next record numbers for a commitment or batch root, which stands once within one authority; another
    /// authority's is another's.
    function _claim(uint256 owner, bytes32 template, bytes32 commitment, uint256 validUntil, uint256 count)
        private
        returns (uint256 number)
    {
        if (commitment == 0 || template == 0 || validUntil > type(uint32).max) revert Malformed();
        mapping(bytes32 => bytes32) storage used = templates[owner];
        if (used[commitment] != 0) revert AlreadyRegistered();
        used[commitment] = template;
        number = recordCount;
        recordCount = uint64(number + count);
    }

    function _change(uint256 verb, uint256 number, uint256 actCount, uint256 notAfter, bytes32 approval) private {
        (bytes32 authority, uint256 owner) = _entitled(verb);
        (Record storage record, uint256 before) = _owned(number, actCount, owner);
        uint256 state = uint8(before);
        uint256 next = verb == SUSPEND ? SUSPENDED : verb == REINSTATE ? IN_FORCE : REVOKED;
        if (verb != REINSTATE && state == IN_FORCE) {} // in force: suspend, revoke
        else if (verb != SUSPEND && state == SUSPENDED) {} // suspended: reinstate, revoke
        else revert OtherState();
        record.word = _after(before, next);
        bytes32[17] memory leaf = _leaf(verb, number, authority, notAfter, approval);
        _recall(leaf, record, before, number);
        _append(leaf);
    }

    /// A record's word after one more act that leaves it in a state.
    function _after(uint256 before, uint256 state) private pure returns (uint256) {
        if (uint32(before >> 8) == type(uint32).max) revert OtherActCount();
        return (before & ~uint256(0xff)) + (1 << 8) | state;
    }

    /// The word of a record of a batch before its first act, from that of the batch.
    function _fresh(uint256 batch) private pure returns (uint256) {
        return IN_FORCE | uint256(uint32(batch >> 96)) << 40 | uint256(uint32(batch >> 128)) << 72;
    }

    /// The record and its word; one of a batch gets a word of its own with its first act, its content stays in the entry.
    function _at(uint256 number, uint256 actCount) private view returns (Record storage record, uint256 word) {
        if (number >= recordCount) revert UnknownRecord();
        record = records[number];
        word = record.word;
        if (word == 0) word = _fresh(batches[_batchOf(number)].word);
        if (uint32(word >> 8) != actCount) revert OtherActCount();
    }

    /// Template, commitment or batch root, and receiver: of the record, or of the batch that it belongs to.
    function _content(Record storage record, uint256 word, uint256 number)
        private
        view
        returns (bytes32 template, bytes32 commitment, bytes32 receiver)
    {
        commitment = record.commitment;
        if (commitment != 0) {
            receiver = record.receiver;
        } else {
            Batch storage batch = batches[_batchOf(number)];
            commitment = batch.root;
            receiver = batch.receiver;
        }
        template = templates[uint32(word >> 72)][commitment];
    }

    function _owned(uint256 number, uint256 actCount, uint256 owner)
        private
        view
        returns (Record storage record, uint256 word)
    {
        (record, word) = _at(number, actCount);
        uint256 before = uint32(word >> 72);
        if (before != owner && !_succeeded(before, owner)) revert NotEntitled();
    }

    /// Whether an authority's records have come to another; both by number. What is in office has no successor.
    function _succeeded(uint256 number, uint256 owner) private view returns (bool) {
        return owners[number] == owner;
    }

    /// The authority for which the caller's key may use a verb in this block, and its number.
    function _entitled(uint256 verb) private view returns (bytes32 authority, uint256 number) {
        Key storage slot = keys[msg.sender];
        authority = slot.authority;
        uint256 word = slot.word;
        if (authority == 0 || word & (1 << verb) == 0) revert NotEntitled();
        if (block.number < uint64(word >> 8) || block.number > uint64(word >> 72)) revert NotEntitled();
        Authority storage body = authorities[authority];
        if (body.state != 1) revert NotEntitled();
        number = uint256(body.index) + 1;
    }

    /// An authority's number, which counts from 1; 0 if it was never admitted.
    function _numberOf(bytes32 id) private view returns (uint256) {
        Authority storage body = authorities[id];
        return body.state == 0 ? 0 : uint256(body.index) + 1;
    }

    // Batches

    function _mark(uint256 first, uint256 count) private {
        if (count <= LONG) shortBatches[first >> 8] |= 1 << (first & 255);
        else longBatches[first >> 12] |= ((first & 255) + 1) << (first >> 4 & 0xf0);
    }

    /// The first number of the batch that a record without a word belongs to: the last beginning not after it, for no
    /// record but a batch's is without a word. A short batch began in the same 256 numbers or those before, a long one
    /// in the same 4096 or those before.
    function _batchOf(uint256 number) private view returns (uint256 first) {
        unchecked {
            uint256 page = number >> 8;
            uint256 word = shortBatches[page] & ((2 << (number & 255)) - 1);
            if (word == 0 && page != 0) word = shortBatches[--page];
            bool found = word != 0;
            if (found) first = page << 8 | _highest(word);
            page = number >> 12;
            uint256 lane = number >> 4 & 0xf0;
            word = longBatches[page];
            if (uint16(word >> lane) > (number & 255) + 1) word &= (1 << lane) - 1;
            else word &= (0x10000 << lane) - 1;
            if (word == 0 && page != 0 && !(found && first >> 12 == page)) word = longBatches[--page];
            if (word != 0) {
                lane = _highest(word) & 0xf0;
                uint256 long = (page << 12 | lane << 4) + uint16(word >> lane) - 1;
                if (!found || long > first) first = long;
            }
        }
    }

    /// The place of the highest bit set.
    function _highest(uint256 word) private pure returns (uint256 at) {
        unchecked {
            for (uint256 step = 128; step != 0; step >>= 1) {
                if (word >> step != 0) {
                    word >>= step;
                    at += step;
                }
            }
        }
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
        if (successor != 0) _handOver(uint256(body.index) + 1, uint256(authorities[successor].index) + 1);
    }

    /// Gives the records of a closed body, and those that had come to it, to its successor; both by number. So an act
    /// reads one slot however many bodies came before.
    function _handOver(uint256 closed, uint256 successor) private {
        uint256[] storage came = inherited[closed];
        uint256[] storage to = inherited[successor];
        uint256 length = came.length;
        for (uint256 at = 0; at < length; ++at) {
            uint256 number = came[at];
            owners[number] = successor;
            to.push(number);
        }
        owners[closed] = successor;
        to.push(closed);
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
        uint256 last = words[3] == 0 ? OPEN : words[3];
        if (last < first || last > OPEN) revert Malformed();
        uint256 word = words[1] | first << 8 | last << 72 | words[4] << 136;
        slot.authority = id;
        slot.word = word;
        _append(_keyLeaf(1, who, id, word, notAfter, approval));
    }

    /// Brings back what a key not entitled withdrew: record, state to bring back (in force or suspended), act count.
    function _restore(bytes32 id, uint256[5] memory words, uint256 notAfter, bytes32 approval) private {
        (Record storage record, uint256 before) = _owned(words[0], words[2], _numberOf(id));
        if (words[1] != IN_FORCE && words[1] != SUSPENDED) revert Malformed();
        // Nothing was withdrawn from what is in force, and suspended is no state to bring a suspended record back to.
        if (uint8(before) == IN_FORCE || uint8(before) == words[1]) revert OtherState();
        record.word = _after(before, words[1]);
        bytes32[17] memory leaf = _leaf(RESTORE, words[0], id, notAfter, approval);
        _recall(leaf, record, before, words[0]);
        leaf[SUCCESSOR] = bytes32(words[1]);
        _append(leaf);
    }

    // Log. A leaf in memory has a word of zeros before its 16: its last byte is RFC 6962's prefix of a leaf.

    uint256 private constant COUNT = 4;
    uint256 private constant RECEIVER = 9;
    uint256 private constant SUCCESSOR = 11;
    uint256 private constant ACTS = 12;

    function _leaf(uint256 verb, uint256 number, bytes32 authority, uint256 notAfter, bytes32 approval)
        private
        view
        returns (bytes32[17] memory leaf)
    {
        leaf[1] = LOG_DOMAIN;
        leaf[2] = bytes32(verb);
        leaf[3] = bytes32(number);
        leaf[COUNT] = bytes32(uint256(1));
        leaf[5] = authority;
        leaf[8] = bytes32(uint256(uint160(msg.sender)));
        leaf[13] = bytes32(notAfter);
        leaf[14] = approval;
        leaf[15] = bytes32(block.number);
        leaf[16] = bytes32(block.timestamp);
    }

    /// Puts what a call registers into its leaf.
    function _tell(bytes32[17] memory leaf, bytes32 template, bytes32 commitment, bytes32 receiver, uint256 validUntil)
        private
        pure
    {
        leaf[6] = template;
        leaf[7] = commitment;
        leaf[RECEIVER] = receiver;
        leaf[10] = bytes32(validUntil);
    }

    /// Puts what the record holds, and its act count before the call, into the leaf.
    function _recall(bytes32[17] memory leaf, Record storage record, uint256 before, uint256 number) private view {
        (leaf[6], leaf[7], leaf[RECEIVER]) = _content(record, before, number);
        leaf[10] = bytes32(uint256(uint32(before >> 40)));
        leaf[ACTS] = bytes32(uint256(uint32(before >> 8)));
    }

    /// A key's leaf: domain, 1 added or 2 stopped, key, verbs, authority, first, last, sender, holder, then zeros.
    function _keyLeaf(uint256 what, address who, bytes32 authority, uint256 word, uint256 notAfter, bytes32 approval)
        private
        view
        returns (bytes32[17] memory leaf)
    {
        leaf = _leaf(what, uint256(uint160(who)), authority, notAfter, approval);
        leaf[1] = KEY_LOG_DOMAIN;
        leaf[COUNT] = bytes32(uint256(uint8(word)));
        leaf[6] = bytes32(uint256(uint64(word >> 8)));
        leaf[7] = bytes32(uint256(uint64(word >> 72)));
        leaf[RECEIVER] = bytes32(uint256(uint32(word >> 136)));
    }

    /// Appends to the RFC 6962 tree: carries complete subtrees up, then folds them into the root.
    function _append(bytes32[17] memory leaf) private {
        uint256 size = logSize;
        if (size >= 2 ** 32 - 1) revert LogFull();
        bytes32 topic = Logged.selector;
        bytes32 root;
        bool done;
        assembly ("memory-safe") {
            // In memory that nothing else keeps (it is not allocated): a word that ends in RFC 6962's prefix of a node,
            // the left child, and the node so far, which is the right child of the next.
            let at := mload(0x40)
            let prefix := add(at, 31)
            let left := add(at, 32)
            let node := add(at, 64)
            mstore(at, 1)
            done := staticcall(gas(), 2, add(leaf, 31), 513, node, 32)
            let slot := frontier.slot
            for {} and(size, 1) {} {
                mstore(left, sload(slot))
                done := and(done, staticcall(gas(), 2, prefix, 65, node, 32))
                size := shr(1, size)
                slot := add(slot, 1)
            }
            sstore(slot, mload(node))
            // The bit of this height is clear: the node stands here from now on.
            for { size := shr(1, size) } size { size := shr(1, size) } {
                slot := add(slot, 1)
                if and(size, 1) {
                    mstore(left, sload(slot))
                    done := and(done, staticcall(gas(), 2, prefix, 65, node, 32))
                }
            }
            // A ledger without the SHA-256 contract answers nothing.
            done := and(done, eq(returndatasize(), 32))
            root := mload(node)
            log1(add(leaf, 32), 512, topic)
        }
        require(done);
        logRoot = root;
        ++logSize;
    }
}
