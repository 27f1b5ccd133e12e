// Package edge holds the rules about the edge of Atlassian's cloud, proxies, firewalls and the network.
package edge

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
