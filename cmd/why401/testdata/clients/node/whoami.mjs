// Logs in with jira.js, which calls fetch, and prints who that is.
import { createCloudClient, isApiError } from 'jira.js';

const [host, email, apiToken] = process.argv.slice(2);
try {
  const jira = createCloudClient({ host, auth: { type: 'basic', email, apiToken } });
  console.log((await jira.myself.getCurrentUser()).displayName);
} catch (e) {
  console.log(isApiError(e) ? 'refused:' : 'failed:', e.status ?? e.message);
  process.exitCode = 3;
}
