package casestore

// schema of version 1. A tag table row is what its columns say: the set builder
// and the joins of matching are written over it.
const schema = `
CREATE TABLE object (             -- sealed records of every small kind
	kind TEXT NOT NULL, key TEXT NOT NULL, sort INTEGER NOT NULL, data BLOB NOT NULL,
	PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX object_sort ON object(kind, sort);

CREATE TABLE item (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	id BLOB NOT NULL UNIQUE,
	kind TEXT NOT NULL,
	lookup BLOB NOT NULL UNIQUE,   -- HMAC of kind and value
	value BLOB NOT NULL,           -- sealed
	visibility TEXT NOT NULL,      -- '', silent, shared
	why_not TEXT NOT NULL,
	confidence REAL NOT NULL,
	category TEXT NOT NULL,
	consent INTEGER NOT NULL,
	grading TEXT NOT NULL,
	first INTEGER NOT NULL, last INTEGER NOT NULL);

CREATE TABLE change (             -- items whose part in matching changed after they came in
	n INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL);

CREATE TABLE occurrence (
	item INTEGER NOT NULL REFERENCES item(seq),
	casefile BLOB NOT NULL,
	source BLOB NOT NULL,          -- HMAC of source and record: a second import adds nothing
	data BLOB NOT NULL,            -- sealed
	PRIMARY KEY (item, casefile, source)) WITHOUT ROWID;
CREATE INDEX occurrence_case ON occurrence(casefile, item);

CREATE TABLE peer (n INTEGER PRIMARY KEY, agency TEXT NOT NULL UNIQUE);

CREATE TABLE own_tag (            -- what we published to a peer
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, tag BLOB NOT NULL, seq INTEGER NOT NULL, -- 0: padding
	PRIMARY KEY (peer, epoch, tag)) WITHOUT ROWID;
CREATE INDEX own_tag_item ON own_tag(seq, peer, epoch) WHERE seq > 0;
CREATE TABLE peer_tag (           -- what a peer published to us
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, tag BLOB NOT NULL,
	PRIMARY KEY (peer, epoch, tag)) WITHOUT ROWID;
CREATE TABLE asked_tag (          -- a peer's tags of our items, learned by asking
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, tag BLOB NOT NULL, seq INTEGER NOT NULL,
	PRIMARY KEY (peer, epoch, tag)) WITHOUT ROWID;
CREATE TABLE asking (             -- which items are in a batch for a peer
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
	PRIMARY KEY (peer, epoch, seq)) WITHOUT ROWID;
CREATE TABLE batch_item (
	batch BLOB NOT NULL, pos INTEGER NOT NULL, seq INTEGER NOT NULL,
	PRIMARY KEY (batch, pos)) WITHOUT ROWID;
CREATE TABLE answered (           -- replies that an asker has not acknowledged
	asker INTEGER NOT NULL, batch BLOB NOT NULL, part INTEGER NOT NULL, hash BLOB NOT NULL, reply BLOB NOT NULL,
	PRIMARY KEY (asker, batch, part)) WITHOUT ROWID;
CREATE TABLE nonce (
	officer BLOB NOT NULL, nonce BLOB NOT NULL, at INTEGER NOT NULL,
	PRIMARY KEY (officer, nonce)) WITHOUT ROWID;
`
