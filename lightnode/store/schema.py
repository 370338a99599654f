"""Tables of the store, laid out in numbered steps; a program refuses a store with more steps than it knows.

Invariants: a step, once released, never changes; `user_version` is the number of the last one applied, each in one
transaction of its own.
"""

from __future__ import annotations

# Step 1: headers below a checkpoint may be pruned, jobs and evidence never are.
_STEP_1 = """
CREATE TABLE header (
    height INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, rlp BLOB NOT NULL, validators BLOB NOT NULL
) STRICT;
CREATE TABLE checkpoint (
    height INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL, stored INTEGER NOT NULL
) STRICT;
CREATE TABLE job (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL
) STRICT;
CREATE TABLE job_step (
    job TEXT NOT NULL REFERENCES job (id), revision INTEGER NOT NULL, state TEXT NOT NULL, code TEXT,
    at INTEGER NOT NULL, PRIMARY KEY (job, revision)
) STRICT;
CREATE TABLE record (
    commitment BLOB PRIMARY KEY, registry BLOB NOT NULL, number INTEGER, authority BLOB NOT NULL,
    template TEXT NOT NULL, stored INTEGER NOT NULL
) STRICT;
CREATE TABLE opening (
    commitment BLOB PRIMARY KEY REFERENCES record (commitment), body BLOB NOT NULL
) STRICT;
CREATE TABLE evidence (
    digest BLOB PRIMARY KEY, commitment BLOB NOT NULL REFERENCES record (commitment), body BLOB NOT NULL,
    stored INTEGER NOT NULL
) STRICT;
CREATE TABLE serial_memory (name BLOB PRIMARY KEY, serial INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
"""

# Step 2: no table changes; the bodies of jobs are of form 2, which an older program cannot read.
_STEP_2 = ""

# Step 3: the number of commits so far, which the mark beside the database is held against.
_STEP_3 = """
CREATE TABLE commit_count (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO commit_count VALUES (1, 0);
"""

# Step 4: headers need not follow one another any more; each says who sealed it, and how it was verified.
# What halted the network here, and who went on and why, is never deleted.
_STEP_4 = """
ALTER TABLE header ADD COLUMN members BLOB;
ALTER TABLE header ADD COLUMN way TEXT NOT NULL DEFAULT 'sequential';
CREATE TABLE halt (
    digest BLOB PRIMARY KEY, height INTEGER NOT NULL, evidence BLOB NOT NULL, at INTEGER NOT NULL,
    lifted INTEGER, lifted_by TEXT, reason TEXT, followed BLOB
) STRICT;
UPDATE header SET members = (SELECT before.validators FROM header AS before WHERE before.height = header.height - 1);
"""

STEPS = (_STEP_1, _STEP_2, _STEP_3, _STEP_4)
NEWEST = len(STEPS)
