package store

import "time"

// A Client is an app or a service that reads a tenant's data by SMART on FHIR.
type Client struct {
	Tenant string
	// ID is what the client calls itself; no other client of any tenant has it.
	ID   string
	Name string // as people are shown it
	Kind string // Backend, PublicApp or ConfidentialApp
	// Redirects are the addresses to which an app may have its people sent back.
	Redirects []string
	// Launch is the address at which an app begins; may be empty.
	Launch string
	// JWKS has the client's public keys, or JWKSURI says where they are; both are
	// empty for a client with a secret, and for a public app.
	JWKS    []byte
	JWKSURI string
	// HasSecret says that the client has a secret; it is kept as its hash alone.
	HasSecret bool
	// Scopes is what the client may ask for, with spaces between them.
	Scopes  string
	Created time.Time
}

// The kinds of clients.
const (
	Backend         = "backend"      // a service without a person, with a key
	PublicApp       = "public"       // an app on somebody's device, which can keep no secret
	ConfidentialApp = "confidential" // an app with a server, which has a key or a secret
)

// A Launch lets a person whom the tenant knows give an app access: whoever has
// its Secret is that person.
type Launch struct {
	Tenant string
	// ID names it to the app; it is no secret.
	ID string
	// Secret is what the person's browser has, or what the person types; the
	// store keeps its hash.
	Secret string
	// Client is the only one that may use it; empty: any of the tenant's.
	Client string
	// User is the person whose data it is about; empty: the practitioner chooses.
	User string
	// Practitioner is the name of the clinician who uses the app; empty: it is
	// the User.
	Practitioner string
	Expires      time.Time
	Used         bool
}

// An Authorization is what a person, or a tenant for a service, has allowed a
// client. Its tokens end with it.
type Authorization struct {
	Tenant, ID, Client string
	// Patient is the person it is about; empty: nobody, or everybody.
	Patient string
	// Practitioner is who uses the app, where that is not the Patient.
	Practitioner string
	Scopes       string
	// What the app said when it asked: where its people go back to, the challenge
	// that its verifier has to meet, and what its id_token repeats.
	Redirect, Challenge, Nonce string
	Created, Expires           time.Time
}

// The kinds of tokens.
const (
	CodeToken    = "code"    // changed for an access token, once
	AccessToken  = "access"  // read with
	RefreshToken = "refresh" // changed for the next ones, once
)

// A Token is a secret that stands for an authorization. The store keeps its hash.
type Token struct {
	Secret  string
	Kind    string
	Expires time.Time
	Used    bool
}
