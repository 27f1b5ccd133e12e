// Package proxy is an intercepting HTTP proxy that shows what really goes over
// the wire: it opens the TLS of hosts that are of interest, relays every byte of
// HTTP/1 heads as it came, and hands on each request with what came of it as an
// [exchange.Exchange].
//
// In front stands martian: it accepts connections and reads the first head. Our
// own relay takes each connection over from there, with the bytes as they came,
// because net/http changes or refuses the very bytes that matter here.
//
// A client connection has one upstream connection of its own, so logins that
// are bound to a connection (NTLM, Kerberos) stay bound. Two goroutines serve
// it: one reads requests, one reads answers, so that either side's end is
// noticed at once. An error in the middle of a message always ends the
// connection; nothing that follows could be told apart from the message.
//
// A refused GET or HEAD can be sent again with other header lines, over a
// connection of its own to where it went ([Proxy.Resend]). The answer to it can
// take the place of the refusal while the client waits ([Options.Mend]).
package proxy
