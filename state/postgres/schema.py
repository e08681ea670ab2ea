"""The schema of a state in PostgreSQL, as it was first made; `migrations` has what came later.

Every name is written with its schema, so that it matters nothing what a session's search path is.
"""

from __future__ import annotations

RECORDS = """
CREATE TABLE virt_reconcile.records (
    fleet text NOT NULL, address text NOT NULL, host text NOT NULL, native text NOT NULL,
    declared_digest text NOT NULL, readback_digest text NOT NULL, live_digest text NOT NULL,
    version text NOT NULL, autostart smallint, power text, fingerprint text NOT NULL, policy text NOT NULL,
    content text NOT NULL, uuid text NOT NULL, machine text NOT NULL, PRIMARY KEY (fleet, address));
CREATE INDEX records_of_host ON virt_reconcile.records (fleet, host);
CREATE TABLE virt_reconcile.documents (
    fleet text NOT NULL, address text NOT NULL, declared text NOT NULL, readback text NOT NULL,
    PRIMARY KEY (fleet, address));
CREATE TABLE virt_reconcile.origins (
    fleet text NOT NULL, address text NOT NULL, file text NOT NULL, PRIMARY KEY (fleet, address));
CREATE TABLE virt_reconcile.fills (
    fleet text NOT NULL, address text NOT NULL, nonce text NOT NULL, run bigint NOT NULL, taken text NOT NULL,
    filled smallint NOT NULL, content text NOT NULL, PRIMARY KEY (fleet, address));
"""

# The number of an entry grows with the transaction that wrote it, so that whoever has read all that was
# written before the oldest one still open (`virt_reconcile.settled`) has missed nothing, and nobody waits
# for anybody. A transaction writes one entry. `base` makes up for ids that begin anew, as in a restored dump.
JOURNAL = """
CREATE TABLE virt_reconcile.runs (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, key text NOT NULL UNIQUE, fleet text NOT NULL,
    command text NOT NULL, tree text NOT NULL, commit_id text NOT NULL, started double precision NOT NULL,
    finished double precision, status text NOT NULL, summary text NOT NULL, cause text NOT NULL,
    owner text NOT NULL);
CREATE INDEX runs_of_fleet ON virt_reconcile.runs (fleet, id);
CREATE INDEX runs_by_start ON virt_reconcile.runs (fleet, started);
CREATE INDEX open_runs ON virt_reconcile.runs (fleet, owner) WHERE status = 'running';
CREATE TABLE virt_reconcile.actions (
    run bigint NOT NULL, action text NOT NULL, fleet text NOT NULL, address text NOT NULL, verb text NOT NULL,
    started double precision NOT NULL, finished double precision, outcome text NOT NULL,
    message text NOT NULL, host text NOT NULL, token bigint NOT NULL, number bigint NOT NULL,
    PRIMARY KEY (run, action));
CREATE INDEX actions_by_number ON virt_reconcile.actions (number);
CREATE INDEX actions_on ON virt_reconcile.actions (fleet, address, started);
CREATE TABLE virt_reconcile.latest (
    fleet text NOT NULL, address text NOT NULL, verb text NOT NULL, run bigint NOT NULL, action text NOT NULL,
    started double precision NOT NULL, finished double precision, outcome text NOT NULL,
    message text NOT NULL, host text NOT NULL, token bigint NOT NULL, number bigint NOT NULL,
    PRIMARY KEY (fleet, address, verb));
CREATE TABLE virt_reconcile.unended (
    fleet text NOT NULL, address text NOT NULL, run bigint NOT NULL, action text NOT NULL,
    PRIMARY KEY (fleet, address, run, action));
CREATE INDEX unended_runs ON virt_reconcile.unended (run);
CREATE TABLE virt_reconcile.executed (
    fleet text NOT NULL, plan text NOT NULL, run bigint NOT NULL, PRIMARY KEY (fleet, plan));
CREATE TABLE virt_reconcile.numbering (base bigint NOT NULL);
INSERT INTO virt_reconcile.numbering VALUES (0);
CREATE FUNCTION virt_reconcile.next_number() RETURNS bigint LANGUAGE sql VOLATILE AS
    'SELECT base + pg_current_xact_id()::text::bigint FROM virt_reconcile.numbering';
CREATE FUNCTION virt_reconcile.settled() RETURNS bigint LANGUAGE sql STABLE AS
    'SELECT base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM virt_reconcile.numbering';
"""

DECIDED = """
CREATE TABLE virt_reconcile.decisions (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, fleet text NOT NULL, at double precision NOT NULL,
    verb text NOT NULL, subject text NOT NULL, author text NOT NULL, reason text NOT NULL,
    expires double precision, ended double precision, ended_by text NOT NULL DEFAULT '',
    key text NOT NULL UNIQUE);
CREATE INDEX decisions_in_force ON virt_reconcile.decisions (fleet) WHERE ended IS NULL;
CREATE TABLE virt_reconcile.commits (
    fleet text NOT NULL, id text NOT NULL, place bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    status text NOT NULL, seen double precision NOT NULL, title text NOT NULL, author text NOT NULL,
    source text NOT NULL, problems text NOT NULL, PRIMARY KEY (fleet, id));
"""

# `rank` is how bad the condition is, `words` what is searched for a text. `stamp` is new whenever rows of the
# host are written, so that a controller knows whether all is still as it wrote it.
STANDINGS = """
CREATE TABLE virt_reconcile.host_standings (
    fleet text NOT NULL, host text NOT NULL, uri text NOT NULL, looked double precision,
    tried double precision, seconds double precision NOT NULL, problem text NOT NULL,
    controller text NOT NULL, mode text NOT NULL, version text NOT NULL, guests bigint NOT NULL,
    stamp text NOT NULL,
    PRIMARY KEY (fleet, host));
CREATE TABLE virt_reconcile.standings (
    fleet text NOT NULL, address text COLLATE "C" NOT NULL, host text COLLATE "C" NOT NULL,
    condition text NOT NULL, since double precision NOT NULL, until double precision, cause text NOT NULL,
    effect text NOT NULL, problem text NOT NULL, declared text NOT NULL, observed text NOT NULL,
    file text NOT NULL, labels text NOT NULL, kind text NOT NULL, rank smallint NOT NULL, words text NOT NULL,
    PRIMARY KEY (fleet, address));
CREATE INDEX standings_of_host ON virt_reconcile.standings (fleet, host);
CREATE INDEX standings_by_rank ON virt_reconcile.standings (fleet, rank, address);
CREATE TABLE virt_reconcile.standing_counts (
    fleet text NOT NULL, host text NOT NULL, kind text NOT NULL, condition text NOT NULL, cause text NOT NULL,
    number bigint NOT NULL, PRIMARY KEY (fleet, host, kind, condition, cause));
CREATE TABLE virt_reconcile.details (
    fleet text NOT NULL, address text NOT NULL, differences text NOT NULL, declared text NOT NULL,
    seen text NOT NULL, PRIMARY KEY (fleet, address));
CREATE TABLE virt_reconcile.present (
    fleet text NOT NULL, host text NOT NULL, domain text NOT NULL, PRIMARY KEY (fleet, host, domain));
CREATE INDEX present_domains ON virt_reconcile.present (fleet, domain);
"""

# A notice is posted once, whatever becomes of the answer: `key` is new for each.
OUTBOX = """
CREATE TABLE virt_reconcile.receivers (fleet text NOT NULL, name text NOT NULL, PRIMARY KEY (fleet, name));
CREATE TABLE virt_reconcile.letters (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, fleet text NOT NULL, kind text NOT NULL,
    subject text NOT NULL, text text NOT NULL, at double precision NOT NULL, host text NOT NULL,
    commit_id text NOT NULL, former text NOT NULL, latter text NOT NULL, receiver text NOT NULL,
    key text NOT NULL, attempts bigint NOT NULL DEFAULT 0, due double precision NOT NULL DEFAULT 0,
    why text NOT NULL DEFAULT '', UNIQUE (key, receiver));
CREATE INDEX letters_due ON virt_reconcile.letters (fleet, due);
"""

# A host is its owner's as long as that has a row in `controllers`; the token grows whenever a host changes
# hands. `wanted > done`: somebody has to look at the host. A timeline is PostgreSQL's: a standby that takes
# over begins a new one, and what was written last may be lost, so that claims of another one are none.
CLAIMS = """
CREATE TABLE virt_reconcile.writers (
    fleet text PRIMARY KEY, token bigint NOT NULL, pid bigint NOT NULL, machine text NOT NULL,
    login text NOT NULL, command text NOT NULL, since double precision NOT NULL);
CREATE TABLE virt_reconcile.controllers (
    fleet text NOT NULL, id text NOT NULL, pid bigint NOT NULL, machine text NOT NULL, login text NOT NULL,
    command text NOT NULL, since double precision NOT NULL, ttl double precision NOT NULL,
    beat bigint NOT NULL DEFAULT 0, PRIMARY KEY (fleet, id));
CREATE TABLE virt_reconcile.claims (
    fleet text NOT NULL, host text NOT NULL, owner text, token bigint NOT NULL DEFAULT 0, asked_by text,
    wanted bigint NOT NULL DEFAULT 0, done bigint NOT NULL DEFAULT 0, PRIMARY KEY (fleet, host));
CREATE INDEX claims_of ON virt_reconcile.claims (fleet, owner);
CREATE SEQUENCE virt_reconcile.tokens;
CREATE TABLE virt_reconcile.timelines (valid text NOT NULL);
CREATE FUNCTION virt_reconcile.timeline() RETURNS text LANGUAGE sql STABLE AS
    'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)';
INSERT INTO virt_reconcile.timelines SELECT virt_reconcile.timeline();
CREATE FUNCTION virt_reconcile.hold(its_fleet text, its_owner text, hosts text[], tokens bigint[])
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE lost text;
BEGIN
    IF cardinality(hosts) = 0 THEN
        RETURN;
    END IF;
    -- Whoever is about to take one of them, or takes their owner for dead, waits until this transaction has
    -- ended, or is waited for here.
    PERFORM 1 FROM virt_reconcile.claims AS claim
        WHERE claim.fleet = its_fleet AND claim.host = ANY (hosts) ORDER BY claim.host FOR SHARE;
    PERFORM 1 FROM virt_reconcile.controllers AS controller
        WHERE controller.fleet = its_fleet AND controller.id = its_owner FOR KEY SHARE;
    SELECT string_agg(mine.host, ', ' ORDER BY mine.host) INTO lost
        FROM unnest(hosts, tokens) AS mine (host, token)
        WHERE NOT EXISTS (
            SELECT FROM virt_reconcile.timelines, virt_reconcile.controllers AS controller,
                virt_reconcile.claims AS claim
            WHERE valid = virt_reconcile.timeline()
            AND controller.fleet = its_fleet AND controller.id = its_owner
            AND claim.fleet = its_fleet AND claim.host = mine.host AND claim.owner = its_owner
            AND claim.token = mine.token);
    IF lost IS NOT NULL THEN
        RAISE EXCEPTION '%', lost USING ERRCODE = 'VR001';
    END IF;
END $$;
CREATE FUNCTION virt_reconcile.hold_writer(its_fleet text, its_token bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM virt_reconcile.writers AS writer
        WHERE writer.fleet = its_fleet AND writer.token = its_token FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the writer' USING ERRCODE = 'VR002';
    END IF;
END $$;
"""

TICKETS = """
CREATE TABLE virt_reconcile.tickets (
    fleet text NOT NULL, rollout text NOT NULL, address text COLLATE "C" NOT NULL, host text NOT NULL,
    grp text NOT NULL, down smallint NOT NULL, taken double precision NOT NULL, ended double precision,
    failed text NOT NULL, token bigint NOT NULL, PRIMARY KEY (fleet, rollout, address));
"""

META = """
CREATE TABLE virt_reconcile.meta (key text PRIMARY KEY, value text NOT NULL);
INSERT INTO virt_reconcile.meta VALUES ('lineage', replace(gen_random_uuid()::text, '-', ''));
CREATE SEQUENCE virt_reconcile.serial;
CREATE TABLE virt_reconcile.secrets (name text PRIMARY KEY, value bytea NOT NULL);
INSERT INTO virt_reconcile.secrets
    VALUES ('key', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
"""

FIRST = (META, RECORDS, JOURNAL, DECIDED, STANDINGS, OUTBOX, CLAIMS, TICKETS)
