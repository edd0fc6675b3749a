package smart

import (
	"slices"

	"github.com/google/uuid"

	"nutrigate/gateway/grant"
	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
)

// Service returns what of the asked a service is granted: what it may have, for
// all of the tenant.
func Service(c store.Client, asked string) grant.Asked {
	return possible(grant.Parse(asked).Within(grant.Parse(c.Scopes)).Without(grant.Words(), grant.Patient, grant.User))
}

// App returns what of the asked an app may be granted, whoever the person is.
func App(c store.Client, asked string) grant.Asked {
	return possible(grant.Parse(asked).Within(grant.Parse(c.Scopes)).Without(nil, grant.System))
}

// possible leaves out what bounds a type by a search that cannot be made.
func possible(asked grant.Asked) grant.Asked {
	asked.Permissions = slices.DeleteFunc(asked.Permissions, func(p grant.Permission) bool { return boundBy(p) != nil })
	return asked
}

// boundBy returns an error where the condition of a permission is no search of its type.
func boundBy(p grant.Permission) error {
	if len(p.Query) == 0 {
		return nil
	}
	_, err := search.Parse(p.Type, p.Query)
	return err
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

// subjects is a name space of our own for the ids of practitioners.
var subjects = uuid.MustParse("5a1c7d0e-7f0b-5c55-9d0a-0f6a6d0f5b11")

// SubjectOf returns by which id whoever uses an app is known: a person's own, or
// one made of the tenant and the name of a practitioner. A service is its client.
func SubjectOf(a store.Authorization) string {
	switch {
	case a.Practitioner != "":
		return uuid.NewSHA1(subjects, []byte(a.Tenant+"\x00"+a.Practitioner)).String()
	case a.Patient != "":
		return a.Patient
	}
	return a.Client
}
