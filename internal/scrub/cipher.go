package scrub

import "strings"

// asWritten are words that stay if they are in capitals as here: of dates, of what the
// writer of a HAR adds, the names of algorithms (RFC 7518), and what names of cipher
// suites, groups and signatures are made of, by IANA and by OpenSSL.
var asWritten = func() map[string]bool {
	m := make(map[string]bool, 128)
	for w := range strings.FieldsSeq(`Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec UTC
		why401 WebInspector fidelity hello quit signer HS256 HS384 HS512 RS256 RS384 RS512 ES256 PS256
		TLS SSL TLSv1 WITH NULL EMPTY FALLBACK SCSV INFO RENEGOTIATION EXPORT EXP ANON anon
		RSA DSS DSA DH DHE EDH ADH ECDH ECDHE ECDSA AECDH EECDH PSK SRP KRB5 GOST EDDSA
		AES AES128 AES192 AES256 AESGCM CHACHA20 POLY1305 CAMELLIA CAMELLIA128 CAMELLIA256 ARIA ARIA128 ARIA256
		DES 3DES EDE EDE3 CBC3 RC2 RC4 IDEA SEED GCM CCM CCM8 CBC SHA SHA1 SHA224 SHA256 SHA384 SHA512 MD5
		X25519 X448 MLKEM512 MLKEM768 MLKEM1024 X25519MLKEM768 SecP256r1MLKEM768
		P256 P384 P521 secp256r1 secp384r1 secp521r1 prime256v1 PKCS1 PSS Ed25519 Ed448`) {
		m[w] = true
	}
	return m
}()

// cipher keeps the name of a cipher suite, which the rules look at and which names
// nobody.
func (s *Scrubber) cipher(v string) string {
	rest := v
	for rest != "" {
		i := strings.IndexAny(rest, "_- ")
		w := rest
		if rest = ""; i >= 0 {
			w, rest = w[:i], w[i+1:]
		}
		if !asWritten[w] && !harmless(w) {
			return s.text(v)
		}
	}
	return v
}
