package tls

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-certificate-invalid",
	Title: "The certificate is expired or for another name",
	Doc: `The client refuses the certificate of the server for what is in it: it has expired or is not valid yet, it is for
another host name, was revoked, or is signed in a way that is no longer safe. The client hung up before it sent
anything.

It is recognised by the error of the client, or in packets by its alert (44, 45, and 42 if a fault is visible) and by
the dates and names in the certificate, which TLS 1.3 hides. Where an answer over HTTP came, the client put
up with the certificate: then the finding is only a remark.

A certificate seems expired, too, where the clock of the client is wrong; for Atlassian's cloud, which renews its
certificates in time, that is the likelier reason. The certificate of the cloud is for names with one label before
atlassian.net: ` + "`www.acme.atlassian.net`" + ` does not fit it.`,
	Area: rule.TLS, Severity: rule.Error,
	Anywhere: true,
	Needs:    exchange.TLSFacts,
	Explains: []string{"tls-alert", "connection-reset"},
	Fix: []rule.Fix{{
		Who:     rule.Admin,
		Do:      redact.Const("Renew the certificate, or get one for the name that clients use, and do not switch verification off; the command shows the names, the dates and the issuer of the present one"),
		Command: certificateSh, PowerShell: certificatePowerShell,
	}},
	References: []rule.Reference{
		rfc9525, alerts,
		{Title: "RFC 5280, section 4.1.2.5", URL: "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5"},
	},
	Since:    "0.1",
	Formerly: []string{"tls-cert-expired-or-name"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		e, why := refused(s)
		if why == sound || !s.Meant() {
			return
		}
		var f rule.Finding
		switch why {
		case outOfDate:
			f = dateFinding(s)
			f.Evidence = []rule.Evidence{e}
		case otherName:
			f = nameFinding(s)
			f.Evidence = []rule.Evidence{e}
		default:
			f.Message = redact.Const("The client refuses the certificate of the server: it was revoked, or is made in a way that is no longer safe.")
			f.Evidence = []rule.Evidence{e}
		}
		// An HTTP answer shows that the client put up with the certificate.
		f.Certainty, f.Minor = rule.Proven, s.Has(rule.Answered)
		if e, how := quitEvidence(s); how != exchange.NoQuit {
			f.Certainty = rule.Likely // it did not say why
			f.Evidence = append(f.Evidence, e)
		}
		p.Report(s, f)
	},
})

// A flaw is what is wrong with a certificate.
type flaw uint8

const (
	sound flaw = iota
	outOfDate
	otherName
	unsafe
)

// refused returns why the client, or the certificate itself, says that it does
// not fit.
func refused(s *rule.Subject) (rule.Evidence, flaw) {
	if s.Has(rule.Unanswered | rule.Failing) {
		for _, c := range certificateCodes {
			if e, ok := s.FailedWith(c.codes...); ok {
				return e, c.why
			}
		}
		if a, ok := s.Alert(exchange.Client, certificateExpired, certificateRevoked); ok {
			return alertEvidence(s, a), map[uint8]flaw{certificateExpired: outOfDate, certificateRevoked: unsafe}[a.Code]
		}
		// Handshakes without an alert, and those with one that says less.
		if h := s.Handshake(); h == nil || len(h.Alerts) == 0 && h.Quit == exchange.NoQuit {
			return rule.Evidence{}, sound
		}
	}
	why := fault(s)
	return certificateEvidence(s, why), why
}

// certificateCodes are the errors of Chromium, Firefox and Node (OpenSSL).
var certificateCodes = []struct {
	why   flaw
	codes []redact.Text
}{
	{outOfDate, []redact.Text{
		redact.Const("ERR_CERT_DATE_INVALID"), redact.Const("SEC_ERROR_EXPIRED_CERTIFICATE"), redact.Const("SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE"),
		redact.Const("MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE"), redact.Const("MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE"),
		redact.Const("SSL_ERROR_EXPIRED_CERT_ALERT"), redact.Const("CERT_HAS_EXPIRED"), redact.Const("CERT_NOT_YET_VALID"),
	}},
	{otherName, []redact.Text{
		redact.Const("ERR_CERT_COMMON_NAME_INVALID"), redact.Const("SSL_ERROR_BAD_CERT_DOMAIN"),
		redact.Const("ERR_TLS_CERT_ALTNAME_INVALID"), redact.Const("HOSTNAME_MISMATCH"),
	}},
	{unsafe, []redact.Text{
		redact.Const("ERR_CERT_REVOKED"), redact.Const("ERR_CERT_INVALID"), redact.Const("ERR_CERT_WEAK_SIGNATURE_ALGORITHM"),
		redact.Const("ERR_CERT_WEAK_KEY"), redact.Const("ERR_CERT_NAME_CONSTRAINT_VIOLATION"), redact.Const("ERR_CERT_VALIDITY_TOO_LONG"),
		redact.Const("ERR_CERT_UNABLE_TO_CHECK_REVOCATION"), redact.Const("ERR_CERTIFICATE_TRANSPARENCY_REQUIRED"),
		redact.Const("SEC_ERROR_REVOKED_CERTIFICATE"), redact.Const("SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED"),
		redact.Const("MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE"), redact.Const("CERT_REVOKED"),
	}},
}

// fault looks at the certificate itself, as far as the source shows it.
func fault(s *rule.Subject) flaw {
	from, to, names := leaf(s)
	at := s.Time()
	switch {
	case !at.IsZero() && (!to.IsZero() && at.After(to) || !from.IsZero() && at.Before(from)):
		return outOfDate
	case len(names) > 0 && s.Target.Host != "" && !nameless(s) && !covers(names, strings.TrimSuffix(s.Target.Host, ".")):
		return otherName
	}
	return sound
}

// nameless reports whether the client did not say which host it wants: then the
// certificate of another one is no fault of it.
func nameless(s *rule.Subject) bool {
	h := s.Handshake()
	return h != nil && h.Hello != nil && h.Hello.ServerName == ""
}

// leaf returns dates and names of the server's own certificate.
func leaf(s *rule.Subject) (from, to time.Time, names []string) {
	if h := s.Handshake(); h != nil && len(h.Chain) > 0 {
		return h.Chain[0].From, h.Chain[0].To, h.Chain[0].Names
	}
	if s.Conn != nil && s.Conn.TLS != nil {
		return s.Conn.TLS.From, s.Conn.TLS.To, nil
	}
	return from, to, nil
}

// covers reports whether one of the names of a certificate is host (RFC 9525,
// section 6.3): a star stands for one whole label.
func covers(names []string, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	for _, n := range names {
		if strings.EqualFold(n, host) || len(n) > 2 && n[:2] == "*." && strings.EqualFold(n[2:], parent) {
			return true
		}
	}
	return false
}

func certificateEvidence(s *rule.Subject, why flaw) rule.Evidence {
	from, to, names := leaf(s)
	switch why {
	case outOfDate:
		return s.Part(redact.Const("server certificate"), redact.Sprintf("valid from %s to %s", redact.Date(from), redact.Date(to)),
			redact.Sprintf("valid on %s", redact.Date(s.Time())))
	case otherName:
		return s.Part(redact.Const("server certificate, names"), redact.Host(names[0]), redact.Host(s.Target.Host))
	}
	return rule.Evidence{}
}

func dateFinding(s *rule.Subject) rule.Finding {
	if s.Target.Basis != target.ByHost {
		return rule.Finding{Message: redact.Const("The certificate of the server has expired, or is not valid yet.")}
	}
	return rule.Finding{
		Message: redact.Const("The client takes the certificate of Atlassian's cloud for expired, or for not valid yet. These are renewed in time: the clock of the client is wrong, or a proxy in between shows another certificate."),
		Fix: []rule.Fix{{
			Who:        rule.Caller,
			Do:         redact.Const("Compare the clock of this machine with the real time and set it; if it is right, look at the dates and the issuer of the certificate, which the command shows"),
			Command:    redact.Const(`date -u; curl -skvo /dev/null BASE 2>&1 | grep -iE "subject|issuer:|date:"`),
			PowerShell: redact.Const("(Get-Date).ToUniversalTime(); w32tm /query /status"),
		}},
	}
}

func nameFinding(s *rule.Subject) rule.Finding {
	host := strings.TrimSuffix(s.Target.Host, ".")
	if target.CloudSite.Has(s.Target.Product) && s.Target.Basis == target.ByHost && strings.Count(host, ".") > 2 {
		return rule.Finding{
			Message: redact.Const("The certificate of Atlassian's cloud is for names with one label before atlassian.net, and this name has more."),
			Fix:     []rule.Fix{{Who: rule.Caller, Do: redact.Const("Take the extra part, such as www, off the host name")}},
		}
	}
	return rule.Finding{Message: redact.Const("The certificate of the server is for another host name.")}
}
