// Package pasted reads what people paste: commands and the transcripts of curl and
// wget, in any order, with what tickets, mails and logs put around their lines.
//
// An error of PowerShell shows the command that failed: both are one exchange.
package pasted
