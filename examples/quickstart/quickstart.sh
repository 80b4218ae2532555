#!/usr/bin/env bash
# From a server without anything to a protected API with data, live events included, in curl.
# Every request stands here as it is sent; `said <name>` takes a text out of an answer.
set -euo pipefail

API=${BACKENDIFY_URL:-http://127.0.0.1:8000}/api
EMAIL=${BACKENDIFY_EMAIL:-owner@example.com} PASSWORD=${BACKENDIFY_PASSWORD:-a long passphrase}
PROJECT=${1:-quickstart}
P=$API/projects/$PROJECT DATA=$API/projects/$PROJECT/data

step() { printf '\n== %s\n' "$*"; }
send() { curl -sS --fail-with-body -H 'Content-Type: application/json' "$@"; }
said() { awk -v name="$1" -F'"' '{for (i = 2; i < NF; i++) if (!seen && $i == name) {print $(i + 2); seen = 1}}'; }

step "The first account owns the server (on a second run it signs in)"
credentials="{\"email\": \"$EMAIL\", \"password\": \"$PASSWORD\"}"
answer=$(send "$API/auth/register" -d "$credentials" 2>/dev/null) || answer=$(send "$API/auth/login" -d "$credentials")
owner="Authorization: Bearer $(said access_token <<<"$answer")"

step "A project, and a collection in it: a table of its own, with an owner for each record"
send "$API/projects" -H "$owner" -d "{\"name\": \"$PROJECT\", \"slug\": \"$PROJECT\"}" | said slug
send "$P/collections" -H "$owner" -d '{
  "name": "todos",
  "fields": [{"name": "title", "type": "string", "required": true, "max_length": 200},
             {"name": "done", "type": "boolean", "default": false},
             {"name": "due", "type": "date"},
             {"name": "owner", "type": "relation", "to": "users", "on_delete": "cascade"}]}' | said name

step "Policies: users see and change their own todos, and nobody anything else"
send "$P/policies/templates/owner_only" -H "$owner" -d '{"collection": "todos", "field": "owner"}' >/dev/null

step "Two users sign up"
ann="Authorization: Bearer $(send "$P/auth/register" -d '{"email": "ann@example.com", "password": "another passphrase"}' | said access_token)"
bob="Authorization: Bearer $(send "$P/auth/register" -d '{"email": "bob@example.com", "password": "another passphrase"}' | said access_token)"

step "Ann listens to what is open (in the background)"
events=$(mktemp) && trap 'kill "$listener" 2>/dev/null; rm -f "$events"' EXIT
curl -sSNG "$P/realtime" -H "$ann" -d collection=todos -d done=false >"$events" &
listener=$!
until grep -q '^id:' "$events"; do sleep 0.1; done

step "Ann writes three todos, Bob one"
send "$DATA/todos" -H "$ann" -d '[{"title": "Water the plants", "due": "2026-03-01"},
  {"title": "Call Bob", "due": "2026-03-02"}, {"title": "Sleep"}]' >/dev/null
send "$DATA/todos" -H "$bob" -d '{"title": "Call Ann"}' >/dev/null

step "Filters, sorting, a count: what Ann has due until March 1st, and all that she has"
send -G "$DATA/todos" -H "$ann" -d due__lte=2026-03-01 -d fields=title,due && echo
send -G "$DATA/todos" -H "$ann" --data-urlencode 'filter={"or": [{"title__icontains": "bob"}, {"due__isnull": true}]}' \
  -d sort=-title -d count=exact -d fields=id,title,done | tee "$events.page" && echo
todo=$(said id <"$events.page") && rm "$events.page"

step "One is done: that makes it leave what she listens to"
send -X PATCH "$DATA/todos/$todo" -H "$ann" -d '{"done": true}' && echo
until grep -q '^event: record.left' "$events"; do sleep 0.1; done
grep '^event:' "$events"

step "Bob sees his own; without an account there is nothing to see"
send -G "$DATA/todos" -H "$bob" -d fields=title && echo
curl -sS "$DATA/todos" && echo

step "Why? The policies are explained to admins"
send "$P/policies/explain" -H "$owner" -d '{"collection": "todos", "action": "list", "as": {"anonymous": true}}' | said reason

step "Done. The same in the console: ${API%/api}/projects/$PROJECT"
