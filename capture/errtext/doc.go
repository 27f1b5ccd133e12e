// Package errtext reads what clients print when a request was refused: the errors of
// python-requests, httpx, aiohttp and the jira package of Python, what Node prints of
// an error of axios, and lines of other programs that name an address and a status.
//
// Such a text tells what its client knew, at most: without the header fields of the
// request nothing is said of its credentials, and most do not name the method.
// Errors of PowerShell show a command and are read by package pasted.
package errtext
