package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/device"
	"github.com/chromedp/chromedp/kb"
)

type step = chromedp.Action[chromedp.Void]

// into keeps what an action returns.
func into[T any](v *T, a chromedp.Action[T]) step {
	return func(ctx context.Context, at *chromedp.Target) (chromedp.Void, error) {
		got, err := a(ctx, at)
		*v = got
		return chromedp.Void{}, err
	}
}

func withoutScripts(ctx context.Context, at *chromedp.Target) (chromedp.Void, error) {
	_, err := cdp.Call(ctx, at, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return chromedp.Void{}, err
}

// A real browser, of the size of a phone, walks the connecting page of the demo
// as a person would. What it looked like is kept where t.ArtifactDir says.
func TestConnectPageInABrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium here; Debian's package of that name has it")
	}
	t.Setenv("NUTRIGATE_DATA", filepath.Join(t.TempDir(), "data"))
	t.Setenv("NUTRIGATE_ADDR", "127.0.0.1:0")
	gateway := background(t, "serve", "--demo")
	url, _ := strings.CutPrefix(gateway.until(t, "listening on "), "listening on ")
	invitation := regexp.MustCompile(`http\S+`).FindString(gateway.until(t, "/connect/"))

	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox)...)
	defer stop()
	browser, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Do(browser, chromedp.Navigate("about:blank")); err != nil { // which starts it
		t.Fatal(err)
	}
	open := func(t *testing.T, steps ...step) {
		t.Helper()
		tab, end := chromedp.NewContext(browser)
		defer end()
		if err := chromedp.Do(tab, chromedp.Emulate(device.IPhone13)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(tab, 2*time.Minute)
		defer cancel()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	picture := func(name string) step {
		return func(ctx context.Context, at *chromedp.Target) (chromedp.Void, error) {
			png, err := chromedp.FullScreenshot(100)(ctx, at)
			if err != nil {
				return chromedp.Void{}, err
			}
			return chromedp.Void{}, os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), png, 0o600)
		}
	}
	session := func(reference string) string {
		var made struct{ URL string }
		request(t, http.MethodPost, url+"/v2/auth/generateWidgetSession", `{"reference_id":"`+reference+`"}`, &made)
		return made.URL
	}
	const heading = `//h1[text()="Cronometer is connected"]`

	t.Run("the printed link leads through the source and back, and the first sync arrives", func(t *testing.T) {
		var zone, came string
		open(t, chromedp.Navigate(invitation), picture("ask"), into(&zone, chromedp.Value(`form[action$="/partner"] input[name=zone]`)),
			chromedp.Click(`//button[text()="Go to cronometer.com"]`), chromedp.WaitVisible(`a.button`), picture("partner"),
			chromedp.Click(`a.button`), chromedp.Click(`button[value=yes]`),
			chromedp.WaitVisible(heading), picture("linked"), into(&came, chromedp.Text(`table`)))
		if zone == "" || !strings.Contains(came, "foods and nutrients") {
			t.Errorf("zone %q, came %q", zone, came)
		}
	})
	t.Run("by keyboard and without JavaScript, by the web export", func(t *testing.T) {
		var came, problem string
		form := `form[action$="/web"] `
		fill := func(password string) step {
			return chromedp.Steps(
				chromedp.SendKeys(form+`[name=username]`, "person-1@example.test"), chromedp.SendKeys(form+`[name=password]`, password),
				chromedp.Focus(form+`[name=own]`), chromedp.KeyEvent(" "), chromedp.Focus(form+`button`), chromedp.KeyEvent(kb.Enter),
			)
		}
		open(t, withoutScripts, chromedp.Navigate(session("keyboard")),
			chromedp.Focus(`summary`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(form), picture("web"),
			fill("guess"), chromedp.WaitVisible(`[role=alert]`), picture("problem"), into(&problem, chromedp.Text(`[role=alert]`)),
			fill("synthetic-1"), chromedp.WaitVisible(heading), picture("web-linked"), into(&came, chromedp.Text(`table`)))
		if !strings.Contains(came, "Foods") || !strings.Contains(problem, "does not take") {
			t.Errorf("came %q, problem %q", came, problem)
		}
	})
	t.Run("and disconnects", func(t *testing.T) {
		var users struct {
			Users []struct {
				ID        string `json:"user_id"`
				Reference string `json:"reference_id"`
			}
		}
		request(t, http.MethodGet, url+"/v2/subscriptions", "", &users)
		for _, u := range users.Users {
			if u.Reference != "keyboard" {
				continue
			}
			var made struct{ URL string }
			request(t, http.MethodPost, url+"/v2/auth/generateDisconnectSession?user_id="+u.ID, "", &made)
			open(t, chromedp.Navigate(made.URL), chromedp.Click(`//button[text()="Disconnect and delete"]`), chromedp.WaitVisible(`//h1[text()="You are disconnected"]`))
			if got := output(t, "connection", "list"); strings.Contains(got, u.ID) {
				t.Errorf("still connected: %s", got)
			}
			return
		}
		t.Error("nobody is there to disconnect")
	})
	if err := gateway.stop(); err != nil {
		t.Error(err)
	}
}
