package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/redact"
)

const (
	maxPast     = 256 // hosts that are remembered
	shownPast   = 4
	versionTime = 5 * time.Second
)

// A past is what a command that is run did not show: connections that passed
// through the proxy unopened, and what went past it altogether.
type past struct {
	program string
	reverse bool
	seen    atomic.Bool // an exchange

	mu    sync.Mutex
	hosts []string // in the order in which they came
}

// tunnelled notes a connection that is not looked at.
func (p *past) tunnelled(t proxy.Tunnel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hosts) < maxPast && !slices.Contains(p.hosts, t.Host) {
		p.hosts = append(p.hosts, t.Host)
	}
}

// tell says what was not seen, why, and what to do about it.
func (p *past) tell(ctx context.Context, w io.Writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hosts) > 0 {
		var names []string
		for _, h := range p.hosts[:min(len(p.hosts), shownPast)] {
			names = append(names, redact.Host(h).String())
		}
		list := strings.Join(names, ", ")
		if more := len(p.hosts) - shownPast; more > 0 {
			list += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(w, "why401: passed through without being looked at: %s\n", list)
		if !p.seen.Load() {
			fmt.Fprintf(w, "why401: hint: is it a product of Atlassian? Then name it:\nwhy401:   why401 run --host %s -- COMMAND\n", names[0])
		}
		return
	}
	if p.seen.Load() {
		return
	}
	fmt.Fprintln(w, "why401: the command sent no request through the proxy")
	if p.reverse {
		fmt.Fprintln(w, "why401: hint: it must take the address of the site from $WHY401_URL")
		return
	}
	if v := nodeVersion(ctx, p.program); proxy.NodeIgnoresProxy(v) {
		fmt.Fprintf(w, `why401: hint: Node %s uses no proxy by itself; 22.21, 24.5 and newer do
why401: hint: or give the command another address of the site, which it finds in
why401:   WHY401_URL: why401 run --reverse https://SITE -- COMMAND
`, redact.Label(v))
		return
	}
	fmt.Fprint(w, `why401: hint: what did it print? Most clients refuse to send a header value that
why401:   ends in a line break, such as one read from a file.
why401: hint: if it takes no proxy, give it another address of the site, which it
why401:   finds in WHY401_URL: why401 run --reverse https://SITE -- COMMAND
`)
}

// nodeVersion returns the version of the Node that a command runs, such as
// "v20.19.0"; "": it is not known to run one.
func nodeVersion(ctx context.Context, program string) string {
	node := "node"
	switch name := strings.TrimSuffix(strings.ToLower(filepath.Base(program)), ".exe"); {
	case name == "node" || name == "nodejs":
		node = program
	case slices.Contains([]string{"npm", "npx", "npm.cmd", "npx.cmd", "yarn", "pnpm", "tsx", "ts-node", "sh", "bash", "zsh", "dash", "env", "make", "cmd", "pwsh", "powershell"}, name):
	case !scriptOf(program, "node"):
		return ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), versionTime)
	defer cancel()
	c := exec.CommandContext(ctx, node, "--version")
	c.Env = append(os.Environ(), "NODE_OPTIONS=")
	out, err := c.Output()
	if err != nil || len(out) > 32 {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// scriptOf reports whether a program is a script for an interpreter.
func scriptOf(program, interpreter string) bool {
	path, err := exec.LookPath(program)
	if err != nil {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	first, _ := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n')
	return strings.HasPrefix(first, "#!") && strings.Contains(first, interpreter)
}
