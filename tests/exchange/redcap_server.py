"""A stand-in for a REDCap server: the part of its documented API that fetching records uses, over HTTP.

POST of form fields `token`, `content`, `format` ...; an error is a JSON object `{"error": message}` with its status.
"""

from __future__ import annotations

import csv
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from tenfold.exchange.redcap.project import items

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
REFUSED = "You do not have permissions to use the API"


def metadata(axis="calendar"):
    """The data dictionary as the API gives it."""
    return [{"field_name": one.name, "form_name": one.form, "field_type": one.kind} for one in items(axis)]


def rows_of(file):
    """The rows of an import file, as an export of the project gives them: blanks for what is not filled."""
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


class Server(ThreadingHTTPServer):
    """One project; `asked` keeps every request."""

    def __init__(self, fields, rows, **info):
        super().__init__(("127.0.0.1", 0), Handler)
        self.fields, self.rows, self.info, self.asked = fields, rows, info, []
        self.redirect_to = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/api/"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        said = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        self.server.asked.append(said)
        if self.server.redirect_to:
            self.send_response(307)
            self.send_header("Location", self.server.redirect_to)
            self.end_headers()
        elif self.path != "/api/":
            self.answer(404, "<html>nothing here</html>")
        elif said.get("token") != TOKEN:
            self.answer(403, {"error": REFUSED})
        elif said.get("format") != "json":
            self.answer(400, {"error": "the stand-in speaks JSON"})
        else:
            self.content(said)

    def content(self, said):
        server = self.server
        if said["content"] == "metadata":
            self.answer(200, server.fields)
        elif said["content"] == "project":
            self.answer(200, {"project_id": 7, "project_title": "stand-in", **server.info})
        elif said["content"] == "record":
            records = [value for name, value in said.items() if name.startswith("records[")]
            wanted = {value for name, value in said.items() if name.startswith("fields[")}
            key = server.fields[0]["field_name"]
            rows = [row for row in server.rows if not records or row[key] in records]
            if wanted == {key}:
                rows = [{name: row[name] for name in row if name == key or name.startswith("redcap_")} for row in rows]
            self.answer(200, rows)
        else:
            self.answer(400, {"error": 'The value of the parameter "content" is not valid'})

    def answer(self, status, body):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


@contextmanager
def serving(fields, rows, **info):
    server = Server(fields, rows, **info)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
