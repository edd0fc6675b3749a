package webhook_test

import (
	"net/netip"
	"strings"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/push/webhook"
)

// The addresses of Svix's unit test (webhook_http_client.rs) and some more.
var refusedAddresses = strings.Fields(`
	0.0.0.0 0.1.2.3 127.0.0.1 127.254.254.254 :: ::1
	10.254.0.0 172.16.10.65 192.168.10.65 fdee:3a45:9057::1 fd7a:115c:a1e0::1
	169.254.45.1 169.254.169.254 fe80::dead:beef febf:ffff::dead:beef fd00:ec2::254
	100.100.0.0 198.18.0.0
	192.0.2.255 198.51.100.65 203.0.113.6 2001:db8::1 3fff::dead:beef
	192.0.0.0 192.0.0.255 192.88.99.3 240.240.240.240 255.255.255.255 2001::1 100::1:2:3:4
	224.1.2.3 233.252.0.16 ff02::1
	::ffff:127.0.0.1 ::ffff:0.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::c0a8:0 64:ff9b::808:808 64:ff9b:1::dead:beef
	2002:c000:204::dead:beef 2002:c0a8:1::dead:beef
	fec0::1 5f00::dead:beef`)

func urlOf(scheme, addr string) string {
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	return scheme + "://" + addr + "/hook"
}

func TestCheck(t *testing.T) {
	guard := webhook.NewGuard(nil)
	message := ""
	for _, addr := range refusedAddresses {
		t.Run("refuses "+addr+", and says the same of each", func(t *testing.T) {
			err := guard.Check(t.Context(), urlOf("https", addr))
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("got %v", err)
			}
			if message == "" {
				message = err.Error()
			}
			if err.Error() != message || strings.Contains(message, addr) {
				t.Errorf("got %q, want %q", err, message)
			}
		})
	}
	for _, addr := range []string{"1.1.1.1", "8.8.8.8", "2001:4860:4860::8888"} {
		t.Run("lets "+addr+" pass", func(t *testing.T) {
			if err := guard.Check(t.Context(), urlOf("https", addr)); err != nil {
				t.Error(err)
			}
		})
	}
	for name, address := range map[string]string{
		"plain http":              "http://1.1.1.1/",
		"a name of this machine":  "https://localhost/",
		"a user":                  "https://anna@1.1.1.1/",
		"a password":              "https://anna:hunter2@1.1.1.1/",
		"another scheme":          "file:///etc/passwd",
		"no host":                 "https:///hook",
		"a port beyond all":       "https://1.1.1.1:65536/",
		"port 0":                  "https://1.1.1.1:0/",
		"what is no URL":          "https://a b/",
		"a URL longer than 2 KiB": "https://1.1.1.1/" + strings.Repeat("a", 2048),
		"nothing":                 "",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			err := guard.Check(t.Context(), address)
			if fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheckWithAllowedSubnets(t *testing.T) {
	guard := webhook.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")})
	for address, allowed := range map[string]bool{
		"http://127.0.0.1:8080/":          true,
		"https://127.0.0.1/":              true,
		"http://[::1]:9/":                 true,
		"http://[::ffff:127.0.0.1]:8080/": true,
		"http://10.0.0.1/":                false,
		"https://10.0.0.1/":               false,
		"http://1.1.1.1/":                 false, // plain http is for what is listed alone
		"https://1.1.1.1/":                true,
	} {
		if err := guard.Check(t.Context(), address); (err == nil) != allowed {
			t.Errorf("%s: got %v, want allowed %v", address, err, allowed)
		}
	}
}
