-- SMART on FHIR: who may ask for tokens, and what was allowed.

-- +goose Up
CREATE TABLE clients (
    tenant      TEXT   NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
    client_id   TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    redirects   TEXT   NOT NULL, -- a JSON array
    launch      TEXT   NOT NULL,
    jwks        TEXT   NOT NULL,
    jwks_uri    TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL, -- SHA-256 in hexadecimal; empty: there is no secret
    scopes      TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (tenant, client_id)
);
CREATE UNIQUE INDEX clients_by_id ON clients (client_id);

-- The ids of assertions that were taken, until they expire: none is taken twice.
CREATE TABLE assertions (
    tenant    TEXT   NOT NULL,
    client_id TEXT   NOT NULL,
    jti_hash  TEXT   NOT NULL,
    expires   BIGINT NOT NULL,
    PRIMARY KEY (tenant, client_id, jti_hash),
    FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, client_id) ON DELETE CASCADE
);

CREATE TABLE launches (
    tenant       TEXT   NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
    launch       TEXT   NOT NULL,
    secret_hash  TEXT   NOT NULL,
    client_id    TEXT   NOT NULL, -- empty: any
    user_id      TEXT   NOT NULL, -- empty: the practitioner chooses
    practitioner TEXT   NOT NULL, -- empty: it is the user
    expires      BIGINT NOT NULL,
    used         BIGINT NOT NULL, -- 0: not yet
    PRIMARY KEY (tenant, launch)
);
CREATE UNIQUE INDEX launches_by_id ON launches (launch);
CREATE UNIQUE INDEX launches_by_secret ON launches (secret_hash);
CREATE INDEX launches_by_end ON launches (tenant, expires);

CREATE TABLE authorizations (
    tenant        TEXT   NOT NULL,
    authorization TEXT   NOT NULL,
    client_id     TEXT   NOT NULL,
    user_id       TEXT   NOT NULL, -- the patient; empty: nobody, or everybody
    practitioner  TEXT   NOT NULL,
    scopes        TEXT   NOT NULL,
    redirect      TEXT   NOT NULL,
    challenge     TEXT   NOT NULL,
    nonce         TEXT   NOT NULL,
    created       BIGINT NOT NULL,
    expires       BIGINT NOT NULL,
    PRIMARY KEY (tenant, authorization),
    FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, client_id) ON DELETE CASCADE
);
CREATE INDEX authorizations_by_user ON authorizations (tenant, user_id);
CREATE INDEX authorizations_by_client ON authorizations (tenant, client_id);
CREATE INDEX authorizations_by_end ON authorizations (tenant, expires);

CREATE TABLE tokens (
    tenant        TEXT   NOT NULL,
    token_hash    TEXT   NOT NULL, -- SHA-256 in hexadecimal; the token itself is kept nowhere
    authorization TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    expires       BIGINT NOT NULL,
    used          BIGINT NOT NULL, -- of codes and refresh tokens; 0: not yet
    PRIMARY KEY (tenant, token_hash),
    FOREIGN KEY (tenant, authorization) REFERENCES authorizations (tenant, authorization) ON DELETE CASCADE
);
CREATE UNIQUE INDEX tokens_by_hash ON tokens (token_hash);
CREATE INDEX tokens_by_authorization ON tokens (tenant, authorization);

-- The keys with which the gateway signs who uses an app. They are the
-- gateway's, so they belong to no tenant.
CREATE TABLE signing_keys (
    kid     TEXT   NOT NULL PRIMARY KEY,
    sealed  BLOB   NOT NULL, -- the private key, sealed
    created BIGINT NOT NULL
);
