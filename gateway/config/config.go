// Package config is what the operator sets, read from the environment.
package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Config is the operator's settings.
type Config struct {
	// Addr is where the gateway listens, host and port. NUTRIGATE_ADDR.
	Addr string
	// Data is the folder of the store and of files being received. NUTRIGATE_DATA.
	Data string
	// BaseURL is the address by which clients reach the gateway, without a
	// slash at its end; empty means whatever host a request names. NUTRIGATE_BASE_URL.
	BaseURL string
}

const prefix = "NUTRIGATE_"

// FromEnviron reads the settings from an environment of KEY=value pairs, as
// os.Environ gives it. What is not set has its default; a key of ours that we
// do not know is an error, since it is most likely misspelt. Errors name the key.
func FromEnviron(environ []string) (Config, error) {
	c := Config{Addr: "127.0.0.1:8080", Data: "./data"}
	known := map[string]*string{
		prefix + "ADDR":     &c.Addr,
		prefix + "DATA":     &c.Data,
		prefix + "BASE_URL": &c.BaseURL,
	}
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		key, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		setting, ok := known[key]
		if !ok {
			return Config{}, fmt.Errorf("%s: no such setting", key)
		}
		*setting = value
	}
	return c, c.validate()
}

func (c *Config) validate() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("%sADDR: not of the form host:port: %q", prefix, c.Addr)
	}
	if c.Data == "" {
		return fmt.Errorf("%sDATA: required", prefix)
	}
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%sBASE_URL: not an http or https address: %q", prefix, c.BaseURL)
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return nil
}
