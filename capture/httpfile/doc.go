// Package httpfile reads files of requests (.http, .rest) as the HTTP client of
// JetBrains and the REST Client of VS Code run them: requests parted by ###, with
// variables in {{ }}.
//
// Nothing is sent and no other file is read. A variable counts only if a line
// @name = value of the same file sets it; what an environment, a prompt or an
// earlier answer puts in is never guessed: what holds it is left out, and the
// exchange does not claim to show it.
package httpfile
