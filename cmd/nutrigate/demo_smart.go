package main

import (
	"fmt"
	"os"
)

// tokenToTry returns commands by which a service gets a token, and reads with it.
func tokenToTry(url string) string {
	const assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	return fmt.Sprintf(`
or get a token of SMART on FHIR, in another terminal in this folder (docs/smart.md has apps too):
  %[1]s client key --out key.pem >jwks.json
  C=$(%[1]s client create --tenant %[2]s --name Analytics --kind backend --jwks jwks.json --json | sed -n 's/.*"client_id": "\(.*\)",/\1/p')
  A=$(%[1]s client assert --client "$C" --key key.pem --token-url %[3]s/oauth/token)
  T=$(curl -s %[3]s/oauth/token -d grant_type=client_credentials -d 'scope=system/*.rs' -d client_assertion_type=%[4]s -d "client_assertion=$A" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $T" '%[3]s/fhir/Observation?_count=3'
`, os.Args[0], demoTenant, url, assertion)
}
