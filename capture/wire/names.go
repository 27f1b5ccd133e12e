package wire

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Versions of TLS as they stand in its messages.
const (
	SSL20 = 0x0002
	SSL30 = 0x0300
	TLS10 = 0x0301
	TLS11 = 0x0302
	TLS12 = 0x0303
	TLS13 = 0x0304
)

// VersionName returns the name of a version of TLS, such as "TLS 1.2"; "" if
// there is none.
func VersionName(v uint16) string {
	switch v {
	case SSL20:
		return "SSL 2.0"
	case SSL30:
		return "SSL 3.0"
	case TLS10:
		return "TLS 1.0"
	case TLS11:
		return "TLS 1.1"
	case TLS12:
		return "TLS 1.2"
	case TLS13:
		return "TLS 1.3"
	}
	return ""
}

// isDraft reports whether v is a draft of TLS 1.3.
func isDraft(v uint16) bool { return v>>8 == 0x7f }

// settled maps drafts of TLS 1.3 to what became of them.
func settled(v uint16) uint16 {
	if isDraft(v) {
		return TLS13
	}
	return v
}

// IsGREASE reports whether v is one of the values that clients add so that
// servers learn to ignore what they do not know (RFC 8701).
func IsGREASE(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// suitesText lists the cipher suites of the IANA registry.
//
//go:embed suites.txt
var suitesText string

var suites = sync.OnceValue(func() map[uint16]string {
	m := make(map[uint16]string, 400)
	for l := range strings.Lines(suitesText) {
		code, name, _ := strings.Cut(strings.TrimSpace(l), " ")
		if n, err := strconv.ParseUint(code, 16, 16); err == nil {
			m[uint16(n)] = name
		}
	}
	return m
})

// CipherName returns the name of a cipher suite in the IANA registry, such as
// "TLS_AES_128_GCM_SHA256", or its number as "0x1234".
func CipherName(suite uint16) string {
	if n, ok := suites()[suite]; ok {
		return n
	}
	return fmt.Sprintf("0x%04X", suite)
}

var alertNames = map[uint8]string{
	0: "close_notify", 1: "end_of_early_data", 10: "unexpected_message", 20: "bad_record_mac",
	21: "decryption_failed", 22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure",
	41: "no_certificate", 42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
	45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
	49: "access_denied", 50: "decode_error", 51: "decrypt_error", 52: "too_many_cids_requested",
	60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
	86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
	110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
	116: "certificate_required", 117: "general_error", 120: "no_application_protocol", 121: "ech_required",
}

// AlertName returns the name of a TLS alert (RFC 8446, section 6), such as
// "unknown_ca", or "alert 99".
func AlertName(code uint8) string {
	if n, ok := alertNames[code]; ok {
		return n
	}
	return "alert " + strconv.Itoa(int(code))
}
