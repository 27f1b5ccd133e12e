"""Logs in with python3-jira, by user and token or by token alone, and prints who that is."""

import sys

from jira import JIRA, JIRAError

server, *credential = sys.argv[1:]
how = {"basic_auth": tuple(credential)} if len(credential) == 2 else {"token_auth": credential[0]}
try:
    print(JIRA(server, max_retries=0, **how).myself()["displayName"])
except JIRAError as e:
    print("refused:", e.status_code)
    sys.exit(3)
