// Logs in with jira.js as it was up to 5, which calls axios, and prints who that is.
import { Version3Client } from 'jira.js-axios';

const [host, email, apiToken] = process.argv.slice(2);
try {
  const jira = new Version3Client({ host, authentication: { basic: { email, apiToken } } });
  console.log((await jira.myself.getCurrentUser()).displayName);
} catch (e) {
  console.log('refused:', e.status ?? e.message);
  process.exitCode = 3;
}
