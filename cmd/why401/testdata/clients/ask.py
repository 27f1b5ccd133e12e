"""Asks a URL once, with a value of Authorization, and prints status and answer."""

import sys

import requests

url, authorization = sys.argv[1:]
answer = requests.get(url, headers={"Authorization": authorization}, timeout=20)
print(answer.status_code, answer.text)
sys.exit(0 if answer.ok else 3)
