package har

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// The objects of HAR 1.2, in the order of the specification.
type (
	outName struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	outEntry struct {
		Started    string       `json:"startedDateTime"`
		Time       float64      `json:"time"`
		Request    outRequest   `json:"request"`
		Response   outResponse  `json:"response"`
		Cache      struct{}     `json:"cache"`
		Timings    outTimings   `json:"timings"`
		ServerIP   string       `json:"serverIPAddress,omitempty"`
		Connection string       `json:"connection,omitempty"`
		Comment    string       `json:"comment,omitempty"`
		ConnID     string       `json:"_connectionId,omitempty"`
		ServerPort int          `json:"_serverPort,omitempty"`
		Security   *outSecurity `json:"_securityDetails,omitempty"`
		State      string       `json:"_securityState,omitempty"`
		Handshake  *outShake    `json:"_handshake,omitempty"`
		Aborted    bool         `json:"_wasAborted,omitempty"`
		Fidelity   string       `json:"_fidelity,omitempty"`
	}
	outRequest struct {
		Method      string     `json:"method"`
		URL         string     `json:"url"`
		Proto       string     `json:"httpVersion"`
		Cookies     []outField `json:"cookies"`
		Headers     []outField `json:"headers"`
		Query       []outField `json:"queryString"`
		PostData    *outPost   `json:"postData,omitempty"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int64      `json:"bodySize"`
	}
	outResponse struct {
		Status      int        `json:"status"`
		Reason      string     `json:"statusText"`
		Proto       string     `json:"httpVersion"`
		Cookies     []outField `json:"cookies"`
		Headers     []outField `json:"headers"`
		Content     outContent `json:"content"`
		Redirect    string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int64      `json:"bodySize"`
		Error       string     `json:"_error,omitempty"`
	}
	// outField is a header field, a query parameter or a cookie.
	outField struct {
		Name     string `json:"name"`
		Value    string `json:"value"`
		Path     string `json:"path,omitempty"`
		Domain   string `json:"domain,omitempty"`
		Expires  string `json:"expires,omitempty"`
		HTTPOnly bool   `json:"httpOnly,omitempty"`
		Secure   bool   `json:"secure,omitempty"`
		Encoding string `json:"_encoding,omitempty"`
	}
	outPost struct {
		Media    string  `json:"mimeType"`
		Text     outText `json:"text,omitzero"`
		Encoding string  `json:"_encoding,omitempty"`
	}
	outContent struct {
		Size     int64   `json:"size"`
		Media    string  `json:"mimeType"`
		Text     outText `json:"text,omitzero"`
		Encoding string  `json:"encoding,omitempty"`
	}
	// outText is the text of a body; nil if there is none.
	outText    []byte
	outTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	outSecurity struct {
		Protocol string `json:"protocol,omitempty"`
		Cipher   string `json:"cipher,omitempty"`
		Subject  string `json:"subjectName,omitempty"`
		Issuer   string `json:"issuer,omitempty"`
		From     int64  `json:"validFrom,omitempty"` // seconds since 1970
		To       int64  `json:"validTo,omitempty"`
	}
)

// What encoding/json makes of the objects of a HAR, made without reflection: a copy
// of a large capture spends a good part of its time here. The tags of the objects
// say what is written, and TestAppendEntry compares.

// appendEntry appends what encoding/json makes of e, without escapes for HTML, and a
// line feed.
func appendEntry(b []byte, e *outEntry) []byte {
	b = appendString(append(b, `{"startedDateTime":`...), e.Started)
	b = appendFloat(append(b, `,"time":`...), e.Time)
	b = appendRequest(append(b, `,"request":`...), &e.Request)
	b = appendResponse(append(b, `,"response":`...), &e.Response)
	b = appendFloat(append(b, `,"cache":{},"timings":{"send":`...), e.Timings.Send)
	b = appendFloat(append(b, `,"wait":`...), e.Timings.Wait)
	b = appendFloat(append(b, `,"receive":`...), e.Timings.Receive)
	b = append(b, '}')
	b = appendSome(b, `,"serverIPAddress":`, e.ServerIP)
	b = appendSome(b, `,"connection":`, e.Connection)
	b = appendSome(b, `,"comment":`, e.Comment)
	b = appendSome(b, `,"_connectionId":`, e.ConnID)
	if e.ServerPort != 0 {
		b = strconv.AppendInt(append(b, `,"_serverPort":`...), int64(e.ServerPort), 10)
	}
	if e.Security != nil {
		b = appendRare(append(b, `,"_securityDetails":`...), e.Security)
	}
	b = appendSome(b, `,"_securityState":`, e.State)
	if e.Handshake != nil {
		b = appendRare(append(b, `,"_handshake":`...), e.Handshake)
	}
	if e.Aborted {
		b = append(b, `,"_wasAborted":true`...)
	}
	b = appendSome(b, `,"_fidelity":`, e.Fidelity)
	return append(b, "}\n"...)
}

func appendRequest(b []byte, r *outRequest) []byte {
	b = appendString(append(b, `{"method":`...), r.Method)
	b = appendString(append(b, `,"url":`...), r.URL)
	b = appendString(append(b, `,"httpVersion":`...), r.Proto)
	b = appendFields(append(b, `,"cookies":`...), r.Cookies)
	b = appendFields(append(b, `,"headers":`...), r.Headers)
	b = appendFields(append(b, `,"queryString":`...), r.Query)
	if p := r.PostData; p != nil {
		b = appendString(append(b, `,"postData":{"mimeType":`...), p.Media)
		if p.Text != nil {
			b = appendString(append(b, `,"text":`...), p.Text)
		}
		b = append(appendSome(b, `,"_encoding":`, p.Encoding), '}')
	}
	b = strconv.AppendInt(append(b, `,"headersSize":`...), int64(r.HeadersSize), 10)
	b = strconv.AppendInt(append(b, `,"bodySize":`...), r.BodySize, 10)
	return append(b, '}')
}

func appendResponse(b []byte, r *outResponse) []byte {
	b = strconv.AppendInt(append(b, `{"status":`...), int64(r.Status), 10)
	b = appendString(append(b, `,"statusText":`...), r.Reason)
	b = appendString(append(b, `,"httpVersion":`...), r.Proto)
	b = appendFields(append(b, `,"cookies":`...), r.Cookies)
	b = appendFields(append(b, `,"headers":`...), r.Headers)
	b = strconv.AppendInt(append(b, `,"content":{"size":`...), r.Content.Size, 10)
	b = appendString(append(b, `,"mimeType":`...), r.Content.Media)
	if r.Content.Text != nil {
		b = appendString(append(b, `,"text":`...), r.Content.Text)
	}
	b = append(appendSome(b, `,"encoding":`, r.Content.Encoding), '}')
	b = appendString(append(b, `,"redirectURL":`...), r.Redirect)
	b = strconv.AppendInt(append(b, `,"headersSize":`...), int64(r.HeadersSize), 10)
	b = strconv.AppendInt(append(b, `,"bodySize":`...), r.BodySize, 10)
	return append(appendSome(b, `,"_error":`, r.Error), '}')
}

func appendFields(b []byte, fields []outField) []byte {
	b = append(b, '[')
	for i := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		f := &fields[i]
		b = appendString(append(b, `{"name":`...), f.Name)
		b = appendString(append(b, `,"value":`...), f.Value)
		b = appendSome(b, `,"path":`, f.Path)
		b = appendSome(b, `,"domain":`, f.Domain)
		b = appendSome(b, `,"expires":`, f.Expires)
		if f.HTTPOnly {
			b = append(b, `,"httpOnly":true`...)
		}
		if f.Secure {
			b = append(b, `,"secure":true`...)
		}
		b = append(appendSome(b, `,"_encoding":`, f.Encoding), '}')
	}
	return append(b, ']')
}

// appendSome appends a member that is left out if it is empty.
func appendSome(b []byte, name, v string) []byte {
	if v == "" {
		return b
	}
	return appendString(append(b, name...), v)
}

// appendRare appends what few entries have.
func appendRare(b []byte, v any) []byte {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings and numbers always encode
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

// appendFloat appends a number as encoding/json does.
func appendFloat(b []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return appendRare(b, f)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// asIs are the bytes that stand in a string of JSON as they are.
var asIs = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendString appends v as a string of JSON. What is not UTF-8 becomes U+FFFD.
func appendString[T string | outText](b []byte, v T) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(v); {
		c := v[i]
		if asIs[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(v[i:min(i+utf8.UTFMax, len(v))]))
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(append(b, v[from:i]...), `\ufffd`...)
				from = i + n
			case r == '\u2028' || r == '\u2029': // JavaScript takes them for line ends
				b = append(append(b, v[from:i]...), `\u202`...)
				b = append(b, digits[r&15])
				from = i + n
			}
			i += n
			continue
		}
		b = append(b, v[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, `\u00`...)
			b = append(b, digits[c>>4], digits[c&15])
		}
		i++
		from = i
	}
	return append(append(b, v[from:]...), '"')
}
