package report

import (
	"fmt"
	"slices"
	"strings"
)

// A picture is the timeline of the logins: a lane for each host, a mark for each
// step from left to right.
type picture struct {
	Width, Height int
	Lanes         []lane
	Marks         []mark
	Path          string // through the marks
	Steps         []stepRow
	Legend        []mark
	About         string
}

type lane struct {
	Y, TextY, Width int
	Name            string
}

type mark struct {
	X, Y, N, LabelY int
	Kind, Title     string
	Shape           string
}

// A stepRow is a step as the table below the picture has it.
type stepRow struct {
	N                            int
	After, Status, Request, Note string
	Kind                         string
}

// kinds says what the kinds of steps are called, in the order of the legend, and
// the shape of their mark: colour is never the only sign.
var kinds = [...]struct{ kind, name, shape string }{
	{"ok", "accepted or not about the login", "circle"},
	{"redirect", "redirect", "arrow"},
	{"challenge", "asked to log in", "ring"},
	{"refused", "refused", "cross"},
	{"captcha", "CAPTCHA", "lock"},
	{"failed", "failed otherwise", "square"},
	{"error", "other error", "diamond"},
	{"unanswered", "no answer", "gap"},
}

const (
	pictureMarks = 60 // steps in the picture; the table has the rest
	maxLanes     = 6
	laneHeight   = 56
	markGap      = 44
)

// login makes the picture; nil if no more than one step happened.
func (r *Report) login() *picture {
	if len(r.Timeline) < 2 {
		return nil // the list of failed requests says as much
	}
	p := &picture{Width: 40 + markGap*min(len(r.Timeline), pictureMarks), Height: 16}
	lanes := map[string]int{}
	used := map[string]bool{}
	for i, s := range r.Timeline {
		if i == htmlSteps {
			break
		}
		p.Steps = append(p.Steps, rowOf(i+1, s))
		used[s.Kind] = true
		if i >= pictureMarks {
			continue
		}
		host := s.Host.String()
		if host == "" {
			host = "unknown host"
		}
		n, ok := lanes[host]
		if !ok {
			n = len(lanes)
			if n >= maxLanes {
				n, host = maxLanes-1, "other hosts"
			}
			if n < maxLanes-1 || len(lanes) < maxLanes {
				lanes[host] = n
			}
			if n == len(p.Lanes) {
				p.Lanes = append(p.Lanes, lane{Y: 40 + n*laneHeight, TextY: 20 + n*laneHeight, Name: host})
			} else if host == "other hosts" {
				p.Lanes[n].Name = host
			}
		}
		m := mark{X: 28 + i*markGap, Y: p.Lanes[n].Y, N: i + 1, Kind: s.Kind, Title: p.Steps[i].title()}
		m.LabelY = m.Y + 21
		m.Shape = shapeOf(s.Kind)
		p.Marks = append(p.Marks, m)
	}
	var path strings.Builder
	for i, m := range p.Marks {
		fmt.Fprintf(&path, "%c%d %d", "ML"[min(i, 1)], m.X, m.Y)
	}
	p.Path = path.String()
	longest := 0
	for i := range p.Lanes {
		longest = max(longest, len(p.Lanes[i].Name))
	}
	p.Width = max(p.Width, 20+longest*8)
	for i := range p.Lanes {
		p.Lanes[i].Width = p.Width
	}
	p.Height += len(p.Lanes) * laneHeight
	for _, k := range kinds {
		if used[k.kind] {
			p.Legend = append(p.Legend, mark{X: 10, Y: 10, Kind: k.kind, Shape: k.shape, Title: k.name})
		}
	}
	p.About = fmt.Sprintf("Timeline of %s at %s", plural(len(p.Marks), "step"), plural(len(p.Lanes), "host"))
	return p
}

// Hidden counts the steps that only the table has.
func (p *picture) Hidden() int { return len(p.Steps) - len(p.Marks) }

func shapeOf(kind string) string {
	for _, k := range kinds {
		if k.kind == kind {
			return k.shape
		}
	}
	return "circle"
}

func nameOf(kind string) string {
	for _, k := range kinds {
		if k.kind == kind {
			return k.name
		}
	}
	return kind
}

func rowOf(n int, s Step) stepRow {
	row := stepRow{N: n, Kind: s.Kind, Status: statusText(s.Status), Note: nameOf(s.Kind)}
	if s.After >= 0 {
		row.After = fmt.Sprintf("%d.%03d s", s.After/1000, s.After%1000)
	}
	if row.Status == "" {
		row.Status = "none"
	}
	row.Request = strings.TrimSpace(s.Method.String() + " " + s.URL.String())
	if s.Times > 1 {
		row.Request += fmt.Sprintf(" (%d times)", s.Times)
		if s.Kind == "ok" {
			row.Request = fmt.Sprintf("%s and %s more to this host", strings.TrimSpace(s.Method.String()+" "+s.URL.String()), plural(s.Times-1, "request"))
		}
	}
	if !s.To.IsZero() {
		row.Note += " to " + s.To.String()
	}
	if !s.Reason.IsZero() {
		row.Note += "; " + s.Reason.String()
	}
	return row
}

func (s stepRow) title() string {
	return fmt.Sprintf("%d. %s: %s, %s", s.N, s.Request, s.Status, s.Note)
}

// A chart shows how many failed requests each cause explains, by host.
type chart struct {
	Height int
	Bars   []bar
	Hosts  []hostKey
	About  string
}

type bar struct {
	Name         string
	TextY, Y     int
	Total, Max   int
	Parts        []part
	EndX, TotalY int
}

type part struct {
	X, Width int
	Class    int
	Title    string
}

type hostKey struct {
	Class int
	Name  string
	N     int
}

const (
	chartBars  = 10
	chartHosts = 4
	chartWidth = 800 // of the longest bar, in thousandths of the width of the picture
)

// chart counts the failed requests; nil if there are none, or all are for one cause
// and one host, so that there is nothing to compare.
func (r *Report) chart() *chart {
	if len(r.Failed) == 0 {
		return nil
	}
	type count struct {
		name  string
		total int
		by    map[string]int
	}
	var causes []*count
	byCause, byHost := map[string]*count{}, map[string]int{}
	var hosts []string
	for _, f := range r.Failed {
		name, host := f.Cause, hostOf(f.URL.String())
		if name == "" {
			name = "unexplained"
		}
		c := byCause[name]
		if c == nil {
			c = &count{name: name, by: map[string]int{}}
			byCause[name] = c
			causes = append(causes, c)
		}
		if byHost[host] == 0 {
			hosts = append(hosts, host)
		}
		c.total++
		c.by[host]++
		byHost[host]++
	}
	if len(causes) == 1 && len(hosts) == 1 {
		return nil
	}
	slices.SortStableFunc(hosts, func(a, b string) int { return byHost[b] - byHost[a] })
	slices.SortStableFunc(causes, func(a, b *count) int { return b.total - a.total })
	if len(causes) > chartBars {
		rest := &count{name: fmt.Sprintf("%d other causes", len(causes)-chartBars+1), by: map[string]int{}}
		for _, c := range causes[chartBars-1:] {
			rest.total += c.total
			for h, n := range c.by {
				rest.by[h] += n
			}
		}
		causes = append(causes[:chartBars-1:chartBars-1], rest)
	}
	out := &chart{Height: len(causes)*48 + 8}
	most := 1
	for _, c := range causes {
		most = max(most, c.total)
	}
	for i, h := range hosts {
		if i == chartHosts && len(hosts) > chartHosts+1 {
			n := 0
			for _, h := range hosts[i:] {
				n += byHost[h]
			}
			out.Hosts = append(out.Hosts, hostKey{chartHosts, fmt.Sprintf("%d other hosts", len(hosts)-i), n})
			break
		}
		out.Hosts = append(out.Hosts, hostKey{i, h, byHost[h]})
	}
	for i, c := range causes {
		b := bar{Name: c.name, TextY: 18 + i*48, Y: 26 + i*48, TotalY: 40 + i*48, Total: c.total}
		sum := 0
		add := func(class, n int, name string) {
			if n == 0 {
				return
			}
			from, to := sum*chartWidth/most, (sum+n)*chartWidth/most
			b.Parts = append(b.Parts, part{from, max(to-from, 3), class, fmt.Sprintf("%s: %s", name, plural(n, "failed request"))})
			sum += n
		}
		for _, h := range out.Hosts {
			if n, ok := c.by[h.Name]; ok {
				add(h.Class, n, h.Name)
			}
		}
		if last := out.Hosts[len(out.Hosts)-1]; sum < c.total {
			add(last.Class, c.total-sum, last.Name)
		}
		b.EndX = c.total * chartWidth / most
		out.Bars = append(out.Bars, b)
	}
	out.About = fmt.Sprintf("Failed requests by cause and host: %s", plural(len(out.Bars), "bar"))
	return out
}

// hostOf returns the host of a URL as a report shows it.
func hostOf(u string) string {
	if _, rest, ok := strings.Cut(u, "://"); ok {
		u = rest
	}
	if i := strings.IndexAny(u, "/?#"); i >= 0 {
		u = u[:i]
	}
	if u == "" {
		return "unknown host"
	}
	return u
}
