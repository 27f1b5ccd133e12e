package tls

import "github.com/why401/why401/internal/redact"

// programs are those whose way to trust an authority is known.
var programs = []program{
	{
		name: redact.Const("curl"), agents: []string{"curl/", "libcurl/"}, commands: []string{"curl"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf(`curl --cacert %s ...`, ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf(`curl.exe --cacert %s ...`, ca) },
		passed: redact.Const(`An option --cacert or --capath, or a line of .curlrc, names other authorities to curl: leave it out while it runs here; curl -q passes over .curlrc`),
	},
	{
		name: redact.Const("git"), agents: []string{"git/"}, commands: []string{"git"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf(`git -c http.sslCAInfo=%s ...`, ca) },
		passed: redact.Const(`git is set to use the store of the system (http.sslBackend schannel): switch to openssl with git -c http.sslBackend=openssl while it runs here`),
	},
	{
		name: redact.Const("wget"), agents: []string{"wget/"}, commands: []string{"wget"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf(`wget --ca-certificate=%s ...`, ca) },
		passed: redact.Const(`An option --ca-certificate, --ca-directory or --config names other authorities to wget: leave it out while it runs here`),
	},
	{
		name: redact.Const("Python"), agents: []string{"python-requests/", "python-httpx/", "python-urllib", "python/", "aiohttp/", "atlassian-python-api", "pip/", "urllib"}, commands: []string{"python", "py", "pip", "pytest", "uv", "poetry", "http", "https"},
		sh: func(ca redact.Text) redact.Text {
			return redact.Sprintf("export REQUESTS_CA_BUNDLE=%s SSL_CERT_FILE=%s", ca, ca)
		},
		ps: func(ca redact.Text) redact.Text {
			return redact.Sprintf("$env:REQUESTS_CA_BUNDLE = %s; $env:SSL_CERT_FILE = %s", ca, ca)
		},
		passed: redact.Const(`The Python program names authorities itself (verify=, cafile=, certifi) or passes over variables (trust_env = False): give it verify=os.environ["SSL_CERT_FILE"] while it runs here`),
	},
	{
		name: redact.Const("Node"), agents: []string{"node", "undici", "axios/", "got ("}, commands: []string{"node", "nodejs", "npm", "npx", "yarn", "pnpm", "tsx", "ts-node"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export NODE_EXTRA_CA_CERTS=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf("$env:NODE_EXTRA_CA_CERTS = %s", ca) },
		passed: redact.Const(`The Node program names authorities itself (option ca of the agent or of tls): add fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS) to them while it runs here`),
	},
	{
		name: redact.Const("Java"), agents: []string{"java/", "java-http-client/", "okhttp/", "apache-httpclient/", "jersey/"}, commands: []string{"java", "mvn", "gradle", "gradlew", "sbt", "kotlin", "scala", "groovy"},
		sh: func(ca redact.Text) redact.Text {
			return redact.Sprintf(`cp "$JAVA_HOME/lib/security/cacerts" why401.truststore && keytool -importcert -noprompt -alias why401 -file %s -keystore why401.truststore -storepass changeit && export JAVA_TOOL_OPTIONS="-Djavax.net.ssl.trustStore=why401.truststore -Djavax.net.ssl.trustStorePassword=changeit"`, ca)
		},
		ps: func(ca redact.Text) redact.Text {
			return redact.Sprintf(`Copy-Item "$env:JAVA_HOME\lib\security\cacerts" why401.truststore; keytool -importcert -noprompt -alias why401 -file %s -keystore why401.truststore -storepass changeit; $env:JAVA_TOOL_OPTIONS = "-Djavax.net.ssl.trustStore=why401.truststore -Djavax.net.ssl.trustStorePassword=changeit"`, ca)
		},
		passed: redact.Const(`The Java program has a trust store of its own (-Djavax.net.ssl.trustStore, which wins over JAVA_TOOL_OPTIONS, or an SSLContext): leave it out while it runs here`),
	},
	{
		name: redact.Const("Go"), agents: []string{"go-http-client/"}, commands: []string{"go"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export SSL_CERT_FILE=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf("$env:SSL_CERT_FILE = %s", ca) },
		passed: redact.Const(`The Go program has authorities of its own (tls.Config.RootCAs), or runs on macOS or Windows, where Go reads the store of the system and no variable`),
	},
	{
		name: redact.Const(".NET or PowerShell"), agents: []string{".net", "dotnet"}, browser: "powershell/", commands: []string{"dotnet", "pwsh", "powershell", "nuget"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export SSL_CERT_FILE=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf(`certutil -user -addstore Root %s`, ca) },
		passed: redact.Const(`On Windows and macOS .NET and PowerShell read the store of the system and no variable`),
	},
	{
		name: redact.Const("Ruby"), agents: []string{"ruby", "faraday"}, commands: []string{"ruby", "bundle", "rake", "gem"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export SSL_CERT_FILE=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf("$env:SSL_CERT_FILE = %s", ca) },
		passed: redact.Const(`The Ruby program names authorities itself (ca_file, cert_store): give it ENV["SSL_CERT_FILE"] while it runs here`),
	},
	{
		name: redact.Const("PHP"), agents: []string{"php/", "guzzlehttp/"}, commands: []string{"php", "composer"},
		sh: func(ca redact.Text) redact.Text {
			return redact.Sprintf("php -d openssl.cafile=%s -d curl.cainfo=%s ...", ca, ca)
		},
		passed: redact.Const(`The PHP program names authorities itself (CURLOPT_CAINFO, cafile, verify): give it getenv("SSL_CERT_FILE") while it runs here`),
	},
	{
		name: redact.Const("Perl"), agents: []string{"libwww-perl/", "lwp"}, commands: []string{"perl"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export PERL_LWP_SSL_CA_FILE=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf("$env:PERL_LWP_SSL_CA_FILE = %s", ca) },
		passed: redact.Const(`The Perl program names authorities itself (ssl_opts SSL_ca_file): give it $ENV{SSL_CERT_FILE} while it runs here`),
	},
	{
		name: redact.Const("AWS CLI or SDK"), agents: []string{"aws-cli/", "boto"}, commands: []string{"aws"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export AWS_CA_BUNDLE=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf("$env:AWS_CA_BUNDLE = %s", ca) },
		passed: redact.Const(`An option --ca-bundle or the setting ca_bundle names other authorities: leave it out while it runs here`),
	},
	{
		name: redact.Const("Deno"), agents: []string{"deno/"}, commands: []string{"deno"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export DENO_CERT=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf("$env:DENO_CERT = %s", ca) },
		passed: redact.Const(`An option --cert names other authorities to Deno: leave it out while it runs here`),
	},
	{
		name: redact.Const("Cargo"), agents: []string{"cargo/", "cargo "}, commands: []string{"cargo"},
		sh:     func(ca redact.Text) redact.Text { return redact.Sprintf("export CARGO_HTTP_CAINFO=%s", ca) },
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf("$env:CARGO_HTTP_CAINFO = %s", ca) },
		passed: redact.Const(`The setting http.cainfo names other authorities to Cargo: leave it out while it runs here`),
	},
	{
		name: redact.Const("Chromium"), browser: "chrome/", commands: []string{"chromium", "chrome", "google-chrome", "msedge"},
		sh: func(ca redact.Text) redact.Text {
			return redact.Sprintf(`certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n why401 -i %s`, ca)
		},
		ps:     func(ca redact.Text) redact.Text { return redact.Sprintf(`certutil -user -addstore Root %s`, ca) },
		passed: redact.Const(`The browser was started without the flags that why401 run hands on in WHY401_CHROMIUM_FLAGS: add them`),
	},
	{
		name: redact.Const("Firefox"), browser: "firefox/", commands: []string{"firefox"},
		passed: redact.Const(`Firefox reads no variable for authorities`),
	},
}
