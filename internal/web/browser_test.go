//go:build browser

package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// patience bounds how long a test waits for the page to get somewhere.
const patience = 20 * time.Second

// browser is the one Chromium that all tests share; each tab has a storage of its own.
var browser context.Context

// otherHost leads to this machine by a name that browsers do not know as its own.
const otherHost = "book.example"

// scratch is a folder that is gone after all tests.
var scratch string

func TestMain(m *testing.M) {
	code, err := runWithBrowser(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser tests:", err)
		code = 1
	}
	os.Exit(code)
}

func runWithBrowser(m *testing.M) (int, error) {
	path, err := findChromium()
	if err != nil {
		return 0, err
	}
	if scratch, err = os.MkdirTemp("", "lectern-browser-*"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(scratch)
	profile := filepath.Join(scratch, "profile")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.DisableGPU, chromedp.Flag("host-resolver-rules", "MAP "+otherHost+" 127.0.0.1"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to sandbox for root.
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	first, cancel := chromedp.NewContext(allocator)
	defer cancel()
	browser = first
	if err := chromedp.Do(browser); err != nil {
		return 0, fmt.Errorf("start %s: %w", path, err)
	}
	return m.Run(), nil
}

// findChromium prefers the program itself to Debian's wrapper script.
func findChromium() (string, error) {
	for _, name := range []string{
		os.Getenv("LECTERN_CHROMIUM"),
		"/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium found: install the package chromium " +
		"(scripts/install-chromium), or name the program in LECTERN_CHROMIUM")
}

// A tab is a page in a browser context of its own. It fails its test for every
// warning or error on the console that the test did not expect.
type tab struct {
	*testing.T
	ctx     context.Context
	base    string
	mu      sync.Mutex
	console []string
	allowed []string
}

const endOfTest = "end of test"

func newTab(t *testing.T, base string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	p := &tab{T: t, ctx: ctx, base: strings.TrimSuffix(base, "/")}
	messages := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.record(messages)
	}()
	t.Cleanup(func() {
		eval[any](p, `console.log("`+endOfTest+`")`)
		<-done
		cancel()
		p.checkConsole()
	})
	return p
}

func (p *tab) record(messages func(func(chromedp.ConsoleMessage, error) bool)) {
	for message, err := range messages {
		if err != nil || message.Text == endOfTest {
			return
		}
		switch message.Type {
		case chromedp.ConsoleError, chromedp.ConsoleException, chromedp.ConsoleWarning:
			p.mu.Lock()
			p.console = append(p.console, fmt.Sprintf("%s %s (%s)",
				message.Source, message, message.URL))
			p.mu.Unlock()
		}
	}
}

func (p *tab) checkConsole() {
	p.mu.Lock()
	defer p.mu.Unlock()
next:
	for _, message := range p.console {
		for _, part := range p.allowed {
			if strings.Contains(message, part) {
				continue next
			}
		}
		p.Errorf("on the console: %s", message)
	}
}

// in makes the tab report to a subtest until that ends.
func (p *tab) in(t *testing.T) {
	parent := p.T
	p.T = t
	t.Cleanup(func() { p.T = parent })
}

// allow names a part of console messages that belong to this test.
func (p *tab) allow(part string) { p.allowed = append(p.allowed, part) }

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

func (p *tab) open(path string) {
	p.Helper()
	p.do(chromedp.Navigate(p.base + path))
}

// view sets the size of the window and the colour scheme, "light" or "dark".
func (p *tab) view(width, height int64, scheme string) {
	p.Helper()
	p.do(chromedp.EmulateViewport(width, height))
	p.media("prefers-color-scheme", scheme)
}

func (p *tab) media(feature, value string) {
	p.Helper()
	p.emulate(emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
}

func (p *tab) emulate(media emulation.SetEmulatedMediaParams) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
		p.Fatal(err)
	}
}

// eval answers the value of a JavaScript expression, a promise's included.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return value
}

// wait waits until a JavaScript expression is true, also on the page that the tab is going to.
func (p *tab) wait(expression string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		// An error means that the page is being left, or that what is asked for is not there yet.
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && is {
			return
		}
		if ctx.Err() != nil {
			p.Fatalf("never true: %s\nthe page: %s", expression,
				eval[string](p, "document.body.innerText"))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Keys that are not text.
var (
	enter  = input.DispatchKeyEventParams{Key: "Enter", WindowsVirtualKeyCode: 13, Text: "\r"}
	tabKey = input.DispatchKeyEventParams{Key: "Tab", WindowsVirtualKeyCode: 9}
	escape = input.DispatchKeyEventParams{Key: "Escape", WindowsVirtualKeyCode: 27}
	space  = input.DispatchKeyEventParams{Key: " ", WindowsVirtualKeyCode: 32, Text: " "}
)

// press presses one key. Unlike chromedp.KeyEvent it sends the character with the key,
// as a keyboard does, so a page that prevents the key gets no character either.
func (p *tab) press(key input.DispatchKeyEventParams, modifiers ...chromedp.Modifier) {
	p.Helper()
	for _, modifier := range modifiers {
		key.Modifiers |= int64(modifier)
	}
	key.Type, key.Code = input.DispatchKeyEventTypeKeyDown, key.Key
	p.dispatch(key)
	key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
	p.dispatch(key)
}

func (p *tab) dispatch(key input.DispatchKeyEventParams) {
	p.Helper()
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, input.DispatchKeyEvent, key)
		return err
	}))
	if err != nil {
		p.Fatal(err)
	}
}

// write types text into what has the focus.
func (p *tab) write(text string) {
	p.Helper()
	p.do(chromedp.KeyEvent(text))
}

func (p *tab) click(selector string) {
	p.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// ask types a question and sends it with Enter, without waiting for an answer.
func (p *tab) ask(question string) {
	p.Helper()
	p.do(chromedp.Focus(chromedp.CSS("#question")))
	p.write(question)
	p.press(enter)
}

// settled is true when the turn on the page has ended.
const settled = `document.querySelector(".turn:not([data-state=asking])")`

func (p *tab) text(selector string) string {
	p.Helper()
	return eval[string](p, fmt.Sprintf(
		`[...document.querySelectorAll(%q)].map((node) => node.innerText).join("\n")`, selector))
}

// start serves the fake API and opens its page in a new tab.
func start(t *testing.T, path string) (*tab, *fakeAPI) {
	t.Helper()
	api := newFakeAPI()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	p := newTab(t, server.URL)
	p.view(1280, 900, "light")
	p.open(path)
	return p, api
}

// shoot writes a picture of the page where LECTERN_SCREENSHOTS names a folder.
func (p *tab) shoot(name string) {
	p.Helper()
	folder := os.Getenv("LECTERN_SCREENSHOTS")
	if folder == "" {
		return
	}
	time.Sleep(300 * time.Millisecond) // Until the panel has slid in.
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		p.Fatal(err)
	}
}
