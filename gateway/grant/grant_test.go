package grant_test

import (
	"net/url"
	"reflect"
	"testing"

	"nutrigate/gateway/grant"
)

func TestMay(t *testing.T) {
	vitals, activity := url.Values{"category": {"vital-signs"}}, url.Values{"category": {"activity"}}
	both := []grant.Action{grant.Read, grant.Search}
	for name, tt := range map[string]struct {
		grant   grant.Grant
		action  grant.Action
		typ     string
		queries []url.Values
		ok      bool
	}{
		"a tenant's key may see all":                       {grant.Grant{All: true}, grant.Search, "Goal", nil, true},
		"without scopes there is nothing to see":           {grant.Grant{}, grant.Read, "Patient", nil, false},
		"a scope holds for its type":                       {grant.Grant{Scopes: []grant.Scope{{"Goal", both, nil}}}, grant.Read, "Goal", nil, true},
		"and for no other":                                 {grant.Grant{Scopes: []grant.Scope{{"Goal", both, nil}}}, grant.Read, "Patient", nil, false},
		"a star is every type":                             {grant.Grant{Scopes: []grant.Scope{{"*", both, nil}}}, grant.Search, "Patient", nil, true},
		"who may read may not search":                      {grant.Grant{Scopes: []grant.Scope{{"*", both[:1], nil}}}, grant.Search, "Patient", nil, false},
		"of several queries one has to be met":             {grant.Grant{Scopes: []grant.Scope{{"Observation", both, vitals}, {"Observation", both, activity}}}, grant.Read, "Observation", []url.Values{vitals, activity}, true},
		"a scope without a query takes the others' bounds": {grant.Grant{Scopes: []grant.Scope{{"Observation", both, vitals}, {"*", both, nil}}}, grant.Read, "Observation", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			queries, ok := tt.grant.May(tt.action, tt.typ)
			if ok != tt.ok || !reflect.DeepEqual(queries, tt.queries) {
				t.Errorf("got %v, %v; want %v, %v", queries, ok, tt.queries, tt.ok)
			}
		})
	}
	one := grant.Grant{Patient: "a"}
	if !one.Of("a") || one.Of("b") || !(&grant.Grant{}).Of("b") {
		t.Error("whose data may be seen is wrong")
	}
}
