package har

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// encode writes an entry as encoding/json would, which takes several times as long.
func (o *Writer) encode(e *outEntry) error {
	j := jsonText(o.buf.AvailableBuffer())
	j.raw(`{"startedDateTime":`).text(e.Started).raw(`,"time":`).number(e.Time)
	r := &e.Request
	j.raw(`,"request":{"method":`).text(r.Method).raw(`,"url":`).text(r.URL).raw(`,"httpVersion":`).text(r.Proto)
	j.raw(`,"cookies":`).fields(r.Cookies).raw(`,"headers":`).fields(r.Headers).raw(`,"queryString":`).fields(r.Query)
	if p := r.PostData; p != nil {
		j.raw(`,"postData":{"mimeType":`).text(p.Media)
		if p.Text != nil {
			j.raw(`,"text":`).text(*p.Text)
		}
		j.some(`,"_encoding":`, p.Encoding).raw(`}`)
	}
	j.raw(`,"headersSize":`).int(int64(r.HeadersSize)).raw(`,"bodySize":`).int(r.BodySize)
	a := &e.Response
	j.raw(`},"response":{"status":`).int(int64(a.Status)).raw(`,"statusText":`).text(a.Reason).raw(`,"httpVersion":`).text(a.Proto)
	j.raw(`,"cookies":`).fields(a.Cookies).raw(`,"headers":`).fields(a.Headers)
	j.raw(`,"content":{"size":`).int(a.Content.Size).raw(`,"mimeType":`).text(a.Content.Media)
	if a.Content.Text != nil {
		j.raw(`,"text":`).text(*a.Content.Text)
	}
	j.some(`,"encoding":`, a.Content.Encoding)
	j.raw(`},"redirectURL":`).text(a.Redirect).raw(`,"headersSize":`).int(int64(a.HeadersSize)).raw(`,"bodySize":`).int(a.BodySize)
	j.some(`,"_error":`, a.Error)
	j.raw(`},"cache":{},"timings":{"send":`).number(e.Timings.Send).raw(`,"wait":`).number(e.Timings.Wait).raw(`,"receive":`).number(e.Timings.Receive).raw(`}`)
	j.some(`,"serverIPAddress":`, e.ServerIP).some(`,"connection":`, e.Connection).some(`,"comment":`, e.Comment).some(`,"_connectionId":`, e.ConnID)
	if e.ServerPort != 0 {
		j.raw(`,"_serverPort":`).int(int64(e.ServerPort))
	}
	if s := e.Security; s != nil {
		j.raw(`,"_securityDetails":`)
		from := len(j)
		j.some(`,"protocol":`, s.Protocol).some(`,"cipher":`, s.Cipher).some(`,"subjectName":`, s.Subject).some(`,"issuer":`, s.Issuer)
		if s.From != 0 {
			j.raw(`,"validFrom":`).int(s.From)
		}
		if s.To != 0 {
			j.raw(`,"validTo":`).int(s.To)
		}
		if len(j) == from {
			j.raw(`{`)
		} else {
			j[from] = '{'
		}
		j.raw(`}`)
	}
	j.some(`,"_securityState":`, e.State)
	if e.Aborted {
		j.raw(`,"_wasAborted":true`)
	}
	j.some(`,"_fidelity":`, e.Fidelity)
	j.raw("}\n")
	_, err := o.buf.Write(j)
	return err
}

// jsonText is JSON in the making.
type jsonText []byte

func (j *jsonText) raw(s string) *jsonText {
	*j = append(*j, s...)
	return j
}

// some appends a member unless it is empty.
func (j *jsonText) some(name, v string) *jsonText {
	if v != "" {
		j.raw(name).text(v)
	}
	return j
}

func (j *jsonText) int(n int64) *jsonText {
	*j = strconv.AppendInt(*j, n, 10)
	return j
}

// number appends a number of milliseconds, which is finite and of no great size.
func (j *jsonText) number(f float64) *jsonText {
	form := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	*j = strconv.AppendFloat(*j, f, form, -1, 64)
	return j
}

func (j *jsonText) fields(list []outField) *jsonText {
	j.raw(`[`)
	for i := range list {
		f := &list[i]
		if i > 0 {
			j.raw(`,`)
		}
		j.raw(`{"name":`).text(f.Name).raw(`,"value":`).text(f.Value)
		j.some(`,"path":`, f.Path).some(`,"domain":`, f.Domain).some(`,"expires":`, f.Expires)
		if f.HTTPOnly {
			j.raw(`,"httpOnly":true`)
		}
		if f.Secure {
			j.raw(`,"secure":true`)
		}
		j.some(`,"_encoding":`, f.Encoding).raw(`}`)
	}
	return j.raw(`]`)
}

// text appends a string of JSON. What is not UTF-8 becomes U+FFFD.
func (j *jsonText) text(s string) *jsonText {
	b := append(*j, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if (r != utf8.RuneError || n > 1) && r != '\u2028' && r != '\u2029' {
				i += n
				continue
			}
			b = append(b, s[from:i]...)
			switch r {
			case '\u2028':
				b = append(b, `\u2028`...) // no line breaks in JavaScript
			case '\u2029':
				b = append(b, `\u2029`...)
			default:
				b = append(b, `\ufffd`...)
			}
			i += n
			from = i
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		default:
			const digits = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		i++
		from = i
	}
	*j = append(append(b, s[from:]...), '"')
	return j
}
