package smart

import (
	"nutrigate/gateway/grant"
	"nutrigate/gateway/store"
)

// Service returns what of the asked a service is granted: what it may have, for
// all of the tenant.
func Service(c store.Client, asked string) grant.Asked {
	return grant.Parse(asked).Within(grant.Parse(c.Scopes)).Without(grant.Words(), grant.Patient, grant.User)
}

// App returns what of the asked an app may be granted, whoever the person is.
func App(c store.Client, asked string) grant.Asked {
	return grant.Parse(asked).Within(grant.Parse(c.Scopes)).Without(nil, grant.System)
}

// NeedsPatient reports whether what is asked for is about one person.
func NeedsPatient(asked grant.Asked) bool {
	return asked.Has(grant.LaunchPatient) || asked.HasLevel(grant.Patient)
}

// For returns what of the asked can be granted where the person at the app is
// the patient, or a practitioner, and the app is about patient unless that is
// empty.
//
// What is granted is bound to one person as a whole or not at all: beside a
// permission for one patient a practitioner's for all of them is left out, so
// that no answer has to be put together of two.
func For(asked grant.Asked, practitioner, patient string) grant.Asked {
	if practitioner != "" {
		asked = asked.Without([]string{grant.FHIRUser}) // there is no Practitioner here to be read
	}
	switch {
	case patient == "":
		return asked.Without([]string{grant.LaunchPatient}, grant.Patient)
	case practitioner != "" && asked.HasLevel(grant.Patient):
		return asked.Without(nil, grant.User)
	}
	return asked
}

// GrantOf returns what the holder of an access token may see.
func GrantOf(a store.Authorization) *grant.Grant {
	asked := grant.Parse(a.Scopes)
	g := &grant.Grant{Tenant: a.Tenant, Client: a.Client, Scopes: asked.Scopes()}
	if a.Practitioner == "" || asked.HasLevel(grant.Patient) {
		g.Patient = a.Patient
	}
	return g
}
