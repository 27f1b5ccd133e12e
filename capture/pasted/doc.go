// Package pasted reads what people paste: commands and the transcripts of curl and
// wget, in any order, with what tickets, mails and logs put around their lines.
package pasted
