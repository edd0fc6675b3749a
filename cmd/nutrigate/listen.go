package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/listen"
)

// listenOptions are the flags of listen.
type listenOptions struct {
	addr, secret, secretFile, show string
	status                         int
	delay                          time.Duration
}

const listenLong = `Listen receives webhooks, verifies them and says what came: the type, the user,
ids and sizes. Bodies hold health values and are shown with --show body alone.

It verifies terra-signature, X-Terra-Signature and the signature of Standard
Webhooks, each with a tolerance of 300 seconds, and answers 200 if one is right,
401 if none is. With --status and --delay it plays a receiver that fails.`

func listenCommand() *cobra.Command {
	var o listenOptions
	c := &cobra.Command{
		Use:   "listen [--secret whsec_…]",
		Short: "Receive webhooks, verify them and print what came",
		Long:  listenLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runListen(c, o) },
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", hookAddr, "where to listen")
	f.StringVar(&o.secret, "secret", "", "the endpoint's signing secret")
	f.StringVar(&o.secretFile, "secret-file", "", "file with the signing secret")
	f.StringVar(&o.show, "show", "ids", "ids, or body for the bodies too")
	f.IntVar(&o.status, "status", 0, "answer everything with this status")
	f.DurationVar(&o.delay, "delay", 0, "wait before answering, such as 20s")
	return c
}

func runListen(c *cobra.Command, o listenOptions) error {
	settings, err := o.settings()
	if err != nil {
		return err
	}
	settings.Out = c.OutOrStdout()
	l := listen.New(settings)
	if err := receive(c.Context(), o.addr, l, func(at net.Addr) {
		fmt.Fprintf(settings.Out, "listening on http://%s\n", at)
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(settings.Out, l.Summary())
	return err
}

// settings checks the flags and reads the secret.
func (o *listenOptions) settings() (listen.Options, error) {
	s := listen.Options{Now: time.Now, Secret: o.secret, Bodies: o.show == "body", Status: o.status, Delay: o.delay}
	switch {
	case o.show != "ids" && o.show != "body":
		return s, fmt.Errorf("--show %s: ids or body", o.show)
	case o.status != 0 && (o.status < 200 || o.status > 599):
		return s, fmt.Errorf("--status %d: from 200 to 599", o.status)
	case o.delay < 0:
		return s, errors.New("--delay: not before it came")
	case o.secret != "" && o.secretFile != "":
		return s, errors.New("--secret or --secret-file, not both")
	case o.secretFile != "":
		text, err := os.ReadFile(o.secretFile)
		if err != nil {
			return s, fmt.Errorf("read the secret: %w", err)
		}
		if s.Secret = strings.TrimSpace(string(text)); s.Secret == "" {
			return s, fmt.Errorf("read the secret: %s is empty", o.secretFile)
		}
	}
	if s.Secret != "" && !strings.HasPrefix(s.Secret, "whsec_") { // an endpoint was not made, say, and this is why
		return s, errors.New("the secret is none: one begins with whsec_")
	}
	return s, nil
}

// receive serves h until ctx ends. What is not answered a second later is
// broken off: a sender tries again.
func receive(ctx context.Context, addr string, h http.Handler, listening func(net.Addr)) error {
	var lc net.ListenConfig
	at, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	listening(at.Addr())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(at) }()
	select {
	case err := <-ended:
		return fmt.Errorf("listen: %w", err)
	case <-ctx.Done():
	}
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if server.Shutdown(soon) != nil {
		_ = server.Close() // what is left is broken off
	}
	return nil
}
