"""EBSI's registries as their Solidity sources write storage, method by method: what the tests' readers are held against.

Written from the struct definitions and functions in EBSI's core services (`contracts/*`), by way of `SolidityWriter`.
"""

from __future__ import annotations

import hashlib

from lightnode.wire.keccak import keccak256
from tests.support.solidity_writer import SIZE, SolidityWriter

FOREVER = SIZE - 1


def slot_named(name: str) -> int:
    """Slot of a "diamond" struct."""
    return int.from_bytes(keccak256(name.encode()), "big")


class WrittenTimestamp(SolidityWriter):
    """The Timestamp registry."""

    STAMPS = slot_named("diamond.standard.timestamp.storage")
    RECORDS = slot_named("diamond.standard.record.storage")

    def stamp(self, value: bytes, by: bytes, block: int, data: bytes = b"", algorithm: int = 0) -> bytes:
        """`timestampHashes`: the first writer wins."""
        name = hashlib.sha256(value).digest()
        entry = self.at_word(self.STAMPS + 1, name)
        if not self.load(entry + 3):
            self.store(entry, algorithm)
            self.store_bytes(entry + 1, value)
            self.store(entry + 2, by)
            self.store(entry + 3, block)
            self.store_bytes(entry + 4, data)
            self.store(self.push(self.STAMPS + 2), name)
        return name

    def record(self, value: bytes, by: bytes, block: int, time: int, information: bytes = b"") -> bytes:
        """`timestampRecordHashes` with one hash."""
        padded = value + bytes(-len(value) % 32)
        seed = bytes(12) + by + block.to_bytes(32, "big") + (96).to_bytes(32, "big") + len(value).to_bytes(32, "big")
        record = hashlib.sha256(seed + padded).digest()
        self.stamp(value, by, block)
        self.own(record, "0x" + by.hex(), time, FOREVER)
        self.version(record, [value], by, block, information)
        return record

    def own(self, record: bytes, owner: str, begin: int, end: int) -> None:
        """`insertRecordOwner`."""
        entry = self.at_word(self.RECORDS, record)
        self.store_bytes(self.push(entry), owner)
        self.store(self.at_bytes(entry + 1, owner), self.load(entry))
        info = self.at_bytes(entry + 4, owner)
        self.store(info, begin)
        self.store(info + 1, end)

    def disown(self, record: bytes, owner: str) -> None:
        """`revokeRecordOwner` of the last owner in the list."""
        entry = self.at_word(self.RECORDS, record)
        count = self.load(entry)
        self.store_bytes(self.data_of(entry) + count - 1, b"")
        self.store(entry, count - 1)
        self.store(self.at_bytes(entry + 1, owner), 0)
        self.store_bytes(self.push(entry + 2), owner)
        self.store(self.at_bytes(entry + 4, owner) + 2, True)

    def version(self, record: bytes, values: list[bytes], by: bytes, block: int, information: bytes = b"") -> None:
        """`timestampRecordVersionHashes`."""
        entry = self.at_word(self.RECORDS, record)
        number = self.load(entry + 7)
        details = self.at_word(entry + 8, number)
        for value in values:
            name = self.stamp(value, by, block)
            self.store(self.push(details), name)
            self.store(self.at_word(details + 2, name), True)
        if information:
            name = hashlib.sha256(information).digest()
            self.store_bytes(self.at_word(self.RECORDS + 1, name), information)
            self.store(self.push(details + 1), name)
        self.store(entry + 7, number + 1)


class WrittenDids(SolidityWriter):
    """The DID Registry."""

    BASE = slot_named("diamond.standard.diddocument.storage")

    def __init__(self) -> None:
        super().__init__()
        self.addresses: dict[tuple[int, str], bytes] = {}

    def document(self, did: str) -> int:
        """First slot of a document."""
        return self.at_bytes(self.BASE, did)

    def insert(self, did: str, base: str, method: str, key: bytes, begin: int, end: int) -> None:
        """`insertDidDocument`."""
        entry = self.document(did)
        self.store_bytes(entry, base)
        self.control(did, did)
        self.method(did, method, key, on_curve=True)
        self.relate(did, "capabilityInvocation", method, begin, end)
        self.relate(did, "authentication", method, begin, end)
        self.store_bytes(self.push(self.BASE + 1), did)

    def control(self, did: str, controller: str) -> None:
        """`addController`."""
        entry = self.document(did)
        self.store_bytes(self.push(entry + 1), controller)
        self.store(self.at_bytes(entry + 2, controller), True)

    def uncontrol(self, did: str, controller: str) -> None:
        """`revokeController`: the last one takes its place."""
        entry = self.document(did)
        places = [self.data_of(entry + 1) + at for at in range(self.load(entry + 1))]
        listed = [self.load_bytes(place) for place in places]
        self.store_bytes(places[listed.index(controller.encode())], listed[-1])
        self.store_bytes(places[-1], b"")
        self.store(entry + 1, len(places) - 1)
        self.store(self.at_bytes(entry + 2, controller), False)

    def method(self, did: str, method: str, key: bytes, *, on_curve: bool) -> None:
        """`addVerificationMethod`."""
        entry = self.document(did)
        if on_curve:
            self.store_bytes(self.at_word(entry + 10, self.address(key)), method)
        self._set_method(entry, method, key, on_curve=on_curve)

    def _set_method(self, entry: int, method: str, key: bytes, *, on_curve: bool, revoked: bool = False) -> None:
        place = self.at_bytes(entry + 3, method)
        if on_curve:
            self.addresses[entry, method] = self.address(key)
        self.store_bytes(place, key)
        self.store(place + 1, int(on_curve) + 256 * int(revoked))

    def relate(self, did: str, name: str, method: str, begin: int, end: int) -> None:
        """`addVerificationRelationship`."""
        entry = self.document(did)
        invocation = name == "capabilityInvocation"
        array = entry + 5 if invocation else entry + 4
        if invocation:
            self.store(self.at_bytes(entry + 8, method), True)
            self.store(self.at_bytes(entry + 9, method), self.load(array))
        else:
            self.store(self.push(self.at_bytes(entry + 7, method)), self.load(array))
        place = self.push(array, 5)
        self.store_bytes(place, name)
        self.store_bytes(place + 1, method)
        self.store(place + 2, begin)
        self.store(place + 3, end)

    def end(self, did: str, method: str, when: int, *, revoke: bool) -> None:
        """`revokeVerificationMethod` and `expireVerificationMethod`."""
        entry = self.document(did)
        indexes = self.at_bytes(entry + 7, method)
        for at in range(self.load(indexes)):
            index = self.load(self.data_of(indexes) + at)
            self.store(self.data_of(entry + 4) + 5 * index + 3, when)
        if self.load(self.at_bytes(entry + 8, method)):
            index = self.load(self.at_bytes(entry + 9, method))
            self.store(self.data_of(entry + 5) + 5 * index + 3, when)
            self._forget_address(entry, method)
        if revoke:
            place = self.at_bytes(entry + 3, method)
            self.store(place + 1, self.load(place + 1) | 256)

    def roll(
        self, did: str, method: str, key: bytes, begin: int, end: int, old: str, duration: int, *, on_curve: bool = True
    ) -> None:
        """`rollVerificationMethod`, with what it forgets."""
        entry = self.document(did)
        self._set_method(entry, method, key, on_curve=on_curve)
        indexes = self.at_bytes(entry + 7, old)
        for at in range(self.load(indexes)):
            place = self.data_of(entry + 4) + 5 * self.load(self.data_of(indexes) + at)
            self.store(place + 3, begin + duration)
            self.relate(did, self.load_bytes(place).decode(), method, begin, end)
        if self.load(self.at_bytes(entry + 8, old)):
            index = self.load(self.at_bytes(entry + 9, old))
            self.store(self.data_of(entry + 5) + 5 * index + 3, begin + duration)
            self._forget_address(entry, old)
            self.relate(did, "capabilityInvocation", method, begin, end)

    def _forget_address(self, entry: int, method: str) -> None:
        key = self.addresses.get((entry, method))
        if key is not None:
            self.store_bytes(self.at_word(entry + 10, key), b"")

    def address(self, key: bytes) -> bytes:
        """Address of a key."""
        return keccak256(key[-64:])[12:]


class WrittenIssuers(SolidityWriter):
    """The Trusted Issuers Registry."""

    BASE = slot_named("diamond.standard.tir.issuer.storage")

    def metadata(self, did: str, revision: bytes, kind: int, tao: str, root: str, time: int = 0) -> bytes:
        """`setAttributeMetadata`: a new attribute, or a revision of the one that a revision belongs to."""
        known = self.at_word(self.BASE + 2, revision)
        if self.load(known):
            attribute = self.load(known + 1).to_bytes(32, "big")
            revision = hashlib.sha256(time.to_bytes(32, "big") + did.encode() + self.latest(did, attribute)).digest()
        else:
            attribute = revision
            issuer = self.at_bytes(self.BASE + 1, did)
            if not self.load(issuer):
                self.store_bytes(self.push(self.BASE), did)
                self.store(issuer + 5, True)
            self.store(self.push(issuer), attribute)
        self._revise(did, attribute, revision, kind, tao, root, b"")
        return revision

    def data(self, did: str, attribute: bytes, credential: bytes) -> bytes:
        """`setAttributeData`: the same type and chain, with a credential."""
        last = self.at_word(self.BASE + 2, self.latest(did, attribute))
        issuer = self.at_bytes(self.BASE + 1, did)
        self.store(issuer + 5, False)
        revision = hashlib.sha256(credential).digest()
        place = self.at_word(self.BASE + 2, revision)
        self._revise(did, attribute, revision, self.load(last + 2), "", "", credential)
        for offset in (3, 4):
            self._copy_bytes(last + offset, place + offset)
        return revision

    def proxy(self, did: str, proxy: str) -> bytes:
        """`addIssuerProxy`."""
        issuer = self.at_bytes(self.BASE + 1, did)
        name = hashlib.sha256(proxy.encode()).digest()
        self.store(self.push(issuer + 3), name)
        self.store_bytes(self.at_word(issuer + 4, name), proxy)
        return name

    def latest(self, did: str, attribute: bytes) -> bytes:
        """Last revision of an attribute."""
        array = self.at_word(self.at_bytes(self.BASE + 1, did) + 2, attribute)
        return self.load(self.data_of(array) + self.load(array) - 1).to_bytes(32, "big")

    def _revise(
        self, did: str, attribute: bytes, revision: bytes, kind: int, tao: str, root: str, credential: bytes
    ) -> None:
        issuer = self.at_bytes(self.BASE + 1, did)
        self.store(self.push(self.at_word(issuer + 2, attribute)), revision)
        self.store_bytes(self.at_word(issuer + 1, revision), credential)
        place = self.at_word(self.BASE + 2, revision)
        self.store_bytes(place, did)
        self.store(place + 1, attribute)
        self.store(place + 2, kind)
        self.store_bytes(place + 3, tao)
        self.store_bytes(place + 4, root)

    def _copy_bytes(self, source: int, target: int) -> None:
        self.store(target, self.load(source))
        if self.load(source) & 1:
            for index in range((self.load(source) // 2 + 31) // 32):
                self.store(self.data_of(target) + index, self.load(self.data_of(source) + index))


class WrittenDocuments(SolidityWriter):
    """Track and Trace, v1."""

    def create(self, document: bytes, metadata: str, creator: str, time: int, source: int = 0, proof: int = 0) -> None:
        """`createDocument`."""
        entry = self.at_word(151, document)
        self.store_bytes(entry, metadata)
        self._time(entry + 1, time, source, proof)
        self.store_bytes(entry + 6, creator)
        self.store_bytes(self.push(entry + 8), creator)

    def write(self, document: bytes, external: str, sender: str, origin: str, metadata: str, time: int) -> bytes:
        """`writeEvent`; the event's hash is the Keccak-256 of the external one."""
        entry = self.at_word(151, document)
        name = keccak256(external.encode())
        event = self.at_word(entry + 4, name)
        self.store_bytes(event, external)
        self.store(event + 1, name)
        self._time(event + 2, time, 0, 0)
        self.store_bytes(event + 5, sender)
        self.store_bytes(event + 6, origin)
        self.store_bytes(event + 7, metadata)
        self.store(self.push(entry + 5), name)
        return name

    def grant(self, document: bytes, by: str, subject: str, permission: int, by_kind: int = 0) -> None:
        """`grantAccess`."""
        entry = self.at_word(151, document)
        access = self.at_bytes(entry + 7, subject)
        self.store(self.at_word(access, permission), True)
        self.store_bytes(self.at_word(access + 1, permission), by)
        self.store(self.at_word(access + 2, permission), by_kind)
        self.store_bytes(access + 3, subject)
        self.store_bytes(self.push(entry + 8), subject)

    def remove(self, document: bytes) -> None:
        """`removeDocument`: what is no mapping is emptied."""
        entry = self.at_word(151, document)
        for offset in (0, 6):
            self.store_bytes(entry + offset, b"")
        for offset in (1, 2, 3):
            self.store(entry + offset, 0)
        for array in (entry + 5, entry + 8):
            for at in range(self.load(array)):
                clear = self.store_bytes if array == entry + 8 else self.store
                clear(self.data_of(array) + at, b"")
            self.store(array, 0)

    def allow(self, did: str, *, allowed: bool = True) -> None:
        """`authoriseDid`."""
        self.store(self.at_bytes(157, did), allowed)

    def _time(self, slot: int, seconds: int, source: int, proof: int) -> None:
        for offset, word in enumerate((seconds, source, proof)):
            self.store(slot + offset, word)
