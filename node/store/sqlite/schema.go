package sqlite

// schema is that of SchemaVersion, as a new store has it. A change of it is a migration,
// too.
const schema = `
CREATE TABLE object (             -- sealed records of every small kind
	kind TEXT NOT NULL, key TEXT NOT NULL, sort INTEGER NOT NULL, data BLOB NOT NULL,
	PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX object_sort ON object(kind, sort);

CREATE TABLE item (               -- match keys of items: see matchkeys.go
	seq INTEGER PRIMARY KEY,       -- given once: see itemset.go
	kind TEXT NOT NULL,
	lookup BLOB NOT NULL,          -- HMAC of kind and value; found by the runs of itemKeys
	value BLOB NOT NULL,           -- sealed
	visibility TEXT NOT NULL,      -- '', silent, shared
	why_not TEXT NOT NULL,
	confidence REAL NOT NULL,
	category TEXT NOT NULL,
	consent INTEGER NOT NULL,
	grading TEXT NOT NULL,
	first INTEGER NOT NULL, last INTEGER NOT NULL,
	reach INTEGER NOT NULL DEFAULT 0, -- how far the key may go: 1 asked, 2 published; derived by policy/sharing
	stated INTEGER NOT NULL DEFAULT 1); -- 0: only another form of an item's value
CREATE INDEX item_silent ON item(seq) WHERE reach = 1;
CREATE TABLE form (               -- other forms of items' values, by which they are matched too
	key INTEGER NOT NULL, item INTEGER NOT NULL,
	PRIMARY KEY (key, item)) WITHOUT ROWID;
CREATE INDEX form_item ON form(item);

CREATE TABLE change (             -- items that changed after they came in
	n INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL,
	part INTEGER NOT NULL);        -- 1: their part in matching did; 0: one more case has them

CREATE TABLE occurrence (
	item INTEGER NOT NULL,
	casefile BLOB NOT NULL,
	source BLOB NOT NULL,          -- HMAC of source and record: a second import adds nothing
	data BLOB NOT NULL,            -- sealed
	PRIMARY KEY (item, casefile, source)) WITHOUT ROWID;
CREATE TABLE case_span (          -- where the items of a case are
	casefile BLOB NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
	PRIMARY KEY (casefile, low)) WITHOUT ROWID;
CREATE TABLE loose (seq INTEGER PRIMARY KEY); -- items that are in no case any more, until they are erased

CREATE TABLE peer (n INTEGER PRIMARY KEY, agency TEXT NOT NULL UNIQUE);

CREATE TABLE own_item (           -- of which keys we published a tag to a peer: see ranges.go
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (peer, epoch, seq)) WITHOUT ROWID;
CREATE TABLE output (             -- what the own key makes of match keys: see outputs.go
	n INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, data BLOB NOT NULL); -- sealed
CREATE TRIGGER item_output AFTER DELETE ON item BEGIN
	DELETE FROM output WHERE n = old.seq / 60;
END;
CREATE TABLE tag_run (            -- sorted runs of tags: see the package runs
	n INTEGER PRIMARY KEY AUTOINCREMENT,
	what INTEGER NOT NULL, peer INTEGER NOT NULL, epoch INTEGER NOT NULL, level INTEGER NOT NULL);
CREATE INDEX tag_run_set ON tag_run(what, peer, epoch, level, n);
CREATE INDEX tag_run_level ON tag_run(level);
CREATE TABLE tag_block (          -- their records: tag (10 bytes), item number (6); a block fills a page
	n INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE tag_first (          -- where they are
	run INTEGER NOT NULL, first BLOB NOT NULL, block INTEGER NOT NULL,
	PRIMARY KEY (run, first)) WITHOUT ROWID;
CREATE TABLE asking (             -- which keys are in a batch for a peer: see ranges.go
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (peer, epoch, seq)) WITHOUT ROWID;
CREATE TABLE batch_item (         -- keys that follow one another, from a position on
	batch BLOB NOT NULL, pos INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (batch, pos)) WITHOUT ROWID;
CREATE INDEX batch_item_seq ON batch_item(seq);
CREATE TABLE answered (           -- replies that an asker has not acknowledged
	asker INTEGER NOT NULL, batch BLOB NOT NULL, part INTEGER NOT NULL, hash BLOB NOT NULL, reply BLOB NOT NULL,
	PRIMARY KEY (asker, batch, part)) WITHOUT ROWID;
CREATE TABLE asked_upto (         -- what was looked through for items to ask, so that it need not be again
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, scope TEXT NOT NULL, -- the case and the kinds
	seq INTEGER NOT NULL, change INTEGER NOT NULL,
	PRIMARY KEY (peer, epoch, scope)) WITHOUT ROWID;
CREATE TABLE lead (
	n INTEGER PRIMARY KEY AUTOINCREMENT,
	id BLOB NOT NULL UNIQUE,
	peer INTEGER NOT NULL, item BLOB NOT NULL, epoch INTEGER NOT NULL,
	state TEXT NOT NULL, found INTEGER NOT NULL,
	data BLOB NOT NULL,            -- sealed
	UNIQUE (item, peer, epoch));
CREATE INDEX lead_found ON lead(found);
CREATE TABLE lead_case (
	casefile BLOB NOT NULL, peer INTEGER NOT NULL, lead INTEGER NOT NULL,
	PRIMARY KEY (casefile, peer, lead)) WITHOUT ROWID;

CREATE TABLE dossier (
	n INTEGER PRIMARY KEY,
	id BLOB NOT NULL UNIQUE,
	created INTEGER NOT NULL,
	pending INTEGER NOT NULL,      -- 1: a step is decided and not in the ledger yet
	delete_by INTEGER NOT NULL,    -- of what its package holds; 0: nothing, or no date
	data BLOB NOT NULL);           -- sealed header
CREATE INDEX dossier_pending ON dossier(created) WHERE pending = 1;
CREATE INDEX dossier_delete_by ON dossier(delete_by) WHERE delete_by > 0;
CREATE TABLE package (            -- large sealed values of dossiers and messages, read one at a time
	n INTEGER PRIMARY KEY,
	part TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL,
	UNIQUE (part, key));

CREATE TABLE tally (              -- how many there are, kept as they come and go
	what TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (what, a, b)) WITHOUT ROWID;
-- Items that come in are counted by AddItems, a batch at a time.
CREATE TRIGGER item_out AFTER DELETE ON item WHEN old.stated = 1 BEGIN
	UPDATE tally SET n = n - 1 WHERE what = 'item' AND a = old.kind AND b = old.why_not;
END;
CREATE TRIGGER item_changed AFTER UPDATE OF kind, why_not ON item WHEN old.stated = 1 AND (old.kind <> new.kind OR old.why_not <> new.why_not) BEGIN
	UPDATE tally SET n = n - 1 WHERE what = 'item' AND a = old.kind AND b = old.why_not;
	INSERT INTO tally VALUES('item', new.kind, new.why_not, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER lead_in AFTER INSERT ON lead BEGIN
	INSERT INTO tally VALUES('lead', new.state, '', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER lead_out AFTER DELETE ON lead BEGIN
	UPDATE tally SET n = n - 1 WHERE what = 'lead' AND a = old.state;
	DELETE FROM lead_case WHERE lead = old.n;
END;
CREATE TRIGGER lead_changed AFTER UPDATE OF state ON lead WHEN old.state <> new.state BEGIN
	UPDATE tally SET n = n - 1 WHERE what = 'lead' AND a = old.state;
	INSERT INTO tally VALUES('lead', new.state, '', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
`
