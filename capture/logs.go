package capture

import (
	"github.com/why401/why401/capture/serverlog"
	"github.com/why401/why401/internal/exchange"
)

// accessLog reads an access log.
func (s *Source) accessLog(in *input, sm *sample, c *exchange.Capture) exchanges {
	return serverlog.ReadAccess(c, in.text(sm, c))
}

// securityLog reads a log of logins.
func (s *Source) securityLog(in *input, sm *sample, c *exchange.Capture) exchanges {
	return serverlog.ReadSecurity(c, in.text(sm, c))
}
