// Package curl reads what curl and wget print about a call: the output of
// curl -v, --trace and --trace-ascii and of wget -d, alone or with other text
// around it.
package curl
