// Package command reads pasted commands that make a request: curl and wget for
// a POSIX shell or cmd.exe, Invoke-RestMethod and Invoke-WebRequest of
// PowerShell, and fetch of JavaScript, as people write them and as the developer
// tools of browsers copy them.
//
// Quotes are read as the shell would read them, and nothing is ever executed. A
// value that only the shell knows, such as $TOKEN, is never guessed: what holds
// it is left out, and the exchange does not claim to show it. The one thing that
// is worked out is base64 of literal text, as in
// $(echo fred:secret | base64), because its stray line feed is a common defect.
package command
