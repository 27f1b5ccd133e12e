package wire

import (
	"crypto/x509"

	"github.com/why401/why401/internal/exchange"
)

// ParseCertificates reads the body of a Certificate message of a server or a
// client: the chain, its own certificate first. version is that of the
// connection; 0: told from the message. A certificate that cannot be parsed is
// in the chain without any facts.
func ParseCertificates(version uint16, body []byte) ([]exchange.Certificate, error) {
	var chain []exchange.Certificate
	err := Certificates(version, body, func(der []byte) {
		chain = append(chain, certificate(der))
	})
	return chain, err
}

// Certificates calls yield for each certificate of a Certificate message, which
// is DER (RFC 5280).
func Certificates(version uint16, body []byte, yield func(der []byte)) error {
	modern := settled(version) == TLS13
	if version == 0 {
		// The list of TLS 1.2 fills the message to its end.
		modern = len(body) < 3 || 3+(int(body[0])<<16|int(body[1])<<8|int(body[2])) != len(body)
	}
	c := cursor{b: body}
	if modern {
		c.vector(1) // certificate_request_context
	}
	list := c.vector(3)
	for n := 0; len(list.b) > 0 && n < maxChain; n++ {
		der := list.vector(3)
		if modern && !list.short {
			list.vector(2) // extensions
		}
		if list.short {
			break
		}
		yield(der.b)
	}
	if c.short || list.short {
		return &Error{int64(len(body)), "the Certificate message ends early"}
	}
	return nil
}

func certificate(der []byte) exchange.Certificate {
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return exchange.Certificate{}
	}
	c := exchange.Certificate{
		Subject: cut(x.Subject.CommonName), Issuer: cut(x.Issuer.CommonName),
		From: x.NotBefore, To: x.NotAfter,
	}
	if len(x.Issuer.Organization) > 0 {
		c.Organization = cut(x.Issuer.Organization[0])
	}
	for _, n := range x.DNSNames {
		c.Names = append(c.Names, cut(n))
	}
	for _, ip := range x.IPAddresses {
		c.Names = append(c.Names, ip.String())
	}
	c.Names = c.Names[:min(len(c.Names), maxNames):min(len(c.Names), maxNames)]
	return c
}

func cut(s string) string { return s[:min(len(s), maxText)] }

// A CertificateRequest is what a server asks of a client certificate.
type CertificateRequest struct {
	Types       []uint8  // TLS up to 1.2
	Signatures  []uint16 // TLS 1.2 and later
	Authorities int      // how many are named; 0: any
}

// ParseCertificateRequest reads the body of a CertificateRequest (RFC 5246,
// section 7.4.4; RFC 8446, section 4.3.2).
func ParseCertificateRequest(version uint16, body []byte) (*CertificateRequest, error) {
	c := cursor{b: body}
	r := new(CertificateRequest)
	authorities := func(v cursor) {
		for len(v.b) > 0 && !v.short {
			v.vector(2)
			r.Authorities++
		}
		c.short = c.short || v.short
	}
	if settled(version) == TLS13 {
		c.vector(1)
		extensions := c.vector(2)
		for len(extensions.b) > 0 {
			kind, e := extensions.u16(), extensions.vector(2)
			switch kind {
			case extSignatures:
				v := e.vector(2)
				r.Signatures = v.list(maxExtensions)
			case 47: // certificate_authorities
				authorities(e.vector(2))
			}
		}
		c.short = c.short || extensions.short
	} else {
		types := c.vector(1)
		r.Types = append(r.Types, types.b...)
		if version >= TLS12 {
			v := c.vector(2)
			r.Signatures = v.list(maxExtensions)
		}
		authorities(c.vector(2))
	}
	if c.short {
		return r, &Error{int64(len(body)), "the CertificateRequest ends early"}
	}
	return r, nil
}

// ParseAlert reads the fragment of an alert record that is not encrypted.
func ParseAlert(from exchange.Side, fragment []byte) (exchange.Alert, bool) {
	if len(fragment) != 2 || fragment[0] != 1 && fragment[0] != 2 {
		return exchange.Alert{}, false
	}
	return exchange.Alert{From: from, Fatal: fragment[0] == 2, Code: fragment[1]}, true
}
