// Package rules is the catalogue: every root cause that the program knows, one
// file a rule, one folder an area.
//
// To add a rule, write its file in the folder of its area and its pair of
// captures in testdata/ID; the test of this package then writes its page. There
// is no list to edit.
package rules

import (
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules/capturing"
	"github.com/why401/why401/rules/client"
	"github.com/why401/why401/rules/connect"
	"github.com/why401/why401/rules/dated"
	"github.com/why401/why401/rules/dns"
	"github.com/why401/why401/rules/edge"
	"github.com/why401/why401/rules/encoding"
	"github.com/why401/why401/rules/front"
	"github.com/why401/why401/rules/kind"
	"github.com/why401/why401/rules/oauth1"
	"github.com/why401/why401/rules/oauth2"
	"github.com/why401/why401/rules/permission"
	"github.com/why401/why401/rules/policy"
	"github.com/why401/why401/rules/rate"
	"github.com/why401/why401/rules/refused"
	"github.com/why401/why401/rules/session"
	"github.com/why401/why401/rules/syntax"
	"github.com/why401/why401/rules/tls"
	"github.com/why401/why401/rules/url"
	"github.com/why401/why401/rules/xsrf"
)

// All returns every rule, sorted by id.
func All() []*rule.Rule {
	return rule.Rules(
		&capturing.Set, &client.Set, &connect.Set, &dated.Set, &dns.Set, &edge.Set, &encoding.Set, &front.Set,
		&kind.Set, &oauth1.Set, &oauth2.Set, &permission.Set, &policy.Set, &rate.Set, &refused.Set, &session.Set,
		&syntax.Set, &tls.Set, &url.Set, &xsrf.Set,
	)
}
