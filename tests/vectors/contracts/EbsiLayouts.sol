// SPDX-License-Identifier: EUPL-1.2
pragma solidity 0.8.30;

/// A contract of ours for tests only: it keeps what EBSI's registries keep, in the same types in the same order at the same
/// slots, so that the compiler itself says where each value stands. None of the registries' rules are here.
contract EbsiLayouts {
    struct Access {
        mapping(uint8 => bool) granted;
        mapping(uint8 => bytes) by;
        mapping(uint8 => uint8) byKind;
        bytes subject;
        uint8 kind;
    }

    struct Moment {
        uint256 at;
        uint8 source;
        bytes32 proof;
    }

    struct Happening {
        string external_;
        bytes32 hash;
        Moment moment;
        bytes sender;
        string origin;
        string metadata;
    }

    struct Document {
        string metadata;
        Moment moment;
        mapping(bytes32 => Happening) happenings;
        bytes32[] happeningHashes;
        string creator;
        mapping(bytes => Access) access;
        bytes[] subjects;
        mapping(bytes => uint256) subjectIndex;
    }

    uint256[151] private before;
    mapping(bytes32 => Document) private documents;
    uint256[3] private enumerated;
    mapping(bytes => bytes32[]) private bySubject;
    mapping(bytes => mapping(bytes32 => uint256)) private bySubjectIndex;
    mapping(string => bool) private creators;

    struct Key {
        bytes publicKey;
        bool onCurve;
        bool revoked;
    }

    struct Relation {
        string name;
        string key;
        uint256 notBefore;
        uint256 notAfter;
        uint256 index;
    }

    struct Did {
        string base;
        string[] controllers;
        mapping(string => bool) controls;
        mapping(string => Key) keys;
        Relation[] relations;
        Relation[] invocations;
        mapping(bytes32 => bool) known;
        mapping(string => uint256[]) places;
        mapping(string => bool) invokes;
        mapping(string => uint256) invocationAt;
        mapping(address => string) keyOf;
    }

    struct Dids {
        mapping(string => Did) documents;
        string[] listed;
        mapping(address => string) resolver;
    }

    struct Metadata {
        string did;
        bytes32 attribute;
        uint8 kind;
        string tao;
        string root;
    }

    struct Issuer {
        bytes32[] attributes;
        mapping(bytes32 => bytes) credentials;
        mapping(bytes32 => bytes32[]) revisions;
        bytes32[] proxies;
        mapping(bytes32 => string) proxyOf;
        bool nothingAccepted;
        mapping(bytes32 => uint256) proxyIndex;
    }

    struct Issuers {
        string[] listed;
        mapping(string => Issuer) issuers;
        mapping(bytes32 => Metadata) metadata;
    }

    struct Owner {
        uint256 notBefore;
        uint256 notAfter;
        bool revoked;
    }

    struct Version {
        bytes32[] hashes;
        bytes32[] information;
        mapping(bytes32 => bool) known;
    }

    struct RevokedAt {
        bool exists;
        uint256 index;
    }

    struct Record {
        string[] owners;
        mapping(string => uint256) ownerIndex;
        string[] revoked;
        mapping(string => RevokedAt) revokedIndex;
        mapping(string => Owner) owner;
        mapping(string => uint256) revokedBlock;
        mapping(bytes32 => uint256) versionOf;
        uint256 total;
        mapping(uint256 => Version) versions;
    }

    struct Records {
        mapping(bytes32 => Record) records;
        mapping(bytes32 => bytes) information;
        bytes32[] listed;
    }

    function _dids() private pure returns (Dids storage store) {
        bytes32 base = keccak256("diamond.standard.diddocument.storage");
        assembly {
            store.slot := base
        }
    }

    function _issuers() private pure returns (Issuers storage store) {
        bytes32 base = keccak256("diamond.standard.tir.issuer.storage");
        assembly {
            store.slot := base
        }
    }

    function _records() private pure returns (Records storage store) {
        bytes32 base = keccak256("diamond.standard.record.storage");
        assembly {
            store.slot := base
        }
    }

    function setDid(string calldata did, string calldata base, string[] calldata controllers) external {
        Did storage one = _dids().documents[did];
        one.base = base;
        one.controllers = controllers;
    }

    function addKey(string calldata did, string calldata key, bytes calldata publicKey, bool onCurve, bool revoked, address who)
        external
    {
        Did storage one = _dids().documents[did];
        one.keys[key] = Key(publicKey, onCurve, revoked);
        if (onCurve) one.keyOf[who] = key;
    }

    function addRelation(string calldata did, string calldata name, string calldata key, uint256 notBefore, uint256 notAfter)
        external
    {
        Did storage one = _dids().documents[did];
        if (keccak256(bytes(name)) == keccak256("capabilityInvocation")) {
            one.invokes[key] = true;
            one.invocationAt[key] = one.invocations.length;
            one.invocations.push(Relation(name, key, notBefore, notAfter, 0));
        } else {
            one.relations.push(Relation(name, key, notBefore, notAfter, 0));
        }
    }

    function revise(
        string calldata did,
        bytes32 attribute,
        bytes32 revision,
        uint8 kind,
        string calldata tao,
        string calldata root,
        bytes calldata credential
    ) external {
        Issuers storage all = _issuers();
        Issuer storage one = all.issuers[did];
        if (one.revisions[attribute].length == 0) one.attributes.push(attribute);
        one.revisions[attribute].push(revision);
        one.credentials[revision] = credential;
        one.nothingAccepted = credential.length == 0;
        all.metadata[revision] = Metadata(did, attribute, kind, tao, root);
    }

    function addProxy(string calldata did, bytes32 name, string calldata proxy) external {
        Issuer storage one = _issuers().issuers[did];
        one.proxies.push(name);
        one.proxyOf[name] = proxy;
    }

    function addVersion(
        bytes32 record,
        string calldata owner,
        uint256 notBefore,
        uint256 notAfter,
        bytes32[] calldata hashes,
        bytes calldata information
    ) external {
        Records storage all = _records();
        Record storage one = all.records[record];
        one.owners.push(owner);
        one.owner[owner] = Owner(notBefore, notAfter, false);
        one.versions[one.total].hashes = hashes;
        one.versions[one.total].information.push(sha256(information));
        all.information[sha256(information)] = information;
        ++one.total;
    }

    function createDocument(bytes32 document, string calldata metadata, string calldata creator, uint256 at, bytes32 proof)
        external
    {
        Document storage one = documents[document];
        one.metadata = metadata;
        one.creator = creator;
        one.moment = Moment(at, 1, proof);
        one.subjects.push(bytes(creator));
        creators[creator] = true;
    }

    function writeHappening(bytes32 document, bytes32 hash, string calldata external_, bytes calldata sender, string calldata text)
        external
    {
        Document storage one = documents[document];
        one.happenings[hash] = Happening(external_, hash, Moment(block.timestamp, 0, bytes32(block.number)), sender, text, text);
        one.happeningHashes.push(hash);
    }

    function grant(bytes32 document, bytes calldata subject, bytes calldata by, uint8 permission, uint8 byKind) external {
        Access storage one = documents[document].access[subject];
        one.granted[permission] = true;
        one.by[permission] = by;
        one.byKind[permission] = byKind;
        one.subject = subject;
        documents[document].subjects.push(subject);
    }
}
